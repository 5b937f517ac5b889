"""Render faces into a folder, with their landmarks, to train on.

    fifa_mm render-faces --out data/rendered --count 100000 --landmarks 68 98 --workers 8
    fifa_mm render-faces --out data/mine --count 20000 --points my_points.json

Writes pictures, annotations/NAME.json for every definition, which MMPose's 300W and WFLW datasets
read, and recipe.json. The faces are those of SyntheticFaces of that seed and size. What was stopped
goes on; a folder of other pictures is refused. docs/rendered_faces.md says how to train on them.
"""

import argparse

MMPOSE = True
ERRORS = (ValueError, OSError)
STOPPED = '; the same command goes on'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--out', required=True, metavar='DIR', help='folder to make or to go on in')
    parser.add_argument('--count', type=int, required=True, metavar='N', help='number of faces')
    parser.add_argument('--size', type=int, default=160, help='side of the pictures (default: 160)')
    parser.add_argument('--seed', type=int, default=0, help='others, other faces (default: 0)')
    parser.add_argument(
        '--landmarks', type=int, nargs='+', metavar='K', help='of 19, 29, 68, 98 (default: 68)'
    )
    parser.add_argument(
        '--points', nargs='+', default=[], metavar='FILE.json', help='own points on the face'
    )
    parser.add_argument('--workers', type=int, default=1, metavar='N', help='processes')


def run(args: argparse.Namespace) -> None:
    from fifa_mm.datasets.render_faces import render_faces

    counts = args.landmarks if args.landmarks or args.points else [68]
    sets = [{'num_landmarks': count} for count in counts or []]
    sets += [{'points': path} for path in args.points]
    for file in render_faces(args.out, args.count, args.size, args.seed, sets, args.workers):
        print(file)
