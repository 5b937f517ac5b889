"""Table 3, row 4: and two views with DCCA, the whole paper."""

_base_ = '../fifa_vit_cofw.py'
