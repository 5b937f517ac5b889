"""Refuses checkpoints that leave a part of the model random."""

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmpose.registry import HOOKS

from fifa_mm.weights import load_all


@HOOKS.register_module()
class AllWeightsHook(Hook):
    """Every parameter and buffer of the model must be in a checkpoint that is loaded.

    MMEngine warns and goes on: a test with another model's checkpoint then gives the error of
    random weights. ``tools/test.py`` has this hook, training, which may start from a part of a
    model, has not.

    Raises:
        ValueError: something is missing or has another shape; the message counts and names it.
    """

    priority = 'LOWEST'  # after EMAHook, which may exchange the weights

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        load_all(model, checkpoint, str(runner.cfg.load_from or 'the checkpoint'))
