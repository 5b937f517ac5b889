"""INT, TERM and HUP end a command in seconds, whatever it is doing, and leave no process.

Python calls a signal's handler between two steps of the main thread, which a backward pass on a CPU
makes wait; an exception that it raises surfaces in whatever was running, of several libraries.
So a thread of its own ends the process: by design every file that counts is whole at any moment. A
checkpoint that is being saved has some seconds to become so.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

POSIX = os.name == 'posix'
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if POSIX else ()
PATIENCE = 3.0  # seconds for a checkpoint; a second signal does not wait
POLL = 1.0


def end_on_signals(name: str, hint: str = '') -> None:
    """From now on these signals end the process with a line and the exit status 128 + number.

    A signal that is ignored, as by ``nohup``, stays so. Children are killed.

    Args:
        name: Of the command.
        hint: What the line says further.
    """
    if not POSIX:
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    _handle(_expect_the_end)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    os.register_at_fork(after_in_child=_forget_in_child)

    def wait() -> None:
        number = 0
        while number not in SIGNALS:  # SIGCHLD comes here too
            number = os.read(reader, 1)[0]
        os.set_blocking(reader, False)
        end(number, name, hint, lambda: set(SIGNALS) & set(_read(reader)))

    threading.Thread(target=wait, daemon=True, name='signals').start()


def gather_signals() -> list[int]:
    """A list that gets these signals from now on, which end nothing."""
    signals: list[int] = []
    signal.set_wakeup_fd(-1)
    _handle(lambda number, _: signals.append(number))
    return signals


def end_with_parent(parent: int, name: str) -> None:
    """End the process like a hangup does when its parent, of that process id, is there no more."""

    def wait() -> None:
        while os.getppid() == parent:
            time.sleep(POLL)
        end(signal.SIGHUP, name)

    threading.Thread(target=wait, daemon=True, name='parent').start()


def end(
    number: int, name: str, hint: str = '', hurry: Callable[[], object] = lambda: False
) -> None:
    """End this process and its children now, or when the checkpoint is whole that is being saved.

    Args:
        number: The signal.
        name: Of the command.
        hint: What the line says further.
        hurry: Whether not to wait.
    """
    saving = getattr(sys.modules.get('fifa_mm.hooks.checkpoint_hook'), 'SAVING', threading.Lock())
    deadline = time.monotonic() + PATIENCE
    while not saving.acquire(timeout=0.05) and time.monotonic() < deadline and not hurry():
        continue
    children = multiprocessing.active_children()
    for child in children:
        child.kill()
    for child in children:
        child.join(0.5)
    if os.environ.get('RANK', '0') == '0':
        with suppress(Exception):
            text = f'{name}: stopped by {signal.Signals(number).name}{hint}\n'
            os.write(2, ('\n' * sys.stdout.isatty() + text).encode())
    threading.Timer(0.5, os._exit, [128 + number]).start()  # a full pipe blocks a flush
    with suppress(Exception):
        sys.stdout.flush()
    os._exit(128 + number)


def _handle(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def _expect_the_end(*_: object) -> None:
    """Workers may have had the signal too: that they end is no error now."""
    with suppress(ValueError):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _forget_in_child() -> None:
    """A worker leaves the signals of a terminal to its parent, which ends it."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _read(descriptor: int) -> bytes:
    with suppress(BlockingIOError):
        return os.read(descriptor, 64)
    return b''
