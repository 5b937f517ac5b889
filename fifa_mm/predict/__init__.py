"""Faces found and their landmarks predicted, in pictures and videos.

Nothing here needs PyTorch or MMPose but ``landmarker`` and ``torch_network``.
"""

from fifa_mm.predict.detectors import Detector
from fifa_mm.predict.faces import Face
from fifa_mm.predict.images import UnreadableError
from fifa_mm.predict.pipeline import FacePipeline

__all__ = ['Detector', 'Face', 'FacePipeline', 'UnreadableError']
