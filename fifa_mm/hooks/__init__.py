"""Hooks of training runs."""

from fifa_mm.hooks.all_weights_hook import AllWeightsHook
from fifa_mm.hooks.channels_last_hook import ChannelsLastHook
from fifa_mm.hooks.checkpoint_hook import CheckpointHook
from fifa_mm.hooks.every_face_hook import EveryFaceHook
from fifa_mm.hooks.pictures_hook import PicturesHook
from fifa_mm.hooks.progress_hook import ProgressHook
from fifa_mm.hooks.run_report_hook import RunReportHook

__all__ = [
    'AllWeightsHook',
    'ChannelsLastHook',
    'CheckpointHook',
    'EveryFaceHook',
    'PicturesHook',
    'ProgressHook',
    'RunReportHook',
]
