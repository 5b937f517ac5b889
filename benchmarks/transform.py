"""Images a second of FiFA's painting beside albumentations' dropouts, in one thread and one run.

Peers: ``CoarseDropout`` with as many holes as there are landmarks (at random places), alone and in
a ``Compose`` that carries the landmarks, and ``ConstrainedCoarseDropout`` (a hole on a box; one box
a landmark). Rounds alternate between all of them, and processor time is counted, so that another
load on the machine disturbs little. Prints a table, writes results/benchmarks/transform.json.

Example: python benchmarks/transform.py --seconds 0.3 --rounds 5
"""

import argparse
import time
from pathlib import Path

import albumentations
import cv2
import numpy as np
import torch

from fifa_mm import FiducialFocus
from fifa_mm.files import write_json
from fifa_mm.functional import paint_patches
from fifa_mm.records import hardware, versions

OUT = Path(__file__).resolve().parents[1] / 'results' / 'benchmarks' / 'transform.json'
SIZES, COUNTS, SIDES = (256, 512), (98, 68), (5, 1)


def contenders(size, count, side):
    """{name: call that augments one image}; FiFA's first, albumentations' after it."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
    points = rng.uniform(size * 0.1, size * 0.9, (count, 2)).astype(np.float32)
    sample = {'transformed_keypoints': points[None], 'keypoints_visible': np.ones((1, count))}
    focus = FiducialFocus(patch_size=side, epoch=0)
    coarse = albumentations.CoarseDropout(
        num_holes_range=(count, count),
        hole_height_range=(side, side),
        hole_width_range=(side, side),
        p=1,
    )
    boxes = np.hstack([points, points + side]) / size
    constrained = albumentations.Compose(
        [
            albumentations.ConstrainedCoarseDropout(
                num_holes_range=(1, 1),
                hole_height_range=(1, 1),
                hole_width_range=(1, 1),
                bbox_labels=['landmark'],
                p=1,
            )
        ],
        bbox_params=albumentations.BboxParams('albumentations', label_fields=['label']),
    )
    carrying = albumentations.Compose(
        [coarse], keypoint_params=albumentations.KeypointParams('xy', remove_invisible=False)
    )
    labels = ['landmark'] * count
    return {
        'paint_patches': lambda: paint_patches(image, points, side),
        'FiducialFocus': lambda: focus.transform({**sample, 'img': image}),
        'CoarseDropout': lambda: coarse(image=image),
        'CoarseDropout with landmarks': lambda: carrying(image=image, keypoints=points),
        'ConstrainedCoarseDropout': lambda: constrained(image=image, bboxes=boxes, label=labels),
    }


def rate(call, seconds):
    """Calls a second of processor time."""
    calls, start = 0, time.thread_time()
    while (elapsed := time.thread_time() - start) < seconds:
        call()
        calls += 1
    return calls / elapsed


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument('--seconds', type=float, default=0.3, help='a round of one contender')
    parser.add_argument('--rounds', type=int, default=5)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    rows = []
    for size in SIZES:
        for count in COUNTS:
            for side in SIDES:
                calls = contenders(size, count, side)
                rounds = [
                    {name: rate(call, args.seconds) for name, call in calls.items()}
                    for _ in range(args.rounds)
                ]
                rates = {name: float(np.median([r[name] for r in rounds])) for name in calls}
                ratio = float(np.median([r['paint_patches'] / r['CoarseDropout'] for r in rounds]))
                rates = {name: round(value, 1) for name, value in rates.items()}
                rows.append({'size': size, 'landmarks': count, 'side': side, **rates})
                rows[-1]['paint_patches / CoarseDropout'] = round(ratio, 2)
                print('  '.join(f'{key}: {value}' for key, value in rows[-1].items()), flush=True)
    write_json(OUT, {'rows': rows, 'hardware': hardware(), 'versions': versions()})


if __name__ == '__main__':
    main()
