"""Make MMPose's annotation files from the original download of a face dataset.

    fifa_mm prepare-data wflw --raw ~/downloads/wflw --out data/wflw
    fifa_mm prepare-data wflw --check --out data/wflw

The first writes data/wflw/annotations/*.json, links data/wflw/images to the download and writes
data/wflw/report.json; the second checks annotation files that are there, such as OpenMMLab's. Both
check counts, images, landmarks and ids. An interrupted run goes on where it stopped.
"""

import argparse
from pathlib import Path

MMPOSE = False
ERRORS = (ValueError, OSError, ImportError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from fifa_mm.datasets.prepare import SOURCES

    parser.add_argument('dataset', choices=SOURCES)
    parser.add_argument('--out', type=Path, required=True, help='folder to make or to check')
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument('--raw', type=Path, help='folder of the download')
    what.add_argument('--check', action='store_true', help='check the files in --out')
    parser.add_argument(
        '--allow-partial',
        action='store_true',
        help='accept other numbers of faces; leave out and report faces without an image',
    )
    parser.add_argument('--copy', action='store_true', help='copy images instead of linking them')


def run(args: argparse.Namespace) -> str | None:
    from fifa_mm.datasets.prepare import SOURCES, check, prepare

    source = SOURCES[args.dataset]
    try:
        if args.check:
            report = check(source, args.out, args.allow_partial)
        else:
            report = prepare(source, args.raw, args.out, args.allow_partial, args.copy)
    except KeyboardInterrupt:
        return 'interrupted; start it again to go on'
    print(report.summary())
    print(f'report: {args.out / "report.json"}')
    if report.errors:
        return 'the files are not in order' if args.check else 'no annotation file was written'
    return None
