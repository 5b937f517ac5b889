"""FiFA on COFW: ViT-hourglass, Siamese views, DCCA, 256 x 256."""

_base_ = 'fifa_vit_cofw.py'
from fifa_mm.config_edits import set_size

set_size(_base_, 256)
