"""FF-Parser without FFT: the same filter by matrix products, which every runtime takes.

Shapes: B images, C channels, H x W map, F = W // 2 + 1 frequencies of a row.
"""

import math

import torch
from torch import Tensor, nn

from fifa_mm.models.backbones.ff_parser import FFParser


class MatrixFFParser(nn.Module):
    """An :class:`FFParser` whose transforms are products with matrices of cosines and sines.

    Args:
        parser: The layer that it takes the place of; its maps keep the size it was trained on.

    Shape:
        (B, C, H, W) to the same shape, float32.
    """

    real: Tensor  # (C, H, F)
    imaginary: Tensor
    row_cos: Tensor  # (W, F)
    row_sin: Tensor
    back_cos: Tensor  # (F, W)
    back_sin: Tensor
    column_cos: Tensor  # (H, H)
    column_sin: Tensor

    def __init__(self, parser: FFParser):
        super().__init__()
        height, width = parser.size
        weight = parser.weight.detach()
        self.register_buffer('real', weight[..., 0].clone())
        self.register_buffer('imaginary', weight[..., 1].clone())
        rows = waves(width, width // 2 + 1)
        self.register_buffer('row_cos', rows.cos().div(math.sqrt(width)).float())
        self.register_buffer('row_sin', rows.sin().div(math.sqrt(width)).float())
        # All frequencies but 0 and the highest of an even width stand for their conjugates too.
        twice = torch.full((width // 2 + 1, 1), 2.0)
        twice[0] = 1
        if width % 2 == 0:
            twice[-1] = 1
        self.register_buffer('back_cos', twice * self.row_cos.t())
        self.register_buffer('back_sin', twice * self.row_sin.t())
        columns = waves(height, height)
        self.register_buffer('column_cos', columns.cos().div(math.sqrt(height)).float())
        self.register_buffer('column_sin', columns.sin().div(math.sqrt(height)).float())

    def forward(self, x: Tensor) -> Tensor:
        # exp(-i t) = cos t - i sin t along the rows, then along the columns
        a, b = x @ self.row_cos, -(x @ self.row_sin)  # (B, C, H, F)
        a, b = (
            self.column_cos @ a + self.column_sin @ b,
            self.column_cos @ b - self.column_sin @ a,
        )
        a, b = a * self.real - b * self.imaginary, a * self.imaginary + b * self.real
        a, b = (
            self.column_cos @ a - self.column_sin @ b,
            self.column_cos @ b + self.column_sin @ a,
        )
        return a @ self.back_cos - b @ self.back_sin


def waves(size: int, frequencies: int) -> Tensor:
    """Angles (size, frequencies) in float64: 2 pi n k / size, n the place and k the frequency."""
    n = torch.arange(size, dtype=torch.float64)[:, None]
    k = torch.arange(frequencies, dtype=torch.float64)
    return 2 * math.pi * ((n * k) % size) / size


def without_fft(module: nn.Module) -> nn.Module:
    """Replace every :class:`FFParser` in a module by matrix products, in place."""
    for name, child in module.named_children():
        if isinstance(child, FFParser):
            setattr(module, name, MatrixFFParser(child))
        else:
            without_fft(child)
    return module
