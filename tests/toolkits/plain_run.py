"""Trains with PyTorch and albumentations alone and prints, as JSON, how much every epoch painted.

Run by test_without_mmpose.py in a process of its own: spawned dataloader workers import this file
again, and with it hide OpenMMLab's packages from themselves.
"""

import json
import sys

HIDDEN = ('mmpose', 'mmengine', 'mmcv', 'mmdet')
for name in HIDDEN:
    sys.modules[name] = None

import albumentations as A  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

import fifa_mm  # noqa: E402
from fifa_mm.albumentations import FiducialFocus  # noqa: E402

EPOCHS = 4


class Faces:
    """White images with a landmark in the middle, augmented by copies of the pipeline too."""

    def __init__(self, pipeline):
        self.pipeline = pipeline

    def __len__(self):
        return 6

    def __getitem__(self, index):
        copied = A.from_dict(A.to_dict(self.pipeline))  # as a toolkit that serialises makes it
        pipeline = copied if index % 2 else self.pipeline
        face = pipeline(image=np.full((9, 9, 3), 255, np.uint8), keypoints=np.full((1, 2), 4.0))
        return torch.from_numpy(face['image']).permute(2, 0, 1) / 255


def train(context):
    """Share of painted pixels of every sample, by epoch."""
    xy = A.KeypointParams(format='xy', remove_invisible=False)
    faces = Faces(A.Compose([FiducialFocus(patch_size=3, interval=1)], keypoint_params=xy))
    loader = DataLoader(
        faces, 2, num_workers=2, persistent_workers=True, multiprocessing_context=context
    )
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(243, 2))
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    painted = []
    for epoch in range(EPOCHS):
        fifa_mm.set_epoch(epoch)
        painted.append([])
        for images in loader:
            loss = (model(images) - 4).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            painted[-1] += (images == 0).all(1).flatten(1).sum(1).tolist()
    assert torch.isfinite(loss)
    return painted


if __name__ == '__main__':
    torch.set_num_threads(1)
    painted = {context: train(context) for context in ('fork', 'spawn')}
    loaded = [name for name in sys.modules if name.partition('.')[0] in HIDDEN]
    print(json.dumps({'painted': painted, 'loaded': sorted(set(loaded) - set(HIDDEN))}))
