# MMPose's runtime with this package imported, so that its classes are found by their bare names.
_base_ = ['mmpose::_base_/default_runtime.py']
custom_imports = dict(imports=['fifa_mm'], allow_failed_imports=False)
