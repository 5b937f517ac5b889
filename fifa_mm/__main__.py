"""``python -m fifa_mm SCRIPT [ARGS...]`` runs a script with fifa_mm imported first.

For OpenMMLab tools on an installation where ``mmpose.models`` cannot be imported by itself.
``python -m fifa_mm COMMAND`` is the command ``fifa_mm``.
"""

import sys
from pathlib import Path

import fifa_mm_cli
from fifa_mm import script


def main() -> None:
    """Run what the command line names."""
    arguments = sys.argv[1:]
    if arguments and arguments[0] not in fifa_mm_cli.COMMANDS and Path(arguments[0]).is_file():
        sys.argv[:] = arguments
        script.run(arguments[0])
    elif arguments and arguments[0].endswith('.py'):
        sys.exit(f'fifa_mm: no script at {arguments[0]}')
    else:
        fifa_mm_cli.main()


if __name__ == '__main__':
    main()
