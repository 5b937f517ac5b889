"""Table 5, row 3 without FiFA: RM + RO + RGr + RGm."""

_base_ = '../table3/components_hourglass.py'
from fifa_mm.config_edits import step

step(_base_, 'StandardAugment').ops = ['RM', 'RO', 'RGr', 'RGm']
