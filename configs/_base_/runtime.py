# MMPose's runtime with this package imported, so that its classes are found by their bare names.
# Every epoch is saved, the last two and the best are kept.
_base_ = ['mmpose::_base_/default_runtime.py']
custom_imports = dict(imports=['fifa_mm'], allow_failed_imports=False)
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=2, save_best='NME', rule='less'))
