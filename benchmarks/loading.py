#!/usr/bin/env python3
"""Images a second that one core loads and augments for training, for the rows of Table 7.

    python benchmarks/loading.py --data faces300w --size 256 --out results/benchmarks/loading.json

Beside each row's pipeline: MMPose's stock HRNet pipeline, the first row, measured in turns in the
same run by processor time. A training of N epochs over M images in five minutes needs N M / 300.
"""

import argparse
import copy
import sys
import time

import numpy as np
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS

from fifa_mm.files import write_json
from fifa_mm.focus.epoch import EPOCH
from fifa_mm.records import hardware, versions
from fifa_mm.reproduce.cell_config import cell_config
from fifa_mm.reproduce.profiles import PROFILES
from fifa_mm.reproduce.recipes import RECIPES
from fifa_mm.reproduce.tables import TABLES

ROUNDS = 5


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--data', default='faces300w', choices=PROFILES)
    parser.add_argument('--size', type=int, default=256)
    parser.add_argument('--images', type=int, default=50, help='images a round')
    parser.add_argument('--out', metavar='FILE.json')
    return parser.parse_args()


def seconds(dataset, images, first):
    """Processor seconds of loading ``images`` samples from ``first`` on."""
    start = time.process_time()
    for index in range(first, first + images):
        dataset[index % len(dataset)]
    return time.process_time() - start


def main():
    args = parse_args()
    profile = PROFILES[args.data]
    if missing := profile.missing():
        sys.exit(f'loading.py: no {", ".join(map(str, missing))}; get them with: {profile.where}')
    init_default_scope('mmpose')
    EPOCH.set(0, 0)
    cells = [cell.name for cell in TABLES[7].cells if not cell.name.endswith('_fifa')]
    configs = [cell_config(f'table7/{name}.py', profile, args.size, 'short') for name in cells]
    datasets = [DATASETS.build(copy.deepcopy(cfg.train_dataloader.dataset)) for cfg in configs]
    for dataset in datasets:
        seconds(dataset, 5, 0)
    times = np.array(
        [
            [seconds(dataset, args.images, step * args.images) for dataset in datasets]
            for step in range(ROUNDS)
        ]
    )
    rates = args.images / np.median(times, axis=0)
    ratios = np.median(times[:, :1] / times, axis=0)
    images = len(datasets[0])
    needed = RECIPES['short'].epochs * images / 300
    for name, rate, ratio in zip(cells, rates, ratios, strict=True):
        print(f'{name:22} {rate:6.0f} images/s a core, {ratio:.2f} x the rate of {cells[0]}')
    print(f'a short training in five minutes needs {needed:.0f} images/s')
    if args.out:
        content = {
            'data': args.data,
            'size': args.size,
            'training_images': images,
            'images_per_second_needed': needed,
            'images_per_second_and_core': dict(zip(cells, rates.round(1), strict=True)),
            'ratio_to_hrnet': dict(zip(cells, ratios.round(3), strict=True)),
            'hardware': hardware(),
            'versions': versions(),
        }
        write_json(args.out, content)


if __name__ == '__main__':
    main()
