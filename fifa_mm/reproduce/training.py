"""One training as a process of its own, that can be stopped at any point and goes on later."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fifa_mm.files import read_json, write_json
from fifa_mm.lock import TRAINING, locked
from fifa_mm.reproduce.cell_config import digest
from fifa_mm.resume import checkpoints
from fifa_mm.shipped import shipped

TRAIN = shipped('tools') / 'train.py'
DIVERGED = 'loss become infinite or NaN'  # what mmdet's CheckInvalidLossHook logs
POLL = 0.5  # seconds


@contextmanager
def claimed(work_dir: Path) -> Iterator[None]:
    """Nobody else trains in a work directory meanwhile, nor does a training without its parent.

    Raises:
        BusyError: somebody does.
    """
    with locked(work_dir / 'lock'):
        with locked(work_dir / TRAINING):
            pass
        yield


class Training:
    """A training in a work directory that is :func:`claimed`, started or resumed.

    Args:
        cfg: What to train.
        work_dir: Checkpoints, logs and the report.
        gpu: The only GPU that the process sees.

    Raises:
        ValueError: what is in the directory was made with another config.
    """

    def __init__(self, cfg: Config, work_dir: Path, gpu: int | None = None) -> None:
        self.work_dir = work_dir
        self.log = work_dir / 'train.log'
        self._check_digest(digest(cfg))
        self._process = self._start(cfg, gpu)

    def _check_digest(self, mine: str) -> None:
        path = self.work_dir / 'digest.json'
        if path.exists() and (found := read_json(path)) != mine:
            raise ValueError(
                f'{self.work_dir} was made with another config ({found}, now {mine}): remove it'
            )
        write_json(path, mine)

    def _start(self, cfg: Config, gpu: int | None) -> subprocess.Popen:
        config = self.work_dir / 'cell.py'
        cfg.dump(config)
        if not checkpoints(self.work_dir):
            (self.work_dir / 'report.json').unlink(missing_ok=True)
        command = [sys.executable, '-W', 'ignore', TRAIN, config, '--resume']
        environment = {**os.environ, 'FIFA_MM_PARENT': str(os.getpid())}  # without which it ends
        if gpu is not None:
            environment['CUDA_VISIBLE_DEVICES'] = str(gpu)
        with open(self.log, 'w') as log:
            return subprocess.Popen(
                [*map(str, command), '--work-dir', str(self.work_dir)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # so that Ctrl-C reaches the parent alone, which stops it
            )

    def epochs(self) -> list[dict[str, Any]]:
        """The validated epochs so far, as in the report's ``curve``."""
        try:
            return read_json(self.work_dir / 'report.json')['curve']
        except FileNotFoundError:
            return []

    def watch(self, on_epoch: Callable[[dict], None], stopped: Callable[[], bool]) -> bool:
        """Wait for the end, calling ``on_epoch`` with the last point of the curve when it grows.

        Returns:
            Whether it ended; otherwise it was stopped, because ``stopped()`` became true.
        """
        seen = len(self.epochs())
        while self._process.poll() is None:
            if stopped():
                self._stop()
                return False
            time.sleep(POLL)
            if len(curve := self.epochs()) > seen:
                seen = len(curve)
                on_epoch(curve[-1])
        return True

    def _stop(self) -> None:
        """End the process and its dataloader workers, which may outlive it."""
        os.killpg(self._process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(4)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def outcome(self) -> tuple[str, dict[str, Any]]:
        """What an ended training gave.

        Returns:
            ``'done'``, ``'diverged'`` or ``'crashed'``, and the content of a record: the
            report, or for the others the last line and the path of the log.
        """
        log = self.log.read_text(errors='replace')
        if self._process.returncode == 0:
            report = read_json(self.work_dir / 'report.json')
            if report['last']['test']['NME'] is not None:
                return 'done', report
        diverged = DIVERGED in log or self._process.returncode == 0
        lines = [line for line in log.splitlines() if line.strip()]
        content = {'reason': self._last_words(lines), 'log': str(self.log)}
        if diverged:
            content['reason'] = 'the loss or the predictions became infinite or NaN'
        return 'diverged' if diverged else 'crashed', content

    def _last_words(self, lines: list[str]) -> str:
        """Why it crashed: the signal that killed it, or what it said last."""
        code = self._process.returncode
        number = -code if code < 0 else code - 128  # the latter as it ends itself
        if number in set(signal.Signals):
            return f'killed by {signal.Signals(number).name}'
        return lines[-1] if lines else f'no output, exit status {code}'

    def forget(self) -> None:
        """Delete the checkpoints to resume from; the best one stays."""
        for checkpoint in self.work_dir.glob('epoch_*.pth'):
            checkpoint.unlink()
        (self.work_dir / 'last_checkpoint').unlink(missing_ok=True)
