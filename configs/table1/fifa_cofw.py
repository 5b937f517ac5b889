"""Table 1, COFW: inter-ocular NME and FR at 10 %, as the base config has them."""

_base_ = '../fifa_vit_cofw.py'
