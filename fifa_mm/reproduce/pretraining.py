"""Networks pre-trained on rendered faces, and the cells that start from them."""

import hashlib
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fifa_mm.config_edits import set_faces, set_landmarks, set_size
from fifa_mm.reproduce.profiles import CONFIGS, PROFILES
from fifa_mm.reproduce.recipes import Recipe

RENDERED = 'rendered'  # as given to ``fifa_mm reproduce --init``
# Twenty thousand faces five times: more of them help more than showing them again.
RECIPE = Recipe(epochs=5, batch_size=32, lr=1e-3, arch='small', cpu_amp=True)
FACES = 20_000


def pretrain(cfg: dict, size: int = 128) -> None:
    """Change a config to train on rendered faces with 68 landmarks, from random weights.

    For the configs in ``configs/pretrain``, which name a system's config as their base.
    """
    data = PROFILES['synthetic'].load()
    faces = {split: dict(data[f'{split}_faces']) for split in ('train', 'val', 'test')}
    faces['train']['num_samples'] = FACES
    cfg['test_dataloader'] = dict(cfg['test_dataloader'])
    set_faces(cfg, **faces)
    set_landmarks(cfg, data['num_landmarks'])
    set_size(cfg, size)
    cfg['dataset_type'] = faces['train']['type']
    RECIPE.apply(cfg)


def initial_checkpoint(init: str, model: dict, work_dirs: str | Path = 'work_dirs') -> Path:
    """The file that a training starts from.

    Args:
        init: A file, or ``'rendered'``: the last checkpoint of the training with the backbone of
            ``model`` in ``configs/pretrain``.
        model: Config of the model.
        work_dirs: Where ``fifa_mm train`` writes.

    Raises:
        ValueError: no config there has this backbone.
        FileNotFoundError: there is no such file, or that training was not done; the message says
            how to do it.
    """
    if init != RENDERED:
        if not Path(init).is_file():
            raise FileNotFoundError(f'no checkpoint {init}')
        return Path(init)
    own = _trunk(model)
    paths = sorted((CONFIGS / 'pretrain').glob('rendered_*.py'))
    name = next((p.stem for p in paths if _trunk(Config.fromfile(p).model) == own), None)
    if name is None:
        raise ValueError(
            f'no config in configs/pretrain has the backbone {model["backbone"]["type"]} of this '
            'model: give a file to start from'
        )
    latest = Path(work_dirs, name, 'last_checkpoint')
    if not latest.exists():
        raise FileNotFoundError(
            f'no {latest}: `fifa_mm train pretrain/{name} --work-dir {latest.parent}` makes it'
        )
    return Path(latest.read_text().strip())


def start_from(cfg: dict, checkpoint: Path) -> None:
    """Let a training start from a checkpoint, and its digest know of which."""
    content = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    cfg['init'] = {'checkpoint': checkpoint.name, 'sha256': content}
    hook = {'type': 'InitialWeightsHook', 'checkpoint': str(checkpoint.resolve())}
    cfg['default_hooks'] = {**(cfg.get('default_hooks') or {}), 'init': hook}


def _trunk(model: dict) -> dict[str, Any]:
    """What makes a backbone's tensors; the landmarks are compared when they are loaded."""
    passing = ('init_cfg', 'img_size', 'num_landmarks', 'with_cp', 'drop_path')
    return {key: value for key, value in dict(model['backbone']).items() if key not in passing}
