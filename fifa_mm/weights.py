"""Weights that fit a model, or an error: no parameter keeps its random start by mistake."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from torch import Tensor, nn


def load_all(model: nn.Module, checkpoint: Mapping, source: str) -> None:
    """Load a checkpoint of which every parameter and buffer of the model must be part.

    What the checkpoint holds beside them, such as a Siamese model's projector, stays behind.

    Args:
        model: Changed in place.
        checkpoint: A state dict, or MMEngine's checkpoint with ``state_dict`` in it.
        source: Where it is from, for the message.

    Raises:
        ValueError: something is missing or has another shape; the message counts and names it.
    """
    try:
        missing = model.load_state_dict(_tensors(checkpoint), strict=False).missing_keys
    except RuntimeError as error:
        shapes = re.findall(r'size mismatch for (\S+): .*?\[(.*?)\].*?\[(.*?)\]', str(error))
        if not shapes:
            raise
        key, theirs, ours = shapes[0]
        raise ValueError(
            f'{source} does not fit the model: {len(shapes)} of its tensors have another shape, '
            f'for example {key} ({theirs}) instead of ({ours}); is it of this config?'
        ) from error
    missing = _weights(missing)
    if missing:
        raise ValueError(
            f'{source} does not fit the model: {len(missing)} of {len(model.state_dict())} tensors '
            f'are not in it and would stay random, for example {missing[0]}; is it of this config?'
        )


def load_initial(
    model: nn.Module, checkpoint: Mapping, source: str, num_landmarks: int
) -> list[str]:
    """Load a checkpoint to start from: the whole trunk, and the head where it is of the same kind.

    What the model has beside them, such as a Siamese model's projector, and a head of another kind
    stay random. A ViT's position embedding is resized.

    Args:
        model: Changed in place.
        checkpoint: MMEngine's checkpoint, or a state dict.
        source: Where it is from, for messages.
        num_landmarks: Of the model.

    Returns:
        Lines that say what was loaded, left out and stays random.

    Raises:
        ValueError: a checkpoint for another number of landmarks or of another architecture; the
            model is unchanged.
    """
    meta = (checkpoint.get('meta') or {}).get('dataset_meta') or {}
    theirs = meta.get('num_keypoints', num_landmarks)
    if theirs != num_landmarks:
        raise ValueError(f'{source} has {theirs} landmarks, the model has {num_landmarks}')
    found = _tensors(checkpoint)
    wanted = model.state_dict()
    fitting = {
        key: value
        for key, value in found.items()
        if key in wanted and (value.shape == wanted[key].shape or key.endswith('pos_embed'))
    }
    parts = ['backbone', 'neck']
    if any(key.startswith('head.') and key in wanted for key in found):
        parts.append('head')
    for part in parts:
        own = [key for key in wanted if key.startswith(f'{part}.')]
        if lacking := [key for key in _weights(own) if key not in fitting]:
            kind = type(getattr(model, part)).__name__
            raise ValueError(
                f'{source} is of another architecture than the {part} {kind}: {len(lacking)} of '
                f'{len(own)} tensors are not in it or have another shape, for example {lacking[0]}'
            )
    model.load_state_dict(fitting, strict=False)
    left = [key for key in found if key not in fitting]
    rest = [key for key in wanted if key not in fitting]
    return [
        f'{source}: {len(fitting)} of {len(wanted)} tensors loaded',
        f'left out of it: {_listed(left)}',
        f'random: {_listed(rest)}',
    ]


def _tensors(checkpoint: Mapping) -> dict[str, Tensor]:
    """The state dict of a checkpoint, or of one that is a state dict; of a wrapped model too."""
    state_dict = checkpoint.get('state_dict', checkpoint)
    return {key.removeprefix('module.'): value for key, value in state_dict.items()}


def _weights(keys: Iterable[str]) -> list[str]:
    """The keys without counters of batches, which old BatchNorms lack and which are no weights."""
    return [key for key in keys if not key.endswith('num_batches_tracked')]


def _listed(keys: list[str]) -> str:
    """The parts of a model that tensors belong to, with their number."""
    counts = Counter(key.split('.')[0] for key in keys)
    return ', '.join(f'{name} ({count})' for name, count in counts.items()) or 'nothing'
