"""PlainViT against a ViT of PyTorch's own layers."""

import pytest
import torch
from mmpose.registry import MODELS

from fifa_mm import PlainViT
from fifa_mm.models.backbones.vit_checkpoint import rename

TINY = {'arch': 'tiny', 'img_size': 64}


def to_map(tokens, side=4):
    return tokens[:, 1:].transpose(1, 2).unflatten(2, (side, side))


@pytest.mark.parametrize(('style', 'layout'), [('clip', 'CLIP'), ('vit', 'timm')])
def test_equals_the_reference(reference_vit, style, layout):
    reference = reference_vit(style=style)
    vit = PlainViT(**TINY, style=style, out_indices=(0, -1))
    weights, left_over = rename(reference.export(layout), layout)
    del weights['norm.weight'], weights['norm.bias']
    assert not left_over
    vit.load_state_dict(weights)
    x = torch.randn(2, 3, 64, 64)
    first, last = vit(x)
    torch.testing.assert_close(last, to_map(reference(x)), atol=1e-5, rtol=1e-5)
    reference.layers = reference.layers[:1]
    torch.testing.assert_close(first, to_map(reference(x)), atol=1e-5, rtol=1e-5)


def test_final_norm(reference_vit):
    reference = reference_vit()
    vit = PlainViT(**TINY, final_norm=True)
    vit.load_state_dict(rename(reference.export('CLIP'), 'CLIP')[0])
    x = torch.randn(2, 3, 64, 64)
    expected = to_map(reference.after(reference(x)))
    torch.testing.assert_close(vit(x)[0], expected, atol=1e-5, rtol=1e-5)


def test_parameters_of_the_base_trunk():
    with torch.device('meta'):
        vit = MODELS.build({'type': 'PlainViT', 'img_size': 224})
        large = PlainViT(img_size=512)
    assert sum(p.numel() for p in vit.parameters()) == 85_797_888
    assert vit.pos_embed.shape == (1, 197, 768)
    assert large.pos_embed.shape == (1, 1025, 768)


def test_arch_by_dict_and_width_by_height():
    vit = PlainViT({'width': 32, 'depth': 2, 'heads': 4}, img_size=(96, 64), patch_size=8)
    assert vit(torch.randn(1, 3, 64, 96))[0].shape == (1, 32, 8, 12)


def test_position_embedding_at_another_size():
    """Bicubic (a = -3/4) with half-pixel centres, as in FaRL: a new patch lies at 1/4 of a step."""
    vit = PlainViT(**TINY)
    ramp = torch.arange(4.0).repeat(4)
    with torch.no_grad():
        vit.pos_embed[:, 1:] = ramp[None, :, None]
        vit.patch_embed.weight.zero_()
    vit.pre_norm = torch.nn.Identity()
    tokens, grid = vit.embed(torch.zeros(1, 3, 128, 128))
    assert grid == (8, 8)
    row = tokens[0, 1:, 0].view(8, 8)[0]
    kernel = torch.tensor([-0.10546875, 0.87890625, 0.26171875, -0.03515625])
    assert row[3].item() == pytest.approx((kernel * torch.arange(4)).sum().item())
    assert torch.equal(vit.embed(torch.zeros(1, 3, 64, 64))[0][0, 1:, 0], ramp)


def test_resize_input_is_bilinear():
    torch.manual_seed(0)
    x, plain = torch.randn(1, 3, 72, 72), PlainViT(**TINY)
    resizing = PlainViT(**TINY, resize_input=True)
    resizing.load_state_dict(plain.state_dict())
    small = torch.nn.functional.interpolate(x, (64, 64), mode='bilinear', align_corners=False)
    torch.testing.assert_close(resizing(x), plain(small))
    assert torch.equal(resizing(small)[0], plain(small)[0])


def test_drop_path_rises_to_its_argument():
    vit = PlainViT(**TINY, drop_path=0.2)
    rates = [layer.drop_path.drop_prob for layer in vit.layers]
    assert rates == pytest.approx([0, 0.1, 0.2])
    x = torch.randn(2, 3, 64, 64)
    assert torch.equal(vit.eval()(x)[0], vit(x)[0])


def test_checkpointing_changes_nothing():
    torch.manual_seed(0)
    x, gradients = torch.randn(2, 3, 64, 64), []
    vit = PlainViT(**TINY)
    for with_cp in (False, True):
        vit.with_cp = with_cp
        vit.zero_grad()
        vit(x)[0].square().sum().backward()
        gradients.append([p.grad.clone() for p in vit.parameters()])
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        ({'arch': 'huge'}, "arch must be one of .*'base'.* got 'huge'"),
        ({'arch': {'width': 8}}, 'arch must be .*depth'),
        (
            {'arch': {'width': 8, 'depth': 1, 'heads': 3}},
            'a multiple of 3, got 8',
        ),
        (
            {'arch': {'width': 8, 'depth': 0, 'heads': 1}},
            'depth must be an integer of at least 1',
        ),
        ({'style': 'dino'}, "style must be one of .* got 'dino'"),
        (
            {'style': {'pre_norm': True, 'patch_bias': True, 'act': 'relu', 'norm_eps': 1e-5}},
            "act must be .* got 'relu'",
        ),
        ({'img_size': 60}, 'divisible by patch_size=16, got 60 x 60'),
        ({'img_size': (64, 72)}, 'divisible by patch_size=16, got 64 x 72'),
        ({'out_indices': (0,)}, r'out_indices .* include the last layer.* got \(0,\)'),
        ({'out_indices': (3,)}, r'out_indices must lie in \[-3, 2\]'),
    ],
)
def test_bad_input(kwargs, message):
    with pytest.raises(ValueError, match=message):
        PlainViT(**TINY | kwargs)


def test_input_size_is_checked():
    with pytest.raises(ValueError, match='got 72 x 64'):
        PlainViT(**TINY)(torch.zeros(1, 3, 64, 72))
