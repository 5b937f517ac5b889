"""Checkpoints in the layouts of FaRL, CLIP, timm, mmpretrain and torchvision.

Made here in each library's own keys from a ViT of PyTorch's layers, whose tokens are the reference.
"""

import logging
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.logging import MMLogger
from mmengine.runner import load_checkpoint
from mmpose.registry import MODELS
from torch import nn
from torch.nn import functional as F

from fifa_mm import PlainViT, ViTHourglass
from fifa_mm.models.backbones.vit_checkpoint import read_checkpoint, recognise, resize_pos_embed

TINY = {'arch': 'tiny', 'img_size': 64}
TEXT = {  # what else CLIP's file holds
    'positional_embedding': torch.zeros(77, 8),
    'text_projection': torch.zeros(8, 8),
    'logit_scale': torch.zeros(()),
    'token_embedding.weight': torch.zeros(10, 8),
    'transformer.resblocks.0.attn.in_proj_weight': torch.zeros(24, 8),
    'transformer.resblocks.0.ln_1.weight': torch.zeros(8),
    'ln_final.weight': torch.zeros(8),
    'visual.proj': torch.zeros(48, 8),
}
FARL = {
    'visual.mask_token': torch.zeros(48),
    'lm_transformer.resblocks.0.attn.in_proj_weight': torch.zeros(24, 48),
    'ln_lm.weight': torch.zeros(48),
    'lm_head.weight': torch.zeros(9, 48),
}


def foreign(reference, name):
    """The file that ``name``'s library would have written."""
    if name == 'FaRL':
        return {'state_dict': reference.export('CLIP', 'visual.') | TEXT | FARL}
    if name == 'CLIP':
        half = reference.export('CLIP', 'visual.') | TEXT
        return {key: value.half() for key, value in half.items()}
    if name == 'timm':
        return reference.export('timm') | {'head.weight': torch.zeros(10, 48)}
    if name == 'MAE':
        return {'model': reference.export('timm') | {'decoder_embed.weight': torch.zeros(8, 48)}}
    if name == 'mmpretrain':
        head = {'head.layers.head.weight': torch.zeros(10, 48)}
        return {'meta': {}, 'state_dict': reference.export('mmpretrain', 'backbone.') | head}
    if name == 'torchvision':
        return reference.export('torchvision') | {'heads.head.weight': torch.zeros(10, 48)}
    if name == 'old torchvision':
        old = {'mlp.0.': 'mlp.linear_1.', 'mlp.3.': 'mlp.linear_2.'}
        keys = reference.export('torchvision')
        return {re.sub('mlp.[03].', lambda m: old[m[0]], k): v for k, v in keys.items()}
    if name == 'DDP':
        return {'state_dict': reference.export('timm', 'module.encoder.')}
    raise KeyError(name)


FILES = {
    'FaRL': 'clip',
    'CLIP': 'clip',
    'timm': 'vit',
    'MAE': 'vit',
    'mmpretrain': 'vit',
    'torchvision': 'vit',
    'old torchvision': 'vit',
    'DDP': 'clip',
}


def save(content, tmp_path):
    torch.save(content, tmp_path / 'checkpoint.pth')
    return {'type': 'Pretrained', 'checkpoint': str(tmp_path / 'checkpoint.pth')}


@pytest.fixture
def log():
    """What is logged during the test, line by line."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


@pytest.mark.parametrize('name', FILES)
def test_loads_by_init_cfg_alone(reference_vit, tmp_path, log, name):
    reference = reference_vit(style=FILES[name]).eval()
    content = foreign(reference, name)
    if name == 'CLIP':
        reference = reference.half().float()
    model = MODELS.build(
        {
            'type': 'ViTHourglass',
            **TINY,
            'style': FILES[name],
            'init_cfg': save(content, tmp_path),
        }
    )
    before = {k: v.clone() for k, v in model.hourglasses.state_dict().items()}
    model.init_weights()
    plain = PlainViT(**TINY, style=FILES[name], final_norm=True)
    plain.init_cfg = model.init_cfg
    plain.init_weights()
    x = torch.randn(2, 3, 64, 64)
    expected = reference(x)
    tokens = []
    model.layers[-1].register_forward_hook(lambda module, args, out: tokens.append(out))
    model.eval()(x)
    torch.testing.assert_close(tokens[0], expected, atol=1e-5, rtol=1e-5)
    expected = reference.after(expected)[:, 1:].transpose(1, 2).unflatten(2, (4, 4))
    torch.testing.assert_close(plain(x)[0], expected, atol=1e-5, rtol=1e-5)
    for key, value in model.hourglasses.state_dict().items():
        if 'running' not in key:
            assert torch.equal(value, before[key])
    loaded = [line for line in log if line.startswith('ViTHourglass: ')]
    assert len(loaded) == 1
    count = len(model.state_dict()) - len(before)
    assert f'{count} tensors from' in loaded[0]
    extra = {'FaRL': 'lm_head.weight', 'CLIP': 'text_projection', 'MAE': 'decoder_embed.weight'}
    assert extra.get(name, 'left over') in loaded[0]


def test_position_embedding_is_resized_once(reference_vit, tmp_path, log):
    reference = reference_vit(grid=3)
    model = ViTHourglass(**TINY, init_cfg=save(foreign(reference, 'FaRL'), tmp_path))
    model.init_weights()
    grid = reference.pos[:, 1:].reshape(1, 3, 3, 48).permute(0, 3, 1, 2)
    expected = F.interpolate(grid, (4, 4), mode='bicubic', align_corners=False)
    assert torch.equal(model.pos_embed[:, :1], reference.pos[:, :1])
    torch.testing.assert_close(model.pos_embed[:, 1:], expected.flatten(2).transpose(1, 2))
    assert [line for line in log if 'resized from 10 to 17 tokens' in line] == [
        'pos_embed: resized from 10 to 17 tokens'
    ]


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 9), st.integers(1, 20), st.integers(1, 20))
def test_constant_embedding_stays_constant(side, height, width):
    pos_embed = torch.full((1, 1 + side * side, 2), 3.0)
    pos_embed[:, 0] = 5.0
    resized = resize_pos_embed(pos_embed, (height, width))
    assert resized.shape == (1, 1 + height * width, 2)
    assert torch.equal(resized[:, 0], pos_embed[:, 0])
    torch.testing.assert_close(resized[:, 1:], torch.full((1, height * width, 2), 3.0))


@pytest.mark.parametrize('tokens', [16, 198, 1])
def test_only_a_class_token_and_a_square_grid_can_be_resized(tokens):
    with pytest.raises(ValueError, match=f'square grid of patches, got {tokens} tokens'):
        resize_pos_embed(torch.zeros(1, tokens, 8), (4, 4))


@pytest.mark.parametrize('prefix', ['', 'backbone.'])
@pytest.mark.parametrize('size', [64, 96])
def test_own_checkpoint_with_hourglasses(tmp_path, prefix, size):
    """Also at another resolution: position embedding and FF-Parsers are resampled."""
    torch.manual_seed(0)
    trained = ViTHourglass('tiny', 64)
    nn.init.normal_(trained.hourglasses['1'].back.weight)
    content = {prefix + k: v for k, v in trained.state_dict().items()}
    content['head.final_layer.weight'] = torch.zeros(1)
    model = ViTHourglass('tiny', size, init_cfg=save({'state_dict': content}, tmp_path))
    model.init_weights()
    state = model.state_dict()
    for key, value in trained.state_dict().items():
        if size == 64 or ('ff_parser' not in key and key != 'pos_embed'):
            assert torch.equal(state[key], value), key
    x = torch.randn(1, 3, size, size)
    torch.testing.assert_close(model.eval()(x), trained.eval()(x), atol=1e-4, rtol=1e-4)


def test_a_trained_estimator_loads_at_another_size(tmp_path):
    """``load_from`` and MMEngine's own loader; nothing of ours is called."""
    trained, model = (nn.ModuleDict({'backbone': ViTHourglass('tiny', s)}) for s in (64, 96))
    cfg = save({'state_dict': trained.state_dict()}, tmp_path)
    load_checkpoint(model, cfg['checkpoint'], strict=True)
    x = torch.randn(1, 3, 96, 96)
    outputs = [m['backbone'].eval()(x)[0] for m in (trained, model)]
    torch.testing.assert_close(*outputs, atol=1e-4, rtol=1e-4)


def test_hourglasses_stay_behind_for_a_plain_vit(tmp_path):
    trained = ViTHourglass(**TINY)
    model = PlainViT(**TINY, init_cfg=save(trained.state_dict(), tmp_path))
    model.init_weights()
    assert torch.equal(model.layers[2].fc2.weight, trained.layers[2].fc2.weight)


def test_prefix_chooses_among_several(reference_vit, tmp_path):
    a, b = reference_vit(), reference_vit()
    content = a.export('timm', 'student.') | b.export('timm', 'teacher.')
    cfg = save(content, tmp_path)
    with pytest.raises(ValueError, match=r"'student.', 'teacher.'.* init_cfg's prefix"):
        PlainViT(**TINY, init_cfg=cfg).init_weights()
    model = PlainViT(**TINY, init_cfg=cfg | {'prefix': 'teacher.'})
    model.init_weights()
    assert torch.equal(model.pos_embed, b.pos)


def test_other_initialisation_comes_before_the_checkpoint(reference_vit, tmp_path):
    cfg = [
        save(foreign(reference_vit(), 'FaRL'), tmp_path),
        {'type': 'Constant', 'layer': 'Conv2d', 'val': 0.5},
    ]
    model = ViTHourglass(**TINY, init_cfg=cfg)
    model.init_weights()
    assert (model.hourglasses['3'].hourglass.skips[0].conv1.weight == 0.5).all()
    assert not (model.patch_embed.weight == 0.5).any()
    assert model.init_cfg == cfg


def drop(content, pattern):
    return {k: v for k, v in content.items() if not re.search(pattern, k)}


@pytest.mark.parametrize(
    ('change', 'kwargs', 'messages'),
    [
        (lambda c: drop(c, r'1\.ln_2'), {}, ['missing: layers.1.norm2.weight', '1.norm2.bias']),
        (lambda c: drop(c, 'ln_pre'), {}, ['missing: pre_norm.weight', 'missing: pre_norm.bias']),
        (lambda c: drop(c, 'ln_post'), {'final_norm': True}, ['missing: norm.weight']),
        (
            lambda c: c,
            {'style': 'vit'},
            ['no place for: pre_norm.weight', 'missing: patch_embed.bias', "style='clip'"],
        ),
        (
            lambda c: c,
            {'arch': {'width': 48, 'depth': 2, 'heads': 3}},
            ['no place for: layers.2.qkv.weight'],
        ),
        (
            lambda c: c,
            {'arch': {'width': 48, 'depth': 4, 'heads': 3}},
            ['missing: layers.3.qkv.weight'],
        ),
        (
            lambda c: c,
            {'arch': {'width': 24, 'depth': 3, 'heads': 3}},
            ['misshapen: size mismatch for cls_token', 'misshapen: .* layers.2.fc2.weight'],
        ),
        (lambda c: c, {'patch_size': 8}, ['misshapen: .* patch_embed.weight']),
        (
            lambda c: c | {'visual.transformer.resblocks.0.ls_1.gamma': torch.ones(48)},
            {},
            ['no place for: layers.0.ls_1.gamma'],
        ),
    ],
)
def test_what_does_not_fit_is_listed(reference_vit, tmp_path, change, kwargs, messages):
    content = change(foreign(reference_vit(), 'FaRL')['state_dict'])
    model = PlainViT(**TINY | {'init_cfg': save(content, tmp_path)} | kwargs)
    with pytest.raises(ValueError, match=r'\(CLIP layout\) does not fit PlainViT') as error:
        model.init_weights()
    for message in messages:
        assert re.search(message, str(error.value)), str(error.value)


def test_own_checkpoint_with_an_hourglass_too_few(tmp_path):
    content = drop(ViTHourglass(**TINY).state_dict(), 'hourglasses.2.up')
    model = ViTHourglass(**TINY, init_cfg=save(content, tmp_path))
    with pytest.raises(ValueError, match=r'missing: hourglasses\.2\.up\.0\.weight'):
        model.init_weights()


def test_foreign_checkpoints(tmp_path):
    resnet = {'conv1.weight': torch.zeros(64, 3, 7, 7), 'layer1.0.conv1.weight': torch.zeros(1)}
    model = PlainViT(**TINY, init_cfg=save(resnet, tmp_path))
    with pytest.raises(ValueError, match=r'no Vision Transformer of a known layout .*conv1.weight'):
        model.init_weights()
    model.init_cfg = save({'epoch': 3}, tmp_path)
    with pytest.raises(ValueError, match='holds no tensors'):
        PlainViT(**TINY, init_cfg=model.init_cfg).init_weights()


@pytest.mark.parametrize('share', [0.0, 0.3, 0.99])
@pytest.mark.parametrize('zipped', [True, False])
def test_truncated_file(reference_vit, tmp_path, share, zipped):
    whole, part = tmp_path / 'whole.pth', tmp_path / 'part.pth'
    torch.save(reference_vit().export('timm'), whole, _use_new_zipfile_serialization=zipped)
    data = whole.read_bytes()
    part.write_bytes(data[: int(share * len(data))])
    model = PlainViT(**TINY, init_cfg={'type': 'Pretrained', 'checkpoint': str(part)})
    with pytest.raises(ValueError, match=r'part\.pth.* cannot be read: truncated'):
        model.init_weights()


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_checkpoint(str(tmp_path / 'no.pth'))


def test_recognise(reference_vit):
    reference = reference_vit()
    for layout in ('CLIP', 'timm', 'mmpretrain', 'torchvision'):
        assert recognise(reference.export(layout, 'a.b.')) == (layout, 'a.b.')
    assert recognise(PlainViT(**TINY).state_dict()) == ('ours', '')
