"""MMEngine's CheckpointHook, which never leaves a training without a whole checkpoint."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.fileio import BaseStorageBackend
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from mmpose.registry import HOOKS

SAVING = threading.RLock()  # held meanwhile: what ends a process waits for it


@HOOKS.register_module()
class WholeCheckpointHook(CheckpointHook):
    """Removes an old checkpoint when the new one is whole; arguments as of MMEngine's.

    It is registered in the place of ``CheckpointHook`` too.
    ``compat.whole_files`` sees to it that a file appears whole or not at all.

    The best checkpoint so far of a run whose folder was moved or copied is the one in that folder:
    MMEngine would delete the original's at the next better one.
    """

    file_backend: Any
    best_ckpt_path: str | None

    def before_train(self, runner: Runner) -> None:
        super().before_train(runner)
        self.file_backend = _LateRemoval(self.file_backend)
        if hasattr(self, 'best_ckpt_path'):
            self.best_ckpt_path = self._in_own_folder(self.best_ckpt_path)
        for key, path in getattr(self, 'best_ckpt_path_dict', {}).items():
            self.best_ckpt_path_dict[key] = self._in_own_folder(path)
        if is_main_process() and os.path.isdir(self.out_dir):
            for part in Path(self.out_dir).glob('.*.part'):  # left by a kill
                part.unlink(missing_ok=True)

    def _in_own_folder(self, path: str | None) -> str | None:
        name = os.path.basename(path or '')
        return None if name in ('', '.', '..') else self.file_backend.join_path(self.out_dir, name)

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        with SAVING:
            super()._save_checkpoint_with_step(runner, step, meta)
            self._remove_old_ones()

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        with SAVING:
            super()._save_best_checkpoint(runner, metrics)
            self._remove_old_ones()

    def _remove_old_ones(self) -> None:
        best = getattr(self, 'best_ckpt_path_dict', {}).values()
        current = {self.last_ckpt, getattr(self, 'best_ckpt_path', None), *best}
        while self.file_backend.late:
            remove, path = self.file_backend.late.pop()
            if path not in current:
                remove(path)


class _LateRemoval:
    """A storage backend that keeps a list of what it is told to remove."""

    def __init__(self, backend: BaseStorageBackend):
        self._backend = backend
        self.late: list[tuple[Callable[[str], None], str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def remove(self, path: str) -> None:
        self.late.append((self._backend.remove, path))

    def rmtree(self, path: str) -> None:
        self.late.append((self._backend.rmtree, path))
