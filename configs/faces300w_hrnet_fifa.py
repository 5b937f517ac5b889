_base_ = 'faces300w_hrnet.py'
_base_.train_dataloader.dataset.pipeline.insert(-2, dict(type='FiducialFocus'))
