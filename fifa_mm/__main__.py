"""Run a script with fifa_mm imported first: ``python -m fifa_mm SCRIPT [ARGS...]``.

For OpenMMLab tools on an installation where ``mmpose.models`` cannot be imported by itself.
``python -m fifa_mm doctor`` says what is installed and what to do about what is broken.
"""

import sys
from pathlib import Path

from fifa_mm import doctor, script

USAGE = 'usage: fifa_mm doctor | fifa_mm SCRIPT [ARGS...]'


def main():
    """Run what the command line names; returns the exit status."""
    arguments = sys.argv[1:]
    if arguments[:1] == ['doctor']:
        return doctor.main()
    if not arguments or arguments[0] in ('-h', '--help'):
        print(USAGE)
        return 0 if arguments else 2
    if not Path(arguments[0]).is_file():
        print(f'fifa_mm: no script at {arguments[0]}\n{USAGE}', file=sys.stderr)
        return 2
    sys.argv[:] = arguments
    script.run(arguments[0])
    return 0


if __name__ == '__main__':
    sys.exit(main())
