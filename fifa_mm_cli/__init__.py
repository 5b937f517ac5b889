"""The command ``fifa_mm``; the files under ``tools/`` call the same functions.

It lies beside the package, not in it: importing fifa_mm imports MMPose, which takes seconds, and a
command answers ``--help`` and bad arguments before. Each module here is a command: its docstring is
the help, ``add_arguments`` fills the parser, ``run`` imports what it needs and does it; ``MMPOSE``
says whether that needs MMPose, ``ERRORS`` which exceptions are the user's to mend, ``STOPPED``,
where it is there, that signals end the process at any moment, and what is said of that.
"""

import argparse
import importlib
import signal
import sys
from collections.abc import Sequence
from multiprocessing import current_process
from types import ModuleType

from fifa_mm_cli.errors import is_unknown_name, keep_traceback, one_line
from fifa_mm_cli.stopping import end_on_signals

# The name of each, and its module.
COMMANDS = {
    'train': 'train',
    'test': 'test',
    'predict': 'predict',
    'export': 'export',
    'evaluate': 'evaluate',
    'plot': 'plot',
    'plot overlay': 'plot_overlay',
    'plot rendered': 'plot_rendered',
    'plot saliency': 'plot_saliency',
    'summarize': 'summarize',
    'reproduce': 'reproduce',
    'prepare-data': 'prepare_data',
    'render-faces': 'render_faces',
    'mean-shape': 'mean_shape',
    'convert': 'convert',
    'doctor': 'doctor',
}

if current_process().name != 'MainProcess':
    # A spawned dataloader worker imports the main module again: register there too.
    import fifa_mm  # noqa: F401


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says, by default this process's own."""
    command, *rest = (sys.argv[1:] if arguments is None else arguments) or ['']
    if rest and f'{command} {rest[0]}' in COMMANDS:
        command, rest = f'{command} {rest[0]}', rest[1:]
    if command in COMMANDS:
        run(command, rest, f'fifa_mm {command}', own_process=arguments is None)
    elif command in ('-h', '--help'):
        print(usage())
    else:
        print(f'fifa_mm: no command {command!r}\n{usage()}', file=sys.stderr)
        sys.exit(2)


def run(
    name: str,
    arguments: Sequence[str] | None = None,
    prog: str | None = None,
    own_process: bool | None = None,
) -> None:
    """Run one command; expected errors are one line.

    Args:
        name: Key of ``COMMANDS``.
        arguments: By default this process's own.
        prog: What it is called in messages.
        own_process: Whether signals may end the process: by default if the arguments are its own.
    """
    command = load(name)
    parser = argparse.ArgumentParser(
        prog=prog,
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if not command.MMPOSE:
        # Where MMPose cannot be imported, importing fifa_mm imports nothing else either.
        sys.modules.setdefault('mmpose', None)  # type: ignore[arg-type]
    command.add_arguments(parser)
    args = parser.parse_args(arguments)
    own_process = arguments is None if own_process is None else own_process
    if own_process and hasattr(command, 'STOPPED'):
        end_on_signals(parser.prog, command.STOPPED)
    try:
        status = command.run(args)
    except argparse.ArgumentError as error:
        parser.error(str(error))
    except (KeyError, *command.ERRORS) as error:
        if isinstance(error, KeyError) and not is_unknown_name(error):
            raise
        if not isinstance(error, OSError):
            keep_traceback(error)
        raise SystemExit(f'{parser.prog}: {one_line(error)}') from error
    except KeyboardInterrupt:
        print(f'{parser.prog}: stopped by SIGINT', file=sys.stderr)
        status = 128 + signal.SIGINT
    if status is not None:
        sys.exit(status)


def load(name: str) -> ModuleType:
    """The module of a command."""
    return importlib.import_module(f'fifa_mm_cli.{COMMANDS[name]}')


def usage() -> str:
    """All commands in a line each."""
    lines = ['usage: fifa_mm COMMAND ARGS... (COMMAND --help says more)', '']
    for name in COMMANDS:
        lines.append(f'  {name:13} {(load(name).__doc__ or "").partition(chr(10))[0]}')
    return '\n'.join(lines)
