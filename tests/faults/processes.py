"""Commands in a session of their own, whose processes can be counted (Linux)."""

import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

import fifa_mm_cli


def processes(session: int) -> list[int]:
    """Ids of the living processes of a session."""
    found = []
    for folder in Path('/proc').iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, _, _, of = (folder / 'stat').read_text().rpartition(')')[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(of) == session and state != 'Z':
            found.append(int(folder.name))
    return found


def wait_for(condition: Callable[[], object], seconds: float = 300) -> float:
    """Seconds until a condition holds; fails long after it should."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() < start + seconds, 'waited in vain'
        time.sleep(0.02)
    return time.monotonic() - start


class Command:
    """``fifa_mm ARGUMENTS...`` in a fork of this process, which has imported everything.

    Args:
        arguments: Of the command line.
        output: File of what it prints.
        prepare: Called in the child first.
    """

    def __init__(self, arguments: list, output: Path, prepare: Callable[[], None] = lambda: None):
        self.output = output
        self.pid = os.fork()
        if not self.pid:
            self._run(list(map(str, arguments)), prepare)

    def _run(self, arguments, prepare):
        code = 1
        try:
            os.setsid()
            descriptor = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
            sys.stdout = open(1, 'w', closefd=False)  # noqa: SIM115
            sys.stderr = open(2, 'w', closefd=False)  # noqa: SIM115
            signal.signal(signal.SIGINT, signal.default_int_handler)
            warnings.simplefilter('ignore')
            prepare()
            sys.argv = ['fifa_mm', *arguments]
            fifa_mm_cli.main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
            if isinstance(code, str):  # as Python's end does
                print(code, file=sys.stderr)
                code = 1
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def workers(self) -> list[int]:
        return [pid for pid in processes(self.pid) if pid != self.pid]

    def wait(self) -> tuple[int, float]:
        """Exit status, negative for a signal; seconds it took."""
        start = time.monotonic()
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status), time.monotonic() - start
            assert time.monotonic() < start + 300, self.output.read_text()
            time.sleep(0.01)

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds; fails if the command ends before."""
        wait_for(lambda: condition() or not self._runs())
        assert self._runs(), '\n'.join(self.lines()[-20:])

    def _runs(self) -> bool:
        """Also before it has its session."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def lines(self) -> list[str]:
        return self.output.read_text(errors='replace').splitlines()
