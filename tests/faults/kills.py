"""Kills trainings with SIGKILL and counts what is lost.

A training runs in a fork of this process, which has imported everything: a kill costs a second. It
is killed and resumed until it has ended; then it has to have the weights and the curve of one that
ran through.
"""

import gc
import json
import os
import random
import shutil
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from faults.small_training import EPOCHS, build
from mmengine.fileio.backends import local_backend

from fifa_mm import files
from fifa_mm.files import read_json
from fifa_mm.resume import checkpoints
from fifa_mm.safe_load import UnreadableCheckpointError, load_checkpoint


def forked(work: Callable[[], None], log: Path) -> int:
    """Process id of a child that does some work, with its output in a file."""
    if pid := os.fork():
        return pid
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        work()
        os._exit(0)
    except BaseException:
        os.write(2, traceback.format_exc().encode())
        os._exit(1)


def slowed(report: Callable[[str], None], seconds: float = 0.01) -> None:
    """Make this process's file system slow, and report the steps of writing a checkpoint."""

    class SlowFile:
        def __init__(self, file):
            self.file = file

        def __getattr__(self, name):
            return getattr(self.file, name)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, content):
            quarter = len(content) // 4 + 1
            for place, start in enumerate(range(0, len(content), quarter)):
                report(f'quarter {place}')
                time.sleep(seconds)
                self.file.write(content[start : start + quarter])
                self.file.flush()

    def slow_open(path, mode='r', **options):
        file = open(path, mode, **options)  # noqa: SIM115
        if '.pth' not in str(path) or 'w' not in mode:
            return file
        report('open')
        return SlowFile(file)

    def slow(function, name):
        def call(*arguments, **options):
            report(name)
            time.sleep(seconds)
            result = function(*arguments, **options)
            report(f'{name} done')
            time.sleep(seconds)
            return result

        return call

    files.open = local_backend.open = slow_open
    os.replace, os.remove = slow(os.replace, 'rename'), slow(os.remove, 'remove')


class Campaign:
    """Kills of trainings in a folder.

    Args:
        folder: Where they are run.
        seed: Of when they are killed.
        keep: ``max_keep_ckpts``.
        unmended: Called in the child before it trains, for instance to undo what is tested.
    """

    def __init__(self, folder: Path, seed: int, keep: int = 2, prepare: Callable = lambda: None):
        self.folder, self.keep, self.prepare = folder, keep, prepare
        self.random = random.Random(seed)
        self.kills, self.trainings, self.lost = 0, 0, []
        folder.mkdir(parents=True, exist_ok=True)
        build(folder / 'warm', keep=keep).train()  # imports what it imports late
        gc.freeze()
        start = time.monotonic()
        pid = forked(lambda: self._train(folder / 'whole'), folder / 'log')
        assert os.waitpid(pid, 0)[1] == 0, (folder / 'log').read_text()
        self.seconds = time.monotonic() - start

    def at_random(self, kills: int) -> None:
        """Kill that often, at any moment of a training."""
        self._run(kills, lambda pid, _: time.sleep(self.random.uniform(0.1, self.seconds)))

    def at_writing(self, kills: int) -> None:
        """Kill that often, at one of the steps of writing a checkpoint to a slow disk."""

        def wait(pid, events):
            for _ in range(self.random.randrange(1, 60)):
                if not os.read(events, 1):  # it has ended
                    break
            time.sleep(self.random.uniform(0, 0.01))

        self._run(kills, wait, slow=True)

    def _run(self, kills, wait, slow=False):
        goal = self.kills + kills
        while self.kills < goal:
            self.trainings += 1
            work_dir = self.folder / f'training_{self.trainings}'
            reached = 0
            while not self._attempt(work_dir, wait, slow, may_kill=self.kills < goal):
                reached = self._judge(work_dir, reached)
                if reached is None:
                    break
            else:
                self._compare(work_dir)
            shutil.rmtree(work_dir)

    def _attempt(self, work_dir, wait, slow, may_kill):
        """Train on; returns whether it ended."""
        events, reports = os.pipe()

        def train():
            os.close(events)
            if slow and may_kill:
                slowed(lambda _: os.write(reports, b'.'))
            self._train(work_dir)

        pid = forked(train, self.folder / 'log')
        os.close(reports)
        if may_kill:
            wait(pid, events)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        os.close(events)
        if os.WIFSIGNALED(status):
            self.kills += 1
            return False
        if status:
            self._lose(work_dir, 'it cannot be resumed')
        return True

    def _train(self, work_dir):
        self.prepare()
        build(work_dir, keep=self.keep).train()

    def _judge(self, work_dir, reached):
        """Epoch that the state on the disk has reached; None where it is lost."""
        epochs = []
        for path in checkpoints(work_dir):
            try:
                epochs.append(load_checkpoint(path)['meta']['epoch'])
            except UnreadableCheckpointError as error:
                self._lose(work_dir, str(error))
                return None
        with suppress(FileNotFoundError):
            if curve := read_json(work_dir / 'report.json')['curve']:
                reached = max(reached, curve[-1]['epoch'])
        if max(epochs, default=0) < reached:
            self._lose(work_dir, f'epochs {epochs} where {reached} was reached')
            return None
        return max(epochs, default=0)

    def _compare(self, work_dir):
        whole = self.folder / 'whole'
        weights = [
            load_checkpoint(folder / f'epoch_{EPOCHS}.pth')['state_dict']['numbers'].tolist()
            for folder in (work_dir, whole)
        ]
        curves = [read_json(folder / 'report.json')['curve'] for folder in (work_dir, whole)]
        if weights[0] != weights[1]:
            self._lose(work_dir, 'it ends with other weights')
        elif _scores(curves[0]) != _scores(curves[1]):
            self._lose(work_dir, f'it ends with another curve: {json.dumps(curves[0])}')
        elif not list(work_dir.glob('best_*.pth')):
            self._lose(work_dir, 'it ends without a best checkpoint')

    def _lose(self, work_dir, reason):
        self.lost.append(f'{work_dir.name}, kill {self.kills}: {reason}')


def _scores(curve):
    return [(point['epoch'], point['NME']) for point in curve]
