"""HRNetV2-W18 on rendered faces with 68 landmarks, to start other trainings from."""

_base_ = '../table7/hrnet.py'
from fifa_mm.reproduce.pretraining import pretrain

pretrain(_base_)
