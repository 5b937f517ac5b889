"""Whether the parts of a config fit together, before anything is built."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from mmpose.registry import OPTIMIZERS

SIAMESE = 'SiamesePoseEstimator'


def check_views(cfg: dict) -> None:
    """Raise ValueError unless the model takes as many views as the training pipeline gives.

    Args:
        cfg: a whole config. One without model or training data passes.

    Raises:
        ValueError: ``SiamesePoseEstimator`` on samples of one view, another model on samples of
            two.
    """
    model, loader = cfg.get('model'), cfg.get('train_dataloader')
    if not model or not loader:
        return
    siamese = name(model.get('type')) == SIAMESE
    for key, dataset in datasets(loader.get('dataset') or {}, 'train_dataloader.dataset'):
        two = any(gives_two_views(step) for step in dataset.get('pipeline') or ())
        if siamese and not two:
            raise ValueError(
                f"model.type='{SIAMESE}' trains on two views of an image, {key}.pipeline gives "
                "one: set `views=2` in its FiducialFocus, or model.type='TopdownPoseEstimator'"
            )
        if two and not siamese:
            raise ValueError(
                f'{key}.pipeline gives two views of an image, model.type={name(model["type"])!r} '
                f"takes one: set `views=1` in its FiducialFocus, or model.type='{SIAMESE}'"
            )


def check_data(cfg: dict, splits: Sequence[str]) -> None:
    """Raise FileNotFoundError unless the annotation files and image folders of a config are there.

    Args:
        cfg: a whole config.
        splits: of ``'train'``, ``'val'`` and ``'test'``, those that will be used.

    Raises:
        FileNotFoundError: one is missing; the message names it, and the command that makes it where
            this package can.
    """
    for split in splits:
        key = f'{split}_dataloader'
        for name_, dataset in datasets((cfg.get(key) or {}).get('dataset') or {}, f'{key}.dataset'):
            ann_file = dataset.get('ann_file')
            if not ann_file:
                continue
            root = dataset.get('data_root') or ''
            paths = [ann_file, *(dataset.get('data_prefix') or {}).values()]
            for path in (os.path.join(root, path) for path in paths):
                if '://' not in path and not os.path.exists(path):
                    raise FileNotFoundError(f'no {path}, {name_}{command(ann_file, root)}')


def check_optimizer(cfg: dict) -> None:
    """Raise an error unless the optimizer can be built.

    Args:
        cfg: a whole config. One without an optimizer passes.

    Raises:
        KeyError: no registry has its type.
        ValueError: it does not take its options.
    """
    optimizer = (cfg.get('optim_wrapper') or {}).get('optimizer')
    if not isinstance(optimizer, dict):
        return
    try:
        OPTIMIZERS.build({**optimizer, 'params': [torch.nn.Parameter(torch.zeros(1))]})
    except TypeError as error:
        raise ValueError(f'optim_wrapper.optimizer={dict(optimizer)}: {error}') from error


def command(ann_file: str, root: str) -> str:
    """What makes an annotation file that one of the published datasets has."""
    from fifa_mm.datasets.prepare import SOURCES

    for source in SOURCES.values():
        if Path(ann_file).stem in source.files:
            out = os.path.normpath(root or Path(ann_file).parent.parent)
            return (
                f': `fifa_mm prepare-data {source.name} --raw DOWNLOADS --out {out}` makes it and '
                'says what to download'
            )
    return ''


def datasets(dataset: dict, key: str) -> Iterator[tuple[str, dict]]:
    """Every dataset below wrappers, with its key; wrappers' pipelines follow its own."""
    if not isinstance(dataset, dict):  # built already
        return
    after = dataset.get('pipeline') or []
    parts = [(f'{key}.datasets.{i}', part) for i, part in enumerate(dataset.get('datasets', ()))]
    if 'dataset' in dataset:
        parts = [(f'{key}.dataset', dataset['dataset'])]
    if not parts:
        yield key, dataset
    for name_, part in parts:
        for inner, own in datasets(part, name_):
            yield inner, {**own, 'pipeline': [*(own.get('pipeline') or ()), *after]}


def gives_two_views(step: dict) -> bool:
    kind = name(step.get('type'))
    return kind == 'IndependentViews' or (kind == 'FiducialFocus' and step.get('views') == 2)


def name(kind: str | type | None) -> str:
    """Bare name of a type, which a config may give with a scope or as a class."""
    return getattr(kind, '__name__', str(kind)).rpartition('.')[2]
