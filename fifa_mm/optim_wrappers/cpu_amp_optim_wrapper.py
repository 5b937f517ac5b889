"""Mixed precision on a CPU, which MMEngine's ``AmpOptimWrapper`` refuses."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper
from mmpose.registry import OPTIM_WRAPPERS
from torch import nn

# As torch.cpu.get_capabilities() names them: x86, then ARM. Without them oneDNN emulates the type.
BFLOAT16_INSTRUCTIONS = ('avx512_bf16', 'amx_bf16', 'avx_ne_convert', 'bf16')


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """Trains in bfloat16 where the processor computes in it, else in float32.

    A training step runs under ``torch.autocast('cpu', torch.bfloat16)``. The head's ``forward``
    returns float32, so that the losses and the accuracy of any head of MMPose are computed in it;
    weights, gradients and the optimizer's state are float32 too. Validation and test, which do not
    pass through here, are as without it. bfloat16 has the range of float32: there is no loss
    scaling, and checkpoints are those of ``OptimWrapper``, whose options all hold.

    With channels-last weights (:class:`fifa_mm.ChannelsLastHook`) a step of HRNetV2-W18 takes less
    than half the time. On a CPU without such instructions, where bfloat16 is slower than float32,
    and on another device the step is that of ``OptimWrapper``, and the log says so once.

    Args:
        optimizer: As in ``OptimWrapper``.
        **kwargs: Of ``OptimWrapper``: ``accumulative_counts``, ``clip_grad``.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Context of the forward pass: autocast, and no synchronisation while accumulating."""
        head = getattr(model.module if is_model_wrapper(model) else model, 'head', None)
        with super().optim_context(model):
            if self.autocasts:
                with torch.autocast('cpu', torch.bfloat16), float32_outputs(head):
                    yield
            else:
                yield

    @functools.cached_property
    def autocasts(self) -> bool:
        """Whether steps run in bfloat16; the first question writes the answer to the log."""
        device = self.optimizer.param_groups[0]['params'][0].device.type
        result = device == 'cpu' and has_bfloat16_instructions()
        if result:
            message = 'training in bfloat16 on the CPU'
        elif device == 'cpu':
            message = (
                'training in float32: this CPU, or this PyTorch, has no instructions for bfloat16 '
                f'(any of {", ".join(BFLOAT16_INSTRUCTIONS)})'
            )
        else:
            message = f'training in float32: CPUAmpOptimWrapper does nothing on {device!r}'
        print_log(f'CPUAmpOptimWrapper: {message}', 'current')
        return result


def has_bfloat16_instructions() -> bool:
    """Whether the processor multiplies in bfloat16; False where PyTorch cannot tell."""
    capabilities: dict[str, bool] = getattr(torch.cpu, 'get_capabilities', dict)()
    return any(capabilities.get(name) for name in BFLOAT16_INSTRUCTIONS)


@contextmanager
def float32_outputs(head: nn.Module | None) -> Iterator[None]:
    """Inside, ``head.forward`` returns float32 where it would return bfloat16.

    Heads call ``self.forward`` in their ``loss``, where no hook of the module would fire.
    """
    if head is None:
        yield
        return
    head.forward = in_float32(head.forward)
    try:
        yield
    finally:
        del head.forward


def in_float32(forward: Callable) -> Callable:
    """A function whose bfloat16 results are cast to float32."""

    @functools.wraps(forward)
    def cast(*args: Any, **kwargs: Any) -> Any:
        return to_float32(forward(*args, **kwargs))

    return cast


def to_float32(x: Any) -> Any:
    """bfloat16 tensors, also in nested tuples and lists, as float32; all else as it is."""
    if isinstance(x, (tuple, list)):
        return type(x)(to_float32(part) for part in x)
    return x.float() if getattr(x, 'dtype', None) == torch.bfloat16 else x
