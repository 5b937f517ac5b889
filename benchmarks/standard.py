"""Throughput of StandardAugment beside MMPose's own crop and colour augmentation, in one run.

Both get the same decoded image and box and run in one thread; blocks of the two alternate, so that
another load on the machine meets both. Prints a table and writes the figures with the machine's
description to a JSON file.

Example: python benchmarks/standard.py --samples 200 --rounds 9
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from mmcv.transforms import Compose
from mmpose.registry import TRANSFORMS

from fifa_mm.files import write_json
from fifa_mm.records import hardware, versions

OUT = Path(__file__).resolve().parents[1] / 'results' / 'benchmarks' / 'standard.json'


def pipelines(size):
    """Pairs of pipelines {case: (ours, MMPose's)} for crops of ``size`` pixels."""
    crop = {'input_size': (size, size), 'epoch': 0}
    stock = [
        {'type': 'RandomBBoxTransform'},
        {'type': 'TopdownAffine', 'input_size': (size, size)},
    ]
    return {
        'crop and geometry': ([{'type': 'StandardAugment', 'ops': ['RM', 'BI'], **crop}], stock),
        'crop, geometry and pixels': (
            [{'type': 'StandardAugment', **crop}],
            [*stock, {'type': 'PhotometricDistortion'}],
        ),
    }


def samples(count):
    """Pipeline inputs: a 600 x 800 image, a face of 250 pixels with context, 98 landmarks."""
    rng = np.random.default_rng(0)
    image = cv2.GaussianBlur(rng.integers(0, 256, (600, 800, 3), np.uint8), (0, 0), 2)
    center = np.array([[420.5, 310.0]], np.float32)
    side = np.full((1, 2), 250 * 1.25, np.float32)
    points = (center + (rng.random((1, 98, 2)) - 0.5) * 250).astype(np.float32)
    face = {
        'img': image,
        'bbox_center': center,
        'bbox_scale': side,
        'keypoints': points,
        'keypoints_visible': np.ones((1, 98), np.float32),
    }
    return [{**face, 'sample_idx': index} for index in range(count)]


def seconds(pipeline, inputs):
    """Time for one pass over ``inputs``."""
    start = time.perf_counter()
    for results in inputs:
        pipeline(dict(results))
    return time.perf_counter() - start


def compare(ours, stock, inputs, rounds):
    """Median samples a second of both, and the median over the rounds of the ratio."""
    ours, stock = (Compose([TRANSFORMS.build(t) for t in p]) for p in (ours, stock))
    seconds(ours, inputs[:20])
    seconds(stock, inputs[:20])
    times = np.array([(seconds(ours, inputs), seconds(stock, inputs)) for _ in range(rounds)])
    rates = len(inputs) / np.median(times, axis=0)
    return {
        'StandardAugment': round(float(rates[0]), 1),
        'MMPose': round(float(rates[1]), 1),
        'ratio': round(float(np.median(times[:, 1] / times[:, 0])), 2),
        'ratio_range': [round(float(r), 2) for r in np.sort(times[:, 1] / times[:, 0])[[0, -1]]],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--samples', type=int, default=200, help='images in a block')
    parser.add_argument('--rounds', type=int, default=9, help='blocks of each pipeline')
    parser.add_argument('--out', type=Path, default=OUT, help='JSON file to write')
    args = parser.parse_args()

    cv2.setNumThreads(1)
    np.random.seed(0)  # noqa: NPY002  (MMPose's transforms draw from it)
    inputs = samples(args.samples)
    report = {'samples': args.samples, 'rounds': args.rounds, 'cases': []}
    report |= {'hardware': hardware(), 'versions': versions()}
    print(f'{"":32}{"StandardAugment":>17}{"MMPose":>10}{"ratio":>8}   (samples/s)')
    for size in (256, 512):
        for case, (ours, stock) in pipelines(size).items():
            row = compare(ours, stock, inputs, args.rounds)
            report['cases'].append({'input_size': size, 'case': case, **row})
            name = f'{size} px, {case}'
            print(
                f'{name:32}{row["StandardAugment"]:17.0f}{row["MMPose"]:10.0f}{row["ratio"]:8.2f}'
            )
    write_json(args.out, report)
    print(f'written to {args.out}')


if __name__ == '__main__':
    main()
