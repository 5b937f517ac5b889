"""The testbed with FiFA on half of the faces: as many patches as two views have, without views."""

_base_ = 'resnet18_96_fifa.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').prob = 0.5
