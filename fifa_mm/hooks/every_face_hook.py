"""Finds out before a training or a test whether every annotated face will be evaluated."""

from typing import Any

from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS

from fifa_mm.metrics.landmark_metric import FaceLandmarkMetric


@HOOKS.register_module()
class EveryFaceHook(Hook):
    """Lets a ``FaceLandmarkMetric`` look at its dataset before the work begins.

    The metric itself counts the faces when they have been evaluated, which in training is after the
    first epochs.

    Raises:
        ValueError: the dataset left faces of its annotation file out, or has some twice, and
            ``miscount`` of the metric is ``'error'``.
    """

    def before_train(self, runner: Runner) -> None:
        if runner.val_loop is not None:
            check(runner.val_loop.dataloader.dataset, runner.val_evaluator)

    def before_test(self, runner: Runner) -> None:
        check(runner.test_loop.dataloader.dataset, runner.test_evaluator)


def check(dataset: Any, evaluator: Evaluator) -> None:
    """Compare a dataset of annotation files with what the metrics expect."""
    metrics = [metric for metric in evaluator.metrics if isinstance(metric, FaceLandmarkMetric)]
    for metric in metrics:
        metric.read_annotations()
        if metric.annotations is not None and hasattr(dataset, 'get_data_info'):
            metric.check_faces([dataset.get_data_info(i)['id'] for i in range(len(dataset))])
