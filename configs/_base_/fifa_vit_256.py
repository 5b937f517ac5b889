# fifa_vit_512.py at 256 x 256, heatmaps 64 x 64, a quarter of the computation. The patches and the
# Gaussian keep their size in pixels.
_base_ = ['fifa_vit_512.py']
codec = dict(type='GaussianHeatmap', input_size=(256, 256), heatmap_size=(64, 64))
model = dict(backbone=dict(img_size=256), head=dict(decoder=codec))
_base_.train_dataloader.dataset.pipeline[2].input_size = codec['input_size']
_base_.train_dataloader.dataset.pipeline[4].encoder = codec
_base_.val_dataloader.dataset.pipeline[2].input_size = codec['input_size']
_base_.test_dataloader.dataset.pipeline[2].input_size = codec['input_size']
