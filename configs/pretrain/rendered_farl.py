"""FaRL's ViT, feature pyramid and UPerHead on rendered faces with 68 landmarks, to start from."""

_base_ = '../table7/farl.py'
from fifa_mm.reproduce.pretraining import pretrain

pretrain(_base_)
