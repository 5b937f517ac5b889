"""Draw which parts of a face networks find its landmarks by (Grad-CAM), beside the patches.

    fifa_mm plot saliency work_dirs/plain/best.pth work_dirs/fifa/best.pth --names plain FiFA

The first row shows faces with FiFA's patches; then, for each network, the same faces without, and
what raised the peaks of its landmarks' maps, by its last feature map. Needs captum.
"""

import argparse

from fifa_mm_cli.compared import add_networks, check_networks, load

MMPOSE = True
ERRORS = (ValueError, ImportError, OSError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('checkpoints', nargs='+', metavar='CHECKPOINT')
    add_networks(parser, 'saliency.png')
    parser.add_argument('--count', type=int, default=6, metavar='N', help='faces')
    parser.add_argument('--patch', type=int, default=5, metavar='N', help='side in pixels')


def run(args: argparse.Namespace) -> None:
    check_networks(args)
    import numpy as np

    from fifa_mm.checks import integer
    from fifa_mm.files import write_figure
    from fifa_mm.focus.painting import paint_patches
    from fifa_mm.plots.saliency import draw_saliency, grad_cam

    integer('--patch', args.patch, 1)
    networks, faces = load(args, integer('--count', args.count, 1))
    rows = zip(faces.crops, faces.keypoints, faces.visible, strict=True)
    painted = np.stack([paint_patches(crop, xy, args.patch, seen) for crop, xy, seen in rows])
    maps = {
        name: grad_cam(network.model, network.normalised(faces.crops))
        for name, network in networks.items()
    }
    write_figure(args.out, draw_saliency(painted, faces.crops, maps), dpi=120)
    print(args.out)
