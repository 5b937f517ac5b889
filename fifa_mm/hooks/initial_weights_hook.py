"""Starts a training from a checkpoint, and says from which of its parts."""

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import CheckpointLoader, Runner
from mmpose.registry import HOOKS

from fifa_mm.weights import load_initial


@HOOKS.register_module()
class InitialWeightsHook(Hook):
    """Loads a checkpoint before a training that is not resumed.

    MMEngine's ``load_from`` takes whatever fits and warns of the rest. Here the trunk must fit
    whole; the log says what was loaded, what of the file was left out and what stays random.

    Args:
        checkpoint: The file.

    Raises:
        ValueError: it is of another architecture or of another number of landmarks, see
            :func:`fifa_mm.weights.load_initial`.
    """

    def __init__(self, checkpoint: str) -> None:
        self.checkpoint = checkpoint

    def before_train(self, runner: Runner) -> None:
        if runner.iter:
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        content = CheckpointLoader.load_checkpoint(self.checkpoint, map_location='cpu')
        count = runner.train_loop.dataloader.dataset.metainfo['num_keypoints']
        for line in load_initial(model, content, self.checkpoint, count):
            runner.logger.info(line)
