"""A progress bar with the time left."""

import contextlib
import sys
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from fifa_mm.quiet_runner import quiet


@HOOKS.register_module()
class ProgressHook(Hook):
    """Shows a bar for the whole training, or for a test, where the output is a terminal.

    Elsewhere (a file, a pipe) it does nothing, and MMEngine's log lines say the time left.
    """

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._bar = None

    def before_train(self, runner: Runner) -> None:
        self._open(runner, total=runner.max_iters, initial=runner.iter)

    def before_train_epoch(self, runner: Runner) -> None:
        if self._bar is not None:
            self._bar.set_description(f'epoch {runner.epoch + 1}/{runner.max_epochs}')

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        if self._bar is not None:
            if 'loss' in (outputs or {}):
                self._bar.set_postfix(loss=f'{float(outputs["loss"]):.4g}', refresh=False)
            self._bar.update()

    def after_train(self, runner: Runner) -> None:
        self._stack.close()
        self._bar = None

    def before_test(self, runner: Runner) -> None:
        self._open(runner, total=len(runner.test_loop.dataloader), desc='test')

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        if self._bar is not None:
            self._bar.update()

    def after_test(self, runner: Runner) -> None:
        self._stack.close()
        self._bar = None

    def _open(self, runner: Runner, **bar: Any) -> None:
        if is_main_process() and sys.stdout.isatty():
            self._stack.enter_context(logging_redirect_tqdm([runner.logger]))
            quiet(runner.logger)  # tqdm's handler takes the place of the filtered one
            self._bar = self._stack.enter_context(tqdm(dynamic_ncols=True, file=sys.stdout, **bar))
