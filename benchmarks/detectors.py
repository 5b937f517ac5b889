"""Where the boxes of face detectors sit, and how long they take.

For each detector the shift and factor that take its boxes to face boxes (medians over training
faces of 300-W; the sideways shift is 0, as a face and its mirror image are alike), and what is left
on the HELEN test faces, with the numbers in `fifa_mm/predict/detectors.py`. Every photo is resized
by a factor of its own between 1 and 2.6, since detectors that search a pyramid prefer some sizes.
Times are the processor's, of one thread.

    python benchmarks/detectors.py --data ../shared/data/faces300w
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from fifa_mm.files import write_json
from fifa_mm.predict.detectors import DETECTORS, Dlib, equal_area
from fifa_mm.records import hardware, versions

OUT = Path(__file__).resolve().parents[1] / 'results' / 'benchmarks' / 'detectors.json'


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--data', type=Path, required=True, help='folder of 300-W faces')
    parser.add_argument('--faces', type=int, default=500, help='training faces for the medians')
    parser.add_argument('--detectors', nargs='+', choices=DETECTORS, default=list(DETECTORS))
    parser.add_argument('--out', type=Path, default=OUT)
    return parser.parse_args()


def photos(folder, split, count=None):
    """Photos with the centre and side of the labels' box, each resized by a factor of its own."""
    content = json.loads((folder / f'annotations/faces300w_{split}.json').read_text())
    names = {image['id']: image['file_name'] for image in content['images']}
    rng = np.random.default_rng(0)
    for i in rng.permutation(len(content['annotations']))[:count]:
        face = content['annotations'][i]
        image = cv2.imread(str(folder / 'images' / names[face['image_id']]))
        scale = rng.uniform(1, 2.6)
        image = cv2.resize(image, None, fx=scale, fy=scale)
        yield image, scale * np.array(face['center']), scale * 200 * face['scale']


def search(detector, faces):
    """Boxes (N, 4) of the faces found, their labels (N, 3), and counts and milliseconds."""
    found, labels, extra, spent, total = [], [], 0, 0.0, 0
    for image, center, side in tqdm(faces, disable=None):
        start = time.process_time()
        rows = detector.detect(image)
        spent += time.process_time() - start
        rows, total = rows[rows[:, 4] >= detector.min_score], total + 1
        away = np.abs((rows[:, :2] + rows[:, 2:4]) / 2 - center).max(1, initial=0) / side
        hits = np.flatnonzero(away < 0.5)
        extra += len(rows) - min(len(hits), 1)
        if len(hits):
            found.append(rows[hits[away[hits].argmin()], :4])
            labels.append([*center, side])
    counts = {'photos': total, 'found': len(found), 'extra': extra, 'ms': 1e3 * spent / total}
    return np.array(found), np.array(labels), counts


def parts(boxes):
    side = boxes[:, 2] - boxes[:, 0]
    return (boxes[:, :2] + boxes[:, 2:]) / 2, side


def fit(boxes, labels):
    """Shift dx, dy in sides of square boxes and factor on them: medians."""
    center, side = parts(boxes)
    shift = np.median((labels[:, :2] - center) / side[:, None], axis=0)
    return [*shift, np.exp(np.median(np.log(labels[:, 2] / side)))]


def residuals(boxes, labels):
    """Distance of the centres in sides, and relative difference of the sides: means."""
    center, side = parts(boxes)
    shift = (center - labels[:, :2]) / labels[:, 2:]
    ratio = side / labels[:, 2] - 1
    return {
        'centre': np.hypot(*shift.T).mean(),
        'size': np.abs(ratio).mean(),
        'mean shift': shift.mean(0),
        'mean size': ratio.mean(),
    }


def main():
    args = parse_args()
    cv2.setNumThreads(1)
    table = {}
    for name in args.detectors:
        detector = DETECTORS[name]()
        square = (lambda boxes: boxes) if isinstance(detector, Dlib) else equal_area
        boxes, labels, _ = search(detector, photos(args.data, 'train', args.faces))
        dx, dy, factor = fit(square(boxes), labels)
        boxes, labels, counts = search(detector, photos(args.data, 'test_helen'))
        left = residuals(detector.correct(boxes), labels)
        table[name] = {'fit': {'dx': dx, 'dy': dy, 'factor': factor}, **counts, 'left': left}
        print(
            f'{name}: dx {dx:.3f}, dy {dy:.3f}, factor {factor:.3f}; {counts["found"]} of '
            f'{counts["photos"]} found, {counts["extra"]} extra, {counts["ms"]:.0f} ms; left: '
            f'centre {left["centre"]:.3f}, size {left["size"]:.3f} ({left["mean size"]:+.3f})'
        )
    record = {'table': table, 'faces': args.faces, 'hardware': hardware(), 'versions': versions()}
    write_json(args.out, record)


if __name__ == '__main__':
    main()
