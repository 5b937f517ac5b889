"""Sparse local patches and the relation layers between them (SLPT, CVPR 2022).

Dimensions: B faces, K landmarks, C channels, L layers, n patch side in samples.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def patch_boxes(landmarks: Tensor, half: float) -> tuple[Tensor, Tensor]:
    """Corners of square patches around landmarks, clipped to the image.

    Args:
        landmarks: (B, K, 2), x and y as shares of the image's sides.
        half: Half the side of a patch as a share of the image's side.

    Returns:
        upper left and lower right corner, both (B, K, 2) in [0, 1].
    """
    return (landmarks - half).clamp(0, 1), (landmarks + half).clamp(0, 1)


def sample_patches(feature: Tensor, low: Tensor, high: Tensor, size: int) -> Tensor:
    """Sample boxes of a feature map on grids that include the boxes' edges.

    0 and 1 are the middles of the map's first and last cell; bilinear in between.

    Args:
        feature: (B, C, H, W).
        low, high: Corners (B, K, 2) in [0, 1].
        size: Samples n along a side.

    Returns:
        (B, K, C, n, n), rows are y.
    """
    batch, count = low.shape[:2]
    steps = torch.linspace(0, 1, size, dtype=low.dtype, device=low.device)[:, None]
    x, y = (low[:, :, None] + (high - low)[:, :, None] * steps).unbind(-1)  # (B, K, n)
    shape = (batch, count, size, size)
    grid = torch.stack([x[:, :, None].expand(shape), y[..., None].expand(shape)], -1)
    grid = 2 * grid.flatten(1, 2) - 1  # (B, K n, n, 2)
    # In the grid's precision: half a unit in the last place of float16 is 1/32 of a map cell.
    patches = F.grid_sample(feature.to(grid.dtype), grid, align_corners=True)
    patches = patches.to(feature.dtype).unflatten(2, (count, size))
    return patches.transpose(1, 2)


class RelationLayer(nn.Module):
    """Inherent relation layer: landmarks attend to each other, then to the patches.

    A pre-norm transformer decoder layer. The landmark queries are added to queries and keys of the
    self-attention and to the queries of the cross-attention, the structure encodings to the keys of
    the cross-attention; values carry no position.

    Args:
        channels: Width C.
        num_heads: Attention heads, a divisor of C.
        feedforward_channels: Width of the hidden layer.
        dropout: Share of dropped values, also of attention weights.
    """

    def __init__(
        self, channels: int, num_heads: int, feedforward_channels: int, dropout: float
    ) -> None:
        super().__init__()
        attention = {'dropout': dropout, 'batch_first': True}
        self.self_norm = nn.LayerNorm(channels)
        self.self_attention = nn.MultiheadAttention(channels, num_heads, **attention)
        self.cross_norm = nn.LayerNorm(channels)
        self.cross_attention = nn.MultiheadAttention(channels, num_heads, **attention)
        self.feedforward_norm = nn.LayerNorm(channels)
        self.feedforward = nn.Sequential(
            nn.Linear(channels, feedforward_channels),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(feedforward_channels, channels),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, state: Tensor, tokens: Tensor, queries: Tensor, structure: Tensor) -> Tensor:
        """New state (B, K, C) from state and tokens (B, K, C), queries and structure (K, C)."""
        x = self.self_norm(state)
        state = state + self._attend(self.self_attention, x + queries, x + queries, x)
        x = self.cross_norm(state) + queries
        state = state + self._attend(self.cross_attention, x, tokens + structure, tokens)
        return state + self.dropout(self.feedforward(self.feedforward_norm(state)))

    def _attend(self, attention: nn.Module, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return self.dropout(attention(query, key, value, need_weights=False)[0])


class RelationDecoder(nn.Module):
    """Stack of relation layers with a landmark query and a structure encoding for each landmark.

    Args:
        num_landmarks: K.
        num_layers: L.
        channels, num_heads, feedforward_channels, dropout: As in :class:`RelationLayer`.
    """

    def __init__(
        self,
        num_landmarks: int,
        num_layers: int,
        channels: int,
        num_heads: int,
        feedforward_channels: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(num_landmarks, channels))
        self.structure = nn.Parameter(torch.randn(num_landmarks, channels))
        self.layers = nn.ModuleList(
            RelationLayer(channels, num_heads, feedforward_channels, dropout)
            for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(channels)

    def forward(self, tokens: Tensor) -> Tensor:
        """Normalised outputs of all layers, (L, B, K, C), from patch tokens (B, K, C)."""
        state, outputs = torch.zeros_like(tokens), []
        for layer in self.layers:
            state = layer(state, tokens, self.queries, self.structure)
            outputs.append(self.norm(state))
        return torch.stack(outputs)
