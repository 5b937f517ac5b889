"""Dataloader workers that end with their parent."""

import multiprocessing
import os
import signal
import threading
import time
from typing import Any

from mmengine.dataset import worker_init_fn as mmengine_worker_init_fn

POLL = 1.0  # seconds


def worker_init_fn(worker_id: int, *arguments: Any, **options: Any) -> None:
    """MMEngine's, in a worker that outlives its parent by a second and leaves Ctrl-C to it.

    PyTorch's workers notice that the parent is gone, but then wait for ever for it to read what
    they sent: the pipe stays open, since every forked sibling holds both ends of it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(
        target=_end_with, args=[os.getppid(), multiprocessing.parent_process()], daemon=True
    ).start()
    mmengine_worker_init_fn(worker_id, *arguments, **options)


def _end_with(parent: int, known: Any) -> None:
    """End with either: a spawned worker whose parent died while it started has another by now."""
    while os.getppid() == parent and (known is None or known.is_alive()):
        time.sleep(POLL)
    os._exit(1)
