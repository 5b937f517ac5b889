"""Draw rendered faces by attribute, or with landmarks, such as points of one's own.

    fifa_mm plot rendered --out rendered_faces.png
    fifa_mm plot rendered --points my_points.json --out my_points.png

With landmarks the first face shows the triangles that carry the points too.
"""

import argparse

MMPOSE = True
ERRORS = (ValueError, OSError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    landmarks = parser.add_mutually_exclusive_group()
    landmarks.add_argument('--landmarks', type=int, metavar='K', help='of 19, 29, 68, 98')
    landmarks.add_argument('--points', metavar='FILE.json', help='own points on the face')
    parser.add_argument('--seed', type=int, default=0, help='others, other faces (default: 0)')
    parser.add_argument('--out', default='rendered_faces.png', metavar='FIGURE.png')


def run(args: argparse.Namespace) -> None:
    from fifa_mm.datasets.synthetic import SyntheticFaces
    from fifa_mm.files import check_writable, write_figure
    from fifa_mm.plots.rendered import draw_attributes, draw_landmarks

    check_writable(args.out)
    shown = args.landmarks is not None or args.points
    faces = SyntheticFaces(
        68 if args.landmarks is None else args.landmarks,
        image_size=256 if shown else 128,
        seed=args.seed,
        points=args.points,
        lazy_init=True,
    )
    figure = draw_landmarks(faces) if shown else draw_attributes(faces)
    write_figure(args.out, figure, dpi=85)
    print(args.out)
