"""Draw two networks' landmarks and the truth on the same faces, the largest differences first.

fifa_mm plot overlay work_dirs/plain/best.pth work_dirs/fifa/best.pth --names plain FiFA
"""

import argparse

from fifa_mm_cli.compared import add_networks, check_networks, load

MMPOSE = True
ERRORS = (ValueError, ImportError, OSError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('checkpoints', nargs=2, metavar='CHECKPOINT')
    add_networks(parser, 'overlay.png')
    parser.add_argument('--count', type=int, default=12, metavar='N', help='faces drawn')
    parser.add_argument('--search', type=int, default=300, metavar='N', help='faces looked at')


def run(args: argparse.Namespace) -> None:
    check_networks(args)
    import numpy as np

    from fifa_mm.checks import integer
    from fifa_mm.files import write_figure
    from fifa_mm.plots.evaluation import worst_faces
    from fifa_mm.plots.overlay import apart, draw_overlay

    integer('--count', args.count, 1)
    networks, faces = load(args, integer('--search', args.search, 1))
    runs = {name: faces.predicted_by(network) for name, network in networks.items()}
    first, second = runs.values()
    differences = apart(first, second, faces.norm, faces.visible)
    worst = worst_faces(np.nan_to_num(differences), args.count)
    drawn = {name: points[worst] for name, points in runs.items()}
    images, truth, visible = faces.crops[worst], faces.keypoints[worst], faces.visible[worst]
    figure = draw_overlay(images, truth, visible, drawn, differences[worst])
    write_figure(args.out, figure, dpi=120)
    print(f'{args.out}; {faces.protocol}, {len(differences)} faces')
    for name, points in runs.items():
        print(f'{name}: NME {faces.error_of(points):.2f} %')
