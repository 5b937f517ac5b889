"""A Vision Transformer assembled from PyTorch's own layers, and its weights in other layouts."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

# layout: (patch, class token, position, norm before, norm after, layer, {part of a layer: name})
KEYS = {
    'CLIP': (
        'conv1',
        'class_embedding',
        'positional_embedding',
        'ln_pre',
        'ln_post',
        'transformer.resblocks.{}.',
        {
            'norm1': 'ln_1.',
            'norm2': 'ln_2.',
            'qkv': 'attn.in_proj_',
            'out': 'attn.out_proj.',
            'fc1': 'mlp.c_fc.',
            'fc2': 'mlp.c_proj.',
        },
    ),
    'timm': (
        'patch_embed.proj',
        'cls_token',
        'pos_embed',
        'norm_pre',
        'norm',
        'blocks.{}.',
        {
            'norm1': 'norm1.',
            'norm2': 'norm2.',
            'qkv': 'attn.qkv.',
            'out': 'attn.proj.',
            'fc1': 'mlp.fc1.',
            'fc2': 'mlp.fc2.',
        },
    ),
    'mmpretrain': (
        'patch_embed.projection',
        'cls_token',
        'pos_embed',
        'pre_norm',
        'ln1',
        'layers.{}.',
        {
            'norm1': 'ln1.',
            'norm2': 'ln2.',
            'qkv': 'attn.qkv.',
            'out': 'attn.proj.',
            'fc1': 'ffn.layers.0.0.',
            'fc2': 'ffn.layers.1.',
        },
    ),
    'torchvision': (
        'conv_proj',
        'class_token',
        'encoder.pos_embedding',
        None,
        'encoder.ln',
        'encoder.layers.encoder_layer_{}.',
        {
            'norm1': 'ln_1.',
            'norm2': 'ln_2.',
            'qkv': 'self_attention.in_proj_',
            'out': 'self_attention.out_proj.',
            'fc1': 'mlp.0.',
            'fc2': 'mlp.3.',
        },
    ),
}
PARTS = {
    'norm1': 'norm1.',
    'norm2': 'norm2.',
    'qkv': 'self_attn.in_proj_',
    'out': 'self_attn.out_proj.',
    'fc1': 'linear1.',
    'fc2': 'linear2.',
}


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


class ReferenceViT(nn.Module):
    """ViT of ``nn.TransformerEncoderLayer``; returns the tokens after the last layer."""

    def __init__(self, width=48, depth=3, heads=3, grid=4, style='clip'):
        super().__init__()
        clip = style == 'clip'
        eps, act = (1e-5, quick_gelu) if clip else (1e-6, F.gelu)
        self.patch = nn.Conv2d(3, width, 16, 16, bias=not clip)
        self.cls = nn.Parameter(torch.randn(1, 1, width))
        self.pos = nn.Parameter(torch.randn(1, 1 + grid * grid, width))
        self.before = nn.LayerNorm(width, eps) if clip else nn.Identity()
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, heads, 4 * width, 0.0, act, eps, batch_first=True, norm_first=True
            )
            for _ in range(depth)
        )
        self.after = nn.LayerNorm(width, eps)
        for parameter in self.parameters():  # no weight may be 0 or 1, or a wrong key goes unseen
            nn.init.normal_(parameter, std=0.1)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = self.before(torch.cat([self.cls.expand(len(x), -1, -1), x], 1) + self.pos)
        for layer in self.layers:
            x = layer(x)
        return x

    def export(self, layout, prefix=''):
        """State dict with the keys and shapes of ``layout``."""
        patch, cls, pos, before, after, layer, parts = KEYS[layout]
        flat = layout == 'CLIP'
        out = {cls: self.cls[0, 0] if flat else self.cls, pos: self.pos[0] if flat else self.pos}
        for name, module in ((patch, self.patch), (before, self.before), (after, self.after)):
            out |= {f'{name}.{key}': value for key, value in module.named_parameters()}
        for i, module in enumerate(self.layers):
            for key, value in module.named_parameters():
                part = next(p for p, start in PARTS.items() if key.startswith(start))
                kind = key.removeprefix(PARTS[part])
                out[layer.format(i) + parts[part] + kind] = value
        return {prefix + key: value.detach().clone() for key, value in out.items()}


@pytest.fixture
def reference_vit():
    torch.manual_seed(0)
    return ReferenceViT
