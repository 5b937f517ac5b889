"""The data that cells can be trained and measured on."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fifa_mm.shipped import shipped

CONFIGS = shipped('configs')
PREPARE = 'fifa_mm prepare-data {} --raw DOWNLOADS --out data/{}'
INTER_OCULAR = {'type': 'FaceLandmarkMetric', 'protocol': 'inter-ocular'}
RESEARCH_FOLDER = 'a folder of research-only crops that is not distributed'


@dataclass(frozen=True)
class Profile:
    """Faces with their protocol.

    Attributes:
        name: As given to ``fifa_mm reproduce --data``.
        where: How to get the data.
        context: Side of FaRL's crop over that of the box.

    ``configs/_base_/NAME.py`` says where the files are and how many landmarks they label; its
    ``dev_faces``, where it has some, are validated on instead of the test faces, and its
    ``evaluator`` holds the protocol and subsets, by default the inter-ocular one.
    """

    name: str
    where: str
    context: float = 1.25

    def load(self) -> dict[str, Any]:
        """``num_landmarks``, ``train_faces``, ``val_faces``, ``test_faces``, ``evaluator``."""
        cfg = Config.fromfile(CONFIGS / '_base_' / f'{self.name}.py')
        return {
            'num_landmarks': cfg.num_landmarks,
            'train_faces': cfg.train_faces,
            'val_faces': cfg.get('dev_faces', cfg.test_faces),
            'test_faces': cfg.test_faces,
            'evaluator': cfg.get('evaluator', INTER_OCULAR),
        }

    def missing(self) -> list[str]:
        """Paths of its annotation files and image folders that are not there."""
        data, paths = self.load(), []
        for split in ('train_faces', 'val_faces', 'test_faces'):
            faces = data[split]
            if faces.get('ann_file'):
                root = Path(faces['data_root'])
                paths += [root / faces['ann_file'], root / faces['data_prefix']['img']]
        paths += [paths[-2].with_name(file) for file in _subset_files(data['evaluator'])]
        return sorted({os.path.normpath(path) for path in paths if not path.exists()})


def _subset_files(evaluator: dict | list[dict]) -> list[str]:
    """Annotation files that an evaluator's subsets name, which lie beside the test set's."""
    metrics = [evaluator] if isinstance(evaluator, dict) else evaluator
    rules = [rule for metric in metrics for rule in metric.get('subsets', {}).values()]
    return [rule['ann_file'] for rule in rules if 'ann_file' in rule]


PROFILES = {
    profile.name: profile
    for profile in (
        Profile('cofw', PREPARE.format('cofw', 'cofw')),
        Profile('wflw', PREPARE.format('wflw', 'wflw')),
        Profile('300w', PREPARE.format('300w', '300w')),
        Profile('aflw', PREPARE.format('aflw', 'aflw'), context=1.0),
        Profile('faces300w', RESEARCH_FOLDER),
        Profile('cofw29', RESEARCH_FOLDER),
        Profile('synthetic', 'it is rendered, nothing can be missing'),
    )
}
