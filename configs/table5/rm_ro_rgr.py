"""Table 5, row 2 without FiFA: RM + RO + RGr."""

_base_ = '../table3/components_hourglass.py'
from fifa_mm.config_edits import step

step(_base_, 'StandardAugment').ops = ['RM', 'RO', 'RGr']
