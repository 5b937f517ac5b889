"""Where two views are compared: a map inside a model, places on it."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


def has_upsampling(head: nn.Module) -> bool:
    """Whether a head enlarges its map by MMPose's deconvolutions before its last layer."""
    layers = getattr(head, 'deconv_layers', None)
    return layers is not None and not isinstance(layers, nn.Identity)


def check_submodule(model: nn.Module, name: str) -> None:
    """Raise ValueError, naming what there is, unless the model has a submodule of that name."""
    module, path = model, list[str]()
    for part in name.split('.'):
        children = dict(module.named_children())
        if part not in children:
            where = '.'.join(path) or 'the model'
            raise ValueError(
                f'view_feature must name a submodule, got {name!r}: {where} has {[*children]}'
            )
        module = children[part]
        path.append(part)


@contextmanager
def recorded(model: nn.Module, name: str | None, output: bool = False) -> Iterator[list[Tensor]]:
    """What a submodule, if there is one of that name, is given (or gives) inside the context."""
    seen: list[Tensor] = []
    module = dict(model.named_modules()).get(name)
    if module is None:
        yield seen
        return
    handle = module.register_forward_hook(
        lambda _, args, result: seen.append(result if output else args[0])
    )
    try:
        yield seen
    finally:
        handle.remove()


def last_of_the_largest(feats: Tensor | tuple | list) -> Tensor:
    """The last of the maps of the highest resolution; without maps, the last tensor."""
    tensors = flattened(feats)
    maps = [t for t in tensors if t.ndim == 4]
    if not maps:
        return tensors[-1]
    sizes = [t.shape[-2:].numel() for t in maps]
    return [t for t, size in zip(maps, sizes, strict=True) if size == max(sizes)][-1]


def flattened(feats: Tensor | tuple | list) -> list[Tensor]:
    """The tensors of nested tuples and lists, in their order."""
    if isinstance(feats, Tensor):
        return [feats]
    return [tensor for part in feats for tensor in flattened(part)]


def landmarks(samples: list) -> Tensor:
    """Landmarks (B, K, 2) of packed samples in pixels of the network's input.

    Raises:
        ValueError: they were not packed.
    """
    fields = [sample.gt_instances for sample in samples]
    if any('transformed_keypoints' not in f for f in fields):
        raise ValueError(
            'the view loss compares features at landmarks, which takes `transformed_keypoints` in '
            f'gt_instances, got {sorted(fields[0].keys())}: set `pack_transformed=True` in '
            'PackPoseInputs'
        )
    return torch.cat([torch.as_tensor(f.transformed_keypoints) for f in fields]).float()
