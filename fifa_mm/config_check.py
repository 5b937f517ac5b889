"""Whether the parts of a config fit together, before anything is built."""

from collections.abc import Iterator

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
    for key, pipeline in pipelines(loader.get('dataset') or {}, 'train_dataloader.dataset'):
        two = any(gives_two_views(step) for step in pipeline)
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


def pipelines(dataset: dict, key: str, after: tuple = ()) -> Iterator[tuple[str, list]]:
    """The pipeline of every dataset below wrappers, the wrappers' own behind it, with its key."""
    if not isinstance(dataset, dict):  # built already
        return
    steps = (*(dataset.get('pipeline') or ()), *after)
    if 'dataset' in dataset:
        yield from pipelines(dataset['dataset'], f'{key}.dataset', steps)
    elif 'datasets' in dataset:
        for i, part in enumerate(dataset['datasets']):
            yield from pipelines(part, f'{key}.datasets.{i}', steps)
    else:
        yield key, steps


def gives_two_views(step: dict) -> bool:
    kind = name(step.get('type'))
    return kind == 'IndependentViews' or (kind == 'FiducialFocus' and step.get('views') == 2)


def name(kind: str | type | None) -> str:
    """Bare name of a type, which a config may give with a scope or as a class."""
    return getattr(kind, '__name__', str(kind)).rpartition('.')[2]
