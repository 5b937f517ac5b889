"""The error of an exported model of 68 and 98 landmarks, by group of landmarks and of faces.

The faces are rendered, from a seed that no training takes; with --real also those of a config's
test split. The result goes to MODEL.json, and as tables into the model's card beside it.

    python benchmarks/embedded.py fifa_mm/predict/embedded.onnx --real faces300w_hrnet_128
"""

import argparse
from pathlib import Path

import numpy as np
from mmengine.config import Config

from fifa_mm import SyntheticFaces
from fifa_mm.files import read_json, write_json, write_text
from fifa_mm.markdown import table
from fifa_mm.metrics.functional import landmark_errors
from fifa_mm.onnx import OnnxNetwork
from fifa_mm.predict.labelled import load_faces
from fifa_mm.predict.landmark_set import LandmarkSet
from fifa_mm.records import hardware, versions
from fifa_mm.shipped import find_config

SEED = 9
PARTS = {
    'contour': range(17),
    'brows': range(17, 27),
    'nose': range(27, 36),
    'eyes': range(36, 48),
    'mouth': range(48, 68),
}
# Of the faces: what `SyntheticFaces` says of each, and which of them belong.
GROUPS = {
    'dark skin': lambda face: face['skin'] < 120,
    'light skin': lambda face: face['skin'] > 190,
    'ahead (yaw below 10°)': lambda face: abs(face['yaw']) < 10,
    'turned (yaw above 25°)': lambda face: abs(face['yaw']) > 25,
    'spectacles': lambda face: face['glasses'],
    'no spectacles': lambda face: not face['glasses'],
    'large expression': lambda face: face['expression'],
    'partly hidden': lambda face: face['occlusion'],
    'blurred': lambda face: face['blur'],
    'badly lit': lambda face: face['illumination'],
}
HEADING = '## Error by group'
ABOUT = """\
Inter-ocular, in percent, of 68 landmarks where no number is said. The groups are of rendered faces:
they tell how much harder such faces are for the network, not how well real people of these groups
are served, which nobody has measured. A row of photographs, if there is one, is what to expect."""


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('model', type=Path, help='of `fifa_mm export --decode`')
    parser.add_argument('--config', default='pretrain/embedded', help='it was trained with')
    parser.add_argument('--faces', type=int, default=2000, help='to render')
    parser.add_argument('--real', metavar='CONFIG', help='whose test faces have 68 landmarks')
    parser.add_argument('--report', type=Path, help='report.json of the training, to be kept too')
    return parser.parse_args()


def errors(network, faces):
    """Inter-ocular NME in percent of every landmark of every face, (N, K)."""
    points = faces.predicted_by(network)
    return 100 * landmark_errors(points, faces.keypoints, faces.norm, faces.visible)


def summary(each):
    """Mean, median over faces, failure rate at 10 % and the mean of each part of the face."""
    by_face = each.mean(1)
    result = {
        'NME': by_face.mean(),
        'median': np.median(by_face),
        'FR': 100 * (by_face > 10).mean(),
    }
    if each.shape[1] == 68:
        result |= {part: each[:, list(chosen)].mean() for part, chosen in PARTS.items()}
    return {'faces': len(each)} | {key: round(float(value), 3) for key, value in result.items()}


def main():
    args = parse_args()
    config = Config.fromfile(find_config(args.config))
    dataset, faces = config.test_dataloader.dataset, {'num_samples': args.faces, 'seed': SEED}
    dataset.update(faces)
    config.val_evaluator = {'protocol': 'inter-ocular'}
    network, rendered = OnnxNetwork(args.model), {}
    for count in network.sets:
        dataset.num_landmarks = count
        each = errors(LandmarkSet(network, count), load_faces(config, 'test', args.faces))
        rendered[f'{count} landmarks'] = summary(each)
        if count == 68:
            source = SyntheticFaces(image_size=dataset.image_size, lazy_init=True, **faces)
            known = [source.labels(i)['raw_ann_info'] for i in range(args.faces)]
            for name, belongs in GROUPS.items():
                rendered[name] = summary(each[[bool(belongs(face)) for face in known]])
    record = {'model': args.model.name, 'rendered': rendered}
    if args.real:
        source = Config.fromfile(find_config(args.real))
        each = errors(LandmarkSet(network, 68), load_faces(source, 'test', 10**6, dataset.pipeline))
        name = Path(source.test_dataloader.dataset.ann_file).stem
        record['real'] = {f'photographs: {name}': summary(each)}
    if args.report:
        record['training'] = read_json(args.report)
    record |= {'seed': SEED, 'hardware': hardware(), 'versions': versions()}
    write_json(args.model.with_suffix('.json'), record)
    describe(args.model.with_suffix('.md'), record)


def describe(card, record):
    """Write the tables into the card, in the place of earlier ones."""
    columns = ['faces', 'NME', 'median', 'FR', *PARTS]
    text = card.read_text().partition(HEADING)[0].rstrip() + f'\n\n{HEADING}\n\n{ABOUT}\n\n'
    groups = record['rendered'] | record.get('real', {})
    rows = [[name, *(group.get(key, '') for key in columns)] for name, group in groups.items()]
    write_text(card, text + table(['', *columns], rows) + '\n')


if __name__ == '__main__':
    main()
