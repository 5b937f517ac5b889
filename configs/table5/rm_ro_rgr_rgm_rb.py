"""Table 5, row 4 without FiFA: RM + RO + RGr + RGm + RB."""

_base_ = '../table3/components_hourglass.py'
from fifa_mm.config_edits import step

step(_base_, 'StandardAugment').ops = ['RM', 'RO', 'RGr', 'RGm', 'RB']
