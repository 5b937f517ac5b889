"""Compute the mean face of training annotations, for ``SLPTHead(mean_shape=...)``.

    fifa_mm mean-shape data/cofw/annotations/cofw_train.json --out data/cofw/mean_shape.npy

Written as (K, 2) pixels of a 256 x 256 crop whose side is 1.2 times the widest side of the face.
Faces with an unlabelled landmark are left out.
"""

import argparse

MMPOSE = True  # it lies with the models
ERRORS = (ValueError, OSError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('ann_file', help='annotations of the training faces, in COCO form')
    parser.add_argument('--out', required=True, help='file to write, .npy or .json')


def run(args: argparse.Namespace) -> None:
    from fifa_mm.annotations import Annotations
    from fifa_mm.files import check_writable
    from fifa_mm.models.heads.mean_shape import annotated_mean_shape, check_suffix, save_mean_shape

    check_suffix(args.out)
    check_writable(args.out)
    annotations = Annotations.load(args.ann_file)
    shape, count = annotated_mean_shape(annotations)
    save_mean_shape(shape, args.out)
    print(f'{len(shape)} landmarks, mean of {count} of {len(annotations)} faces: {args.out}')
