"""MMPose's inference takes the config of every system, and gives what our own gives."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import MMPoseInferencer, inference_topdown, init_model

from fifa_mm import Landmarker
from fifa_mm.config_edits import set_size

SYSTEMS = ['hrnet', 'adnet', 'shfan_fifa', 'slpt', 'farl', 'adnet_fifa_siamese', 'fifa_vit_300w']


@pytest.fixture(params=SYSTEMS)
def system(request, narrow_table7, tmp_path):
    """Files of a narrow network's config and random weights."""
    if request.param == 'fifa_vit_300w':
        cfg = Config.fromfile('configs/fifa_vit_300w.py')
        set_size(cfg, 64)
        cfg.model.backbone.update(arch='tiny')
        cfg.model.head.in_channels = 16
    else:
        cfg = narrow_table7(request.param)
    cfg.dump(tmp_path / 'system.py')
    torch.manual_seed(0)
    model = init_model(cfg.copy(), None, 'cpu')
    torch.save({'state_dict': model.state_dict()}, tmp_path / 'system.pth')
    return str(tmp_path / 'system.py'), str(tmp_path / 'system.pth')


def test_every_way_of_mmpose(system, photo):
    config, checkpoint = system
    boxes = np.array([[60, 40, 260, 240], [100, 100, 180, 170]], np.float32)
    model = init_model(config, checkpoint, 'cpu')
    model.test_cfg = {**(model.test_cfg or {}), 'flip_test': False}
    expected = inference_topdown(model, photo, boxes)
    ours = Landmarker(config, checkpoint, detector=None)
    for face, sample in zip(ours(photo, boxes), expected, strict=True):
        np.testing.assert_allclose(face.keypoints, sample.pred_instances.keypoints[0], atol=0.01)
    inferencer = MMPoseInferencer(config, checkpoint, device='cpu', det_model='whole_image')
    inferencer.inferencer.model.test_cfg = model.test_cfg
    (faces,) = next(inferencer(photo))['predictions']
    np.testing.assert_allclose(faces[0]['keypoints'], ours(photo)[0].keypoints, atol=0.01)
