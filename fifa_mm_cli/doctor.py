"""Say whether training can start here, and the commands that mend what is broken."""

import argparse
import sys

MMPOSE = False  # so that fifa_mm can be imported where MMPose is broken
ERRORS = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(args: argparse.Namespace) -> int:
    from fifa_mm import doctor

    if sys.modules['mmpose'] is None:
        del sys.modules['mmpose']  # it looks for itself
    return doctor.main()
