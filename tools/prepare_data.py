"""Make MMPose's annotation files from the original download of a face dataset.

    python tools/prepare_data.py wflw --raw ~/downloads/wflw --out data/wflw
    python tools/prepare_data.py wflw --check --out data/wflw

The first writes data/wflw/annotations/*.json, links data/wflw/images to the download and writes
data/wflw/report.json; the second checks annotation files that are there, such as OpenMMLab's. Both
check counts, images, landmarks and ids. An interrupted run goes on where it stopped.
"""

import argparse
import sys
from pathlib import Path

from fifa_mm.datasets.prepare import SOURCES, check, prepare


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('dataset', choices=SOURCES)
    parser.add_argument('--raw', type=Path, help='folder of the download')
    parser.add_argument('--out', type=Path, required=True, help='folder to make or to check')
    parser.add_argument('--check', action='store_true', help='check the files in --out')
    parser.add_argument(
        '--allow-partial',
        action='store_true',
        help='accept other numbers of faces; leave out and report faces without an image',
    )
    parser.add_argument('--copy', action='store_true', help='copy images instead of linking them')
    args = parser.parse_args()
    if args.check == (args.raw is not None):
        parser.error('give either --raw DIR or --check')
    return args


def main():
    args = parse_args()
    source = SOURCES[args.dataset]
    try:
        if args.check:
            report = check(source, args.out, args.allow_partial)
        else:
            report = prepare(source, args.raw, args.out, args.allow_partial, args.copy)
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f'prepare_data.py: {error}')
    except KeyboardInterrupt:
        sys.exit('prepare_data.py: interrupted; start it again to go on')
    print(report.summary())
    print(f'report: {args.out / "report.json"}')
    if report.errors:
        sys.exit('the files are not in order' if args.check else 'no annotation file was written')


if __name__ == '__main__':
    main()
