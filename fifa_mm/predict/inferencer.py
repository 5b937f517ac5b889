"""Our face detectors in MMPose's own inferencer."""

import numpy as np
import torch
from mmcv.image import imread
from mmengine.structures import BaseDataElement, InstanceData
from mmpose.apis import MMPoseInferencer

from fifa_mm.predict.boxes import training_box
from fifa_mm.predict.detectors import Detector, build_detector
from fifa_mm.predict.torch_network import dataset_type


class InferencerDetector:
    """Answers as MMDetection's ``DetInferencer`` does, of which MMPose's inferencer asks boxes.

    Args:
        detector: See :class:`fifa_mm.predict.FacePipeline`.
        dataset: Class name of the data set that the model was trained on; its boxes are given.
    """

    def __init__(self, detector: str | Detector = 'auto', dataset: str | None = None):
        self.detector, self.box = build_detector(detector), training_box(dataset)

    def __call__(self, image: str | np.ndarray, return_datasamples: bool = True) -> dict:
        """Faces of one image, a path or (H, W, 3) BGR, all of category 0."""
        boxes, scores = self.detector(imread(image) if isinstance(image, str) else image)
        found = InstanceData(
            bboxes=torch.from_numpy(self.box.from_face(boxes)).float(),
            scores=torch.from_numpy(scores).float(),
            labels=torch.zeros(len(boxes), dtype=torch.long),
        )
        sample = BaseDataElement()
        sample.pred_instances = found
        return {'predictions': [sample]}


def use_detector(inferencer: MMPoseInferencer, detector: str | Detector = 'auto') -> None:
    """Let an inferencer find faces with one of our detectors, in place.

    MMPose takes the whole image where none is found. Example::

        inferencer = MMPoseInferencer('configs/demo.py', 'demo.pth', det_model='whole_image')
        use_detector(inferencer)
        results = next(inferencer('photo.jpg'))
    """
    inner = inferencer.inferencer
    dataset = dataset_type(inner.cfg.train_dataloader.dataset)
    inner.detector = InferencerDetector(detector, dataset)
    inner.det_cat_ids = (0,)
