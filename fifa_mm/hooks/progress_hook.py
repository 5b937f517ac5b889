"""A progress bar with the time left."""

import contextlib
import sys

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmpose.registry import HOOKS
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm


@HOOKS.register_module()
class ProgressHook(Hook):
    """Shows a bar for the whole training, or for a test, where the output is a terminal.

    Elsewhere (a file, a pipe) it does nothing, and MMEngine's log lines say the time left.
    """

    def __init__(self):
        self._stack = contextlib.ExitStack()
        self._bar = None

    def before_train(self, runner):
        self._open(runner, total=runner.max_iters, initial=runner.iter)

    def before_train_epoch(self, runner):
        if self._bar is not None:
            self._bar.set_description(f'epoch {runner.epoch + 1}/{runner.max_epochs}')

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if self._bar is not None:
            if 'loss' in (outputs or {}):
                self._bar.set_postfix(loss=f'{float(outputs["loss"]):.4g}', refresh=False)
            self._bar.update()

    def after_train(self, runner):
        self._stack.close()
        self._bar = None

    def before_test(self, runner):
        self._open(runner, total=len(runner.test_loop.dataloader), desc='test')

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if self._bar is not None:
            self._bar.update()

    def after_test(self, runner):
        self._stack.close()
        self._bar = None

    def _open(self, runner, **bar):
        if is_main_process() and sys.stdout.isatty():
            self._stack.enter_context(logging_redirect_tqdm([runner.logger]))
            self._bar = self._stack.enter_context(tqdm(dynamic_ncols=True, file=sys.stdout, **bar))
