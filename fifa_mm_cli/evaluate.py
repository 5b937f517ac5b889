"""Score predicted face landmarks of any program.

    fifa_mm evaluate PRED.json ANN.json --protocol inter-ocular --subsets pose blur

ANN.json is an annotation file of MMPose's face datasets. PRED.json is a list of
{"id": annotation id, "keypoints": [[x, y], ...]} in pixels of the original image, described in
docs/protocols.md. The result is printed, and written with --out: a prediction file again, with the
errors, and what `fifa_mm plot` draws from.
"""

import argparse
from typing import Any

MMPOSE = False
ERRORS = (ValueError, OSError)
SUBSETS = """a 0/1 field of the annotations (pose), or NAME=path:REGEX (image file name),
NAME=file:ANN.json (faces of another annotation file), NAME=FIELD:VALUE (field with a value)"""


def subset_rule(text: str) -> tuple[str, Any]:
    """``(name, rule)`` of one --subsets argument."""
    name, _, rule = text.partition('=')
    if not rule:
        return name, name
    kind, _, value = rule.partition(':')
    if not value:
        raise argparse.ArgumentTypeError(
            f'{text!r} must be NAME, NAME=path:REGEX, NAME=file:ANN.json or NAME=FIELD:VALUE'
        )
    kinds = {'path': {'path': value}, 'file': {'ann_file': value}}
    if value.lstrip('-').isdigit():
        return name, kinds.get(kind, {'field': kind, 'value': int(value)})
    return name, kinds.get(kind, {'field': kind, 'value': value})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from fifa_mm.metrics.functional import PROTOCOLS

    parser.add_argument('predictions', metavar='PRED.json')
    parser.add_argument('annotations', metavar='ANN.json')
    parser.add_argument('--protocol', required=True, choices=PROTOCOLS)
    parser.add_argument('--threshold', type=float, help='fraction; 0.10 for eyes, 0.07 for boxes')
    parser.add_argument('--subsets', nargs='+', type=subset_rule, default=[], help=SUBSETS)
    parser.add_argument('--auc-grid', choices=['farl'], help="FaRL's grid, not the exact integral")
    parser.add_argument('--out', metavar='FILE.json', help='also write scores and errors per face')


def run(args: argparse.Namespace) -> None:
    from fifa_mm.files import check_writable, write_json
    from fifa_mm.metrics import report
    from fifa_mm.metrics.predictions import evaluate_predictions

    subsets = dict(args.subsets)
    if len(subsets) < len(args.subsets):
        raise argparse.ArgumentError(None, '--subsets must not repeat a name')
    if args.out:
        check_writable(args.out)
    result = evaluate_predictions(
        args.predictions,
        args.annotations,
        args.protocol,
        args.threshold,
        subsets,
        args.auc_grid,
    )
    print(report.table(result['scores'], result['title']))
    for note in result['notes']:
        print(note)
    if args.out:
        write_json(args.out, result)
