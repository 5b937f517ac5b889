"""Mean face shape of training annotations, for ``SLPTHead(mean_shape=...)``.

    python tools/mean_shape.py data/cofw/annotations/cofw_train.json --out data/cofw/mean_shape.npy

Written as (K, 2) pixels of a 256 x 256 crop whose side is 1.2 times the widest side of the face.
Faces with an unlabelled landmark are left out.
"""

import argparse
import sys

from fifa_mm.annotations import Annotations
from fifa_mm.models.heads.mean_shape import annotated_mean_shape, check_suffix, save_mean_shape


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('ann_file', help='annotations of the training faces, in COCO form')
    parser.add_argument('--out', required=True, help='file to write, .npy or .json')
    return parser.parse_args()


def main():
    args = parse_args()
    try:
        check_suffix(args.out)
        annotations = Annotations.load(args.ann_file)
        shape, count = annotated_mean_shape(annotations)
        save_mean_shape(shape, args.out)
    except (ValueError, OSError) as error:
        sys.exit(f'mean_shape.py: {error}')
    print(f'{len(shape)} landmarks, mean of {count} of {len(annotations)} faces: {args.out}')


if __name__ == '__main__':
    main()
