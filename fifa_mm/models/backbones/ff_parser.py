"""FF-Parser: a learned filter in the frequency domain.

Source: Wu et al., MedSegDiff, 2022, section 3.3 (facts read in ``guided_diffusion/unet.py``); FiFA
section 3.2 places one after every upsampling and concatenation.

Shapes: B images, C channels, H x W map; a real FFT of a map has H x (W // 2 + 1) bins.
"""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.logging import print_log
from torch import Tensor, nn


def interpolate_bins(weight: Tensor, dim: int, position: Tensor, last: int, wrap: bool) -> Tensor:
    """Linear interpolation of ``weight`` along ``dim`` at fractional bins ``position``."""
    low = position.floor()
    shape = [-1 if d == dim else 1 for d in range(weight.ndim)]
    share = (position - low).to(weight).view(shape)
    low = low.long()
    bins = [low % (last + 1), (low + 1) % (last + 1)] if wrap else [low, (low + 1).clamp(max=last)]
    a, b = (weight.index_select(dim, index) for index in bins)
    return a + share * (b - a)


def resample_filter(weight: Tensor, size: tuple, new_size: Sequence[int]) -> Tensor:
    """Read a filter learned on maps of ``size`` at the frequencies of maps of ``new_size``.

    The weights are samples of a transfer function over cycles per pixel, so they are interpolated
    linearly (real and imaginary part alone) between the frequencies, periodically over rows. The
    mean (zero frequency), the all-ones filter and, where ``new_size`` divides ``size``, every
    remaining weight are kept exactly.

    Args:
        weight: (C, H, W // 2 + 1, 2), real and imaginary part last.
        size: (H, W) the filter was learned at.
        new_size: (H', W') of the maps it is to be applied to.

    Returns:
        (C, H', W' // 2 + 1, 2).
    """
    (height, width), (new_height, new_width) = size, new_size
    double = {'dtype': torch.float64, 'device': weight.device}
    rows = torch.fft.fftfreq(new_height, **double) * height
    columns = (torch.fft.rfftfreq(new_width, **double) * width).clamp(max=width // 2)
    weight = interpolate_bins(weight, 1, rows, height - 1, wrap=True)
    return interpolate_bins(weight, 2, columns, width // 2, wrap=False)


class FFParser(nn.Module):
    """Multiply every channel's spectrum by a learned complex weight.

    The weight starts at 1 + 0.02 N(0, 1) (real part; imaginary 0.02 N(0, 1)), near the identity.
    Deviation: MedSegDiff starts at 0.02 N(0, 1), which all but erases the branch. The transform
    runs in float32 at least, whatever autocast says. On maps of another size than ``size`` the
    weight is resampled (``resample_filter``), in ``forward`` and when a checkpoint is loaded.

    Args:
        channels: C.
        size: (H, W) of the maps it is trained on.

    Shape:
        (B, C, H, W) to the same shape and dtype. Parameters: C * H * (W // 2 + 1) * 2.
    """

    def __init__(self, channels: int, size: Sequence[int]) -> None:
        super().__init__()
        self.size = tuple(size)
        height, width = self.size
        weight = 0.02 * torch.randn(channels, height, width // 2 + 1, 2)
        weight[..., 0] += 1
        self.weight = nn.Parameter(weight)

    def forward(self, x: Tensor) -> Tensor:
        size = tuple(x.shape[-2:])
        real = torch.promote_types(x.dtype, torch.float32)
        with torch.autocast(x.device.type, enabled=False):
            weight = self.weight.to(real)
            if size != self.size:
                weight = resample_filter(weight, self.size, size)
            # In real numbers: TorchInductor (PyTorch 2.13) gets the weight's gradient of a complex
            # product wrong.
            a, b = torch.view_as_real(torch.fft.rfft2(x.to(real), norm='ortho')).unbind(-1)
            c, d = weight.unbind(-1)
            spectrum = torch.complex(a * c - b * d, a * d + b * c)
            return torch.fft.irfft2(spectrum, s=size, norm='ortho').to(x.dtype)

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        key = prefix + 'weight'
        weight = state_dict.get(key)
        if weight is not None and weight.ndim == 4 and weight.shape[1:] != self.weight.shape[1:]:
            height, bins = weight.shape[1:3]
            # W is 2 (bins - 1) or one more: square maps tell which
            width = height if height // 2 + 1 == bins else 2 * (bins - 1)
            state_dict[key] = resample_filter(weight, (height, width), self.size)
            print_log(f'{key}: resampled from {(height, width)} to {self.size}', 'current')
        super()._load_from_state_dict(state_dict, prefix, *args)

    def extra_repr(self) -> str:
        return f'{self.weight.shape[0]}, size={self.size}'
