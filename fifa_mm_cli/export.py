"""Write a trained model as an ONNX file, with its model card.

    fifa_mm export demo epoch_12.pth --out face.onnx --decode

The file takes any batch size. It is compared with PyTorch on 32 rendered faces first: the landmarks
must agree within 0.01 pixels of the input, else nothing is written. FACE.md, the card, lies beside
it.
"""

import argparse
from pathlib import Path

MMPOSE = True
ERRORS = (ValueError, ImportError, OSError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('config', help='config file, or the name of a shipped one')
    parser.add_argument('checkpoint')
    parser.add_argument('--out', required=True, metavar='M.onnx')
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument(
        '--decode',
        action='store_true',
        help='pixels of a crop to landmarks and scores; what `fifa_mm predict --model` reads. '
        "Without it: normalised input to what the head decodes, as mmdeploy's files",
    )
    forms.add_argument('--rtmlib', action='store_true', help="what rtmlib's RTMPose reads")
    parser.add_argument('--rgb', action='store_true', help='with --decode: takes RGB, not BGR')
    parser.add_argument('--fft', action='store_true', help='keep FFTs (onnxruntime 1.27 or later)')
    parser.add_argument(
        '--precision',
        choices=('fp32', 'fp16', 'int8'),
        default='fp32',
        help="fp16 or int8 need the config's data: the error they cost is measured on its "
        'validation faces, int8 is calibrated on training faces',
    )
    parser.add_argument(
        '--report',
        help="report.json of the training; by default the one in the checkpoint's folder",
    )


def run(args: argparse.Namespace) -> None:
    if args.rgb and not args.decode:
        raise argparse.ArgumentError(None, '--rgb needs --decode')
    from fifa_mm.export.export import export
    from fifa_mm.files import check_writable
    from fifa_mm.predict.torch_network import TorchNetwork
    from fifa_mm.shipped import find_config

    check_writable(args.out)
    report = args.report or Path(args.checkpoint).with_name('report.json')
    result = export(
        TorchNetwork(find_config(args.config), args.checkpoint),
        args.out,
        form='decode' if args.decode else 'rtmlib' if args.rtmlib else 'plain',
        channels='rgb' if args.rgb else 'bgr',
        fft=args.fft,
        precision=args.precision,
        report=report if args.report or report.is_file() else None,
    )
    print(
        f'{args.out}: {result["bytes"] / 1e6:.1f} MB, landmarks within '
        f'{result["difference"]:.2g} input pixels of PyTorch'
    )
    if costs := result.get('costs'):
        print(
            f'{args.precision} costs {costs["after"] - costs["before"]:+.3f} % NME: '
            f'{costs["before"]:.3f} to {costs["after"]:.3f} on {costs["faces"]} validation faces, '
            f'{costs["protocol"]}'
        )
