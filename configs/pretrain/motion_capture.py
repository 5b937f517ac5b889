"""The demo on 32 points of a user's own, those of motion_capture.json beside it."""

_base_ = '../demo.py'
points = dict(points='{{ fileDirname }}/motion_capture.json')
model = dict(head=dict(out_channels=32))
train_dataloader = dict(dataset=points)
val_dataloader = dict(dataset=points)
test_dataloader = val_dataloader
val_evaluator = dict(protocol='landmark-box')  # no eye corners among the points
test_evaluator = val_evaluator
