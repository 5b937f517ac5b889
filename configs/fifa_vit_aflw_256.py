"""FiFA on AFLW: ViT-hourglass, Siamese views, DCCA, 256 x 256."""

_base_ = 'fifa_vit_aflw.py'
from fifa_mm.config_edits import set_size

set_size(_base_, 256)
