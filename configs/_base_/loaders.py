# Five images a GPU, as in the paper; every face of the test set once.
train_dataloader = dict(
    batch_size=5,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
)
val_dataloader = dict(
    batch_size=10,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='FaceLandmarkMetric', protocol='inter-ocular')
test_evaluator = val_evaluator
