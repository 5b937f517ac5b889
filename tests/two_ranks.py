"""A function in two processes of PyTorch's distributed training."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


def on_two_ranks(work: Callable, *arguments: Any) -> list:
    """What ``work(rank, *arguments)`` returns in each of two processes, forked from this one."""
    with tempfile.TemporaryDirectory() as folder:
        mp.start_processes(_start, (work, arguments, folder), nprocs=2, start_method='fork')
        return [torch.load(Path(folder, f'{rank}.pt'), weights_only=False) for rank in (0, 1)]


def _start(rank: int, work: Callable, arguments: tuple, folder: str) -> None:
    torch.set_num_threads(1)  # a forked process cannot use its parent's threads
    dist.init_process_group('gloo', f'file://{folder}/store', rank=rank, world_size=2)
    torch.save(work(rank, *arguments), Path(folder, f'{rank}.pt'))
    dist.barrier()
    dist.destroy_process_group()
