"""Trains what a table still lacks, one cell after another or one a GPU."""

import os
import queue
import shlex
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config

from fifa_mm.lock import BusyError
from fifa_mm.reproduce.cell_config import (
    cell_config,
    checkpoint_source,
    digest,
    needs_vit_weights,
)
from fifa_mm.reproduce.profiles import Profile
from fifa_mm.reproduce.results import Results, Setting
from fifa_mm.reproduce.tables import Table
from fifa_mm.reproduce.training import Training, claimed

NO_WEIGHTS = (
    "ViTs start from random weights, the paper's from FaRL-Base-Patch16-LAIONFace20M-ep16.pth "
    '(github.com/FacePerceiver/FaRL): --vit-weights FILE'
)
COMMAND = shlex.join([os.path.basename(sys.executable), *sys.argv])


@dataclass(frozen=True)
class Job:
    """A cell and seed to train."""

    cell: str
    seed: int
    cfg: Config
    digest: str

    @property
    def name(self) -> str:
        return f'{self.cell} seed {self.seed}'


class Runs:
    """The trainings of one table on one data profile.

    Args:
        table: The table.
        profile: The data.
        size: Side of the input, by default each cell's own.
        recipe: Key of ``RECIPES``.
        vit_weights: Checkpoint that ViTs start from.
        cells: Glob over the cells' names.
        seeds: Number of seeds, 0, 1, ...
        results: Root of the results.
        work_dirs: Root of checkpoints and logs.
        init: Checkpoint that the cells start from, or ``'rendered'``, see :func:`cell_config`.

    Raises:
        FileNotFoundError: no file to start from.
        ValueError: no such cell; results of another version or setting.
    """

    def __init__(
        self,
        table: Table,
        profile: Profile,
        size: int | None,
        recipe: str,
        vit_weights: str | None,
        cells: str,
        seeds: int,
        results: str | Path,
        work_dirs: str | Path,
        init: str | None = None,
    ) -> None:
        self.table, self.profile = table, profile
        chosen = table.select(cells)
        options = (profile, size, recipe, vit_weights, init)
        configs = {cell.name: cell_config(cell.config, *options) for cell in chosen}
        evaluator = next(iter(configs.values())).to_dict()['test_evaluator']
        protocol = [evaluator] if isinstance(evaluator, dict) else evaluator
        self.setting = Setting(table.number, profile.name, size or 'own', recipe, protocol)
        self.results = Results(results, self.setting)
        self.work_dir = Path(work_dirs, self.setting.folder)
        self.jobs: list[Job] = []
        self.todo: list[Job] = []
        for seed in range(seeds):
            for cell in chosen:
                cfg = configs[cell.name].copy()
                cfg.randomness = {'seed': seed}
                job = Job(cell.name, seed, cfg, digest(cfg))
                self.jobs.append(job)
                if not self.results.done(job.cell, job.seed, job.digest):
                    self.todo.append(job)

    def missing(self) -> dict[str | None, str]:
        """What is not there: ``{name of a job or None for all: what to do}``."""
        missing: dict[str | None, str] = {}
        if paths := self.profile.missing():
            missing[None] = (
                f'{self.profile.name}: no {", ".join(map(str, paths))}; get them with: '
                f'{self.profile.where}'
            )
        for job in self.todo:
            source = checkpoint_source(job.cfg)
            if source and '://' not in source and not Path(source).exists():
                missing[job.name] = f'no checkpoint {source}'
        return missing

    def plan(self) -> list[str]:
        """Lines that say what would be done."""
        left = {job.name for job in self.todo}
        records = self.results.load()
        lines = [f'{self.setting.folder}: {len(left)} of {len(self.jobs)} trainings to do']
        for job in self.jobs:
            state = records.get((job.cell, job.seed), {}).get('status', 'to do')
            if job.name in left and (self._folder(job) / 'last_checkpoint').exists():
                state = 'to resume'
            source = checkpoint_source(job.cfg)
            lines.append(f'  {job.name}: {state}, weights: {source or "random"}')
        lines += [f'  missing: {text}' for text in self.missing().values()]
        if self.setting.recipe == 'full' and any(needs_vit_weights(j.cfg) for j in self.todo):
            lines.append(f'  note: {NO_WEIGHTS}')
        return lines

    def run(self, stopped: Callable[[], bool], say: Callable[[str], None] = print) -> bool:
        """Train what is left, and record it.

        Args:
            stopped: Whether to stop now; asked every second.
            say: Takes lines of progress.

        Returns:
            Whether everything is done: nothing missing, unfinished, crashed or diverged.
        """
        missing = self.missing()
        for text in missing.values():
            say(f'missing: {text}')
        todo = [] if None in missing else [job for job in self.todo if job.name not in missing]
        gpus: list[int | None] = [*range(torch.cuda.device_count())] or [None]
        free: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        for gpu in gpus:
            free.put(gpu)
        progress = Progress(len(todo), len(gpus), say)

        def train(job: Job) -> None:
            gpu = free.get()
            try:
                if not stopped():
                    self._train(job, gpu, stopped, progress)
            finally:
                free.put(gpu)

        with ThreadPoolExecutor(len(gpus)) as pool:
            list(pool.map(train, todo))
        done = {key for key, record in self.results.load().items() if record['status'] == 'done'}
        return all((job.cell, job.seed) in done for job in self.jobs)

    def _train(
        self, job: Job, gpu: int | None, stopped: Callable[[], bool], progress: 'Progress'
    ) -> None:
        try:
            with claimed(self._folder(job)):
                if not self.results.done(job.cell, job.seed, job.digest):  # by another, meanwhile
                    training = Training(job.cfg, self._folder(job), gpu)
                    self._finish(job, training, stopped, progress)
        except (BusyError, ValueError) as error:
            progress.say(f'{job.name}: {error}')

    def _finish(
        self, job: Job, training: Training, stopped: Callable[[], bool], progress: 'Progress'
    ) -> None:
        max_epochs = job.cfg.train_cfg.max_epochs
        pace = progress.start(job.name, max_epochs, len(training.epochs()))
        if not training.watch(pace, stopped):
            progress.say(f'{job.name}: stopped, goes on from its last epoch next time')
            return
        status, content = training.outcome()
        content.pop('config', None)  # the name of the file in the work directory
        self.results.add(job.cell, job.seed, job.digest, status, content | {'command': COMMAND})
        if status == 'done':
            training.forget()
            progress.end(job.name, content['last']['test']['NME'])
        else:
            progress.say(f'{job.name} {status}: {content["reason"]} ({content["log"]})')

    def _folder(self, job: Job) -> Path:
        return self.work_dir / f'{job.cell}_seed{job.seed}'


class Progress:
    """Says how far trainings are and how long all of them will take."""

    def __init__(self, total: int, workers: int, say: Callable[[str], None]) -> None:
        self.total, self.workers, self._say = total, workers, say
        self._lock = threading.Lock()
        self._ended = 0
        self._seconds: dict[str, float] = {}

    def say(self, text: str) -> None:
        with self._lock:
            self._say(text)

    def start(self, name: str, max_epochs: int, first: int) -> Callable[[dict], None]:
        """A function to call with every validated epoch of a training that begins."""
        begin = time.monotonic()
        self.say(f'{name}: {"resumed" if first else "started"}, {max_epochs} epochs')

        def on_epoch(point: dict) -> None:
            pace = (time.monotonic() - begin) / max(point['epoch'] - first, 1)
            self._seconds[name] = pace * max_epochs
            left = pace * (max_epochs - point['epoch'])
            waiting = max(self.total - self._ended - self.workers, 0)
            everything = left + waiting * np.mean(list(self._seconds.values())) / self.workers
            nme = point['NME']
            shown = 'not finite' if nme is None else f'{nme:.2f}'
            self.say(
                f'[{self._ended + 1}/{self.total}] {name}: epoch {point["epoch"]}/{max_epochs}, '
                f'NME {shown}, {left / 60:.0f} min left, all {everything / 60:.0f} min'
            )

        return on_epoch

    def end(self, name: str, nme: float) -> None:
        self._ended += 1
        self.say(f'[{self._ended}/{self.total}] {name}: done, NME {nme:.2f} at the last epoch')
