"""Weights that fit a model, or an error: no parameter keeps its random start by mistake."""

import re
from collections.abc import Mapping

from torch import nn


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
    state_dict = checkpoint.get('state_dict', checkpoint)
    state_dict = {key.removeprefix('module.'): value for key, value in state_dict.items()}
    try:
        missing = model.load_state_dict(state_dict, strict=False).missing_keys
    except RuntimeError as error:
        shapes = re.findall(r'size mismatch for (\S+): .*?\[(.*?)\].*?\[(.*?)\]', str(error))
        if not shapes:
            raise
        key, theirs, ours = shapes[0]
        raise ValueError(
            f'{source} does not fit the model: {len(shapes)} of its tensors have another shape, '
            f'for example {key} ({theirs}) instead of ({ours}); is it of this config?'
        ) from error
    # A counter of batches, which old BatchNorms lack, is no weight.
    missing = [key for key in missing if not key.endswith('num_batches_tracked')]
    if missing:
        raise ValueError(
            f'{source} does not fit the model: {len(missing)} of {len(model.state_dict())} tensors '
            f'are not in it and would stay random, for example {missing[0]}; is it of this config?'
        )
