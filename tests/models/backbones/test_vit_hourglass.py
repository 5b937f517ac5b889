"""ViTHourglass."""

import copy
import shutil

import pytest
import torch
import torch.multiprocessing as mp
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs
from torch import nn
from two_ranks import on_two_ranks

from fifa_mm import ViTHourglass
from fifa_mm.models.backbones.vit_checkpoint import rename

TINY = {'arch': 'tiny', 'img_size': 64}
ALL = {'out_indices': (0, 1, 2)}


def wake(model):
    """Move the zero projections off zero, as the first step of training does."""
    for name, parameter in model.named_parameters():
        if '.back.' in name:
            nn.init.normal_(parameter, std=0.1)
    return model


def last_tokens(model, x):
    """Tokens after the last layer."""
    seen = []
    handle = model.layers[-1].register_forward_hook(lambda module, args, out: seen.append(out))
    model(x)
    handle.remove()
    return seen[0]


def test_base_tokens_are_a_plain_vits_at_the_start(reference_vit):
    """ViT-B/16 of 12 layers, 768 wide, against PyTorch's own layers with the same weights."""
    reference = reference_vit(width=768, depth=12, heads=12).eval()
    with torch.no_grad():
        for name, parameter in reference.named_parameters():
            if 'norm' in name or 'before' in name:
                parameter.copy_(torch.ones_like(parameter) * name.endswith('weight'))
            else:
                parameter.mul_(0.2)  # std 0.02
        model = ViTHourglass(img_size=64, channels=16, levels=2).eval()
        weights, _ = rename(reference.export('CLIP'), 'CLIP')
        missing, unexpected = model.load_state_dict(weights, strict=False)
        assert unexpected == ['norm.weight', 'norm.bias']
        assert all(name.startswith('hourglasses.') for name in missing)
        x = torch.randn(1, 3, 64, 64)
        expected = reference(x)
        torch.testing.assert_close(last_tokens(model, x), expected, atol=1e-5, rtol=0)
        awake = last_tokens(wake(model), x)
    assert (awake - expected).abs().max() > 1e-2


def test_feedback_reaches_patch_tokens_alone():
    model = ViTHourglass(**TINY).eval()
    model.layers[1] = model.layers[2] = nn.Identity()
    x = torch.randn(1, 3, 64, 64)
    before = last_tokens(model, x)
    after = last_tokens(wake(model), x)
    assert torch.equal(before[:, 0], after[:, 0])
    assert (before[:, 1:] != after[:, 1:]).any(2).all()


def test_base_parameters():
    with torch.device('meta'):
        model = MODELS.build({'type': 'ViTHourglass'})
    count = {name: sum(p.numel() for p in m.parameters()) for name, m in model.named_children()}
    assert count['layers'] == 12 * 7_087_872
    positions = (1025 - 197) * 768
    assert (
        sum(p.numel() for p in model.parameters()) - count['hourglasses'] == 85_797_888 + positions
    )
    assert list(model.hourglasses) == ['4', '8', '12']
    for hourglass in model.hourglasses.values():
        sizes = [up.ff_parser.weight.numel() for up in hourglass.hourglass.ups]
        assert sizes == [4_259_840, 1_081_344, 278_528, 73_728]
        assert [up.ff_parser.size[0] for up in hourglass.hourglass.ups] == [128, 64, 32, 16]
    assert model.hourglasses['12'].back is None


@pytest.mark.parametrize('arch', ['tiny', 'small'])
@pytest.mark.parametrize('size', [64, 80])
def test_maps_have_stride_4_at_any_multiple_of_the_patch(arch, size):
    model = ViTHourglass(arch, img_size=64, levels=2, **ALL).eval()
    channels = {'tiny': 16, 'small': 64}[arch]
    maps = model(torch.randn(1, 3, size, size + 16))
    assert [m.shape for m in maps] == [(1, channels, size // 4, size // 4 + 4)] * 3


@pytest.mark.parametrize('patch_size', [8, 16, 32])
def test_patch_sizes(patch_size):
    model = ViTHourglass('tiny', img_size=64, patch_size=patch_size).eval()
    assert model(torch.randn(1, 3, 64, 64))[0].shape == (1, 16, 16, 16)


def test_options_reach_the_hourglass():
    model = ViTHourglass(
        **TINY,
        hourglass_after=(2, 3),
        channels=8,
        levels=1,
        blur=None,
        norm_cfg={'type': 'GN', 'num_groups': 2},
        style='vit',
        drop_path=0.1,
    )
    assert list(model.hourglasses) == ['2', '3']
    assert model(torch.randn(2, 3, 64, 64))[-1].shape == (2, 8, 16, 16)
    names = ' '.join(model.state_dict())
    assert 'filt' not in names
    assert not any(isinstance(m, nn.BatchNorm2d) for m in model.modules())


def test_default_output_is_the_last_hourglass():
    torch.manual_seed(0)
    one = ViTHourglass(**TINY).eval()
    every = copy.deepcopy(one)
    every.out_indices = (0, 1, 2)
    x = torch.randn(1, 3, 64, 64)
    assert len(one(x)) == 1
    assert torch.equal(one(x)[0], every(x)[-1])


def test_gradients_reach_every_parameter():
    """At the start all gradients exist (DDP needs no more); after it none is zero."""
    torch.manual_seed(0)
    model, x = ViTHourglass(**TINY), torch.randn(2, 3, 64, 64)
    weights = torch.randn(2, 16, 16, 16)
    (model(x)[0] * weights).sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []
    assert all(p.grad.abs().max() > 0 for n, p in model.named_parameters() if '.back.' in n)
    wake(model).zero_grad()
    (model(x)[0] * weights).sum().backward()
    assert [name for name, p in model.named_parameters() if not p.grad.abs().max() > 0] == []


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_autocast(dtype):
    torch.manual_seed(0)
    model, x = wake(ViTHourglass(**TINY)), torch.randn(4, 3, 64, 64)
    expected = model(x)[0]
    with torch.autocast('cpu', dtype):
        y = model(x)[0]
        y.float().square().mean().backward()
    error = (y.float() - expected).norm() / expected.norm()
    assert error < {torch.bfloat16: 0.05, torch.float16: 0.01}[dtype]
    assert all(p.grad.isfinite().all() for p in model.parameters())


def test_channels_last():
    torch.manual_seed(0)
    model, x = wake(ViTHourglass(**TINY)).eval(), torch.randn(2, 3, 64, 64)
    expected = model(x)[0]
    model = model.to(memory_format=torch.channels_last)
    y = model(x.to(memory_format=torch.channels_last))[0]
    torch.testing.assert_close(y, expected, atol=1e-4, rtol=1e-4)


def test_checkpointing_changes_nothing():
    """Gradients, and BatchNorm's running statistics, which a second forward would move twice."""
    torch.manual_seed(0)
    plain, x = wake(ViTHourglass(**TINY)), torch.randn(2, 3, 64, 64)
    checkpointed = copy.deepcopy(plain)
    checkpointed.with_cp = True
    for model in (plain, checkpointed):
        model(x)[0].square().mean().backward()
    for (name, a), b in zip(plain.named_parameters(), checkpointed.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, msg=name)
    for (name, a), b in zip(plain.named_buffers(), checkpointed.buffers(), strict=True):
        if name.endswith(('mean', 'var')):
            assert torch.equal(a, b), name
    assert {m.momentum for m in checkpointed.modules() if isinstance(m, nn.BatchNorm2d)} == {0.1}


def compare_compiled(rank, backend):
    """Outputs and gradients, compiled and not; the hourglass alone where compiling takes long."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x = torch.randn(1, 3, 64, 64)
    model = ViTHourglass(
        {'width': 16, 'depth': 2, 'heads': 2}, 64, hourglass_after=(1, 2), levels=1
    )
    if backend == 'inductor':
        model, x = wake(model).hourglasses['1'], torch.randn(1, 16, 4, 4)
    compiled = torch.compile(copy.deepcopy(wake(model)), fullgraph=True, backend=backend)
    outputs = [m(x) for m in (model, compiled)]
    torch.testing.assert_close(*outputs, atol=1e-4, rtol=1e-4)
    for maps in outputs:
        sum(y.square().mean() for y in maps).backward()
    for (name, a), b in zip(model.named_parameters(), compiled.parameters(), strict=True):
        torch.testing.assert_close(b.grad, a.grad, atol=1e-5, rtol=1e-3, msg=name)


@pytest.mark.parametrize('backend', ['aot_eager', pytest.param('inductor', marks=pytest.mark.slow)])
def test_compiles_without_a_graph_break(backend):
    """In a process of its own: the compiler's threads do not survive the forks of other tests."""
    if backend == 'inductor' and not (shutil.which('g++') or shutil.which('clang++')):
        pytest.skip('no C++ compiler')
    mp.start_processes(compare_compiled, (backend,), 1, start_method='spawn')


def ddp_rank(rank):
    """How far gradients averaged over two processes are from those of one."""
    torch.manual_seed(0)
    # GroupNorm: statistics of one image, so that two ranks equal one
    model = wake(ViTHourglass(**TINY, norm_cfg={'type': 'GN', 'num_groups': 4}))
    x = torch.randn(2, 3, 64, 64)
    ddp = nn.parallel.DistributedDataParallel(model)  # find_unused_parameters=False
    for _ in range(2):  # the second forward is what fails when a parameter got no gradient
        ddp.zero_grad()
        ddp(x[rank : rank + 1])[0].square().mean().backward()
    shared = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    model(x)[0].square().mean().backward()
    errors = [(a - p.grad).abs().max() for a, p in zip(shared, model.parameters(), strict=True)]
    return torch.stack(errors)


def test_two_processes_have_the_gradient_of_one():
    assert max(errors.max() for errors in on_two_ranks(ddp_rank)) < 1e-4


def test_trains_in_a_stock_estimator():
    init_default_scope('mmpose')
    codec = {'type': 'MSRAHeatmap', 'input_size': (64, 64), 'heatmap_size': (16, 16), 'sigma': 1.5}
    model = MODELS.build(
        {
            'type': 'TopdownPoseEstimator',
            'data_preprocessor': {'type': 'PoseDataPreprocessor'},
            'backbone': {'type': 'ViTHourglass', **TINY},
            'head': {
                'type': 'HeatmapHead',
                'in_channels': 16,
                'out_channels': 17,
                'deconv_out_channels': None,
                'loss': {'type': 'KeypointMSELoss'},
                'decoder': codec,
            },
        }
    )
    model.init_weights()
    batch = get_packed_inputs(2, input_size=(64, 64), heatmap_size=(16, 16), img_shape=(64, 64))
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    losses = []
    for _ in range(6):
        loss = model.forward(**model.data_preprocessor(batch, True), mode='loss')['loss_kpt']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert len(model.eval().forward(**model.data_preprocessor(batch), mode='predict')) == 2


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        ({'patch_size': 4}, 'patch_size must be a power of two from 8 on, got 4'),
        ({'patch_size': 24, 'img_size': 72}, 'patch_size must be .* got 24'),
        ({'img_size': 100}, 'divisible by patch_size=16'),
        ({'img_size': 16}, 'levels=2 is too many'),
        ({'hourglass_after': (1, 4)}, r'hourglass_after must .* depth 3 .* got \(1, 4\)'),
        ({'hourglass_after': (0, 3)}, 'hourglass_after'),
        ({'hourglass_after': (1, 2)}, 'hourglass_after .*never be trained'),
        ({'hourglass_after': (2, 2, 3)}, 'hourglass_after'),
        ({'hourglass_after': ()}, 'hourglass_after'),
        ({'out_indices': (0,)}, 'include the last hourglass'),
        ({'out_indices': (3,)}, r'out_indices must lie in \[-3, 2\]'),
        ({'blur': {'type': 'Gauss'}}, 'blur must be'),
        ({'arch': 'big'}, 'arch must be'),
    ],
)
def test_bad_input(kwargs, message):
    with pytest.raises(ValueError, match=message):
        ViTHourglass(**TINY | kwargs)


def test_input_is_checked():
    model = ViTHourglass(**TINY).eval()
    with pytest.raises(ValueError, match='divisible by patch_size=16, got 70 x 64'):
        model(torch.zeros(1, 3, 64, 70))
    with pytest.raises(ValueError, match='levels=2 is too many for maps of'):
        model(torch.zeros(1, 3, 16, 64))
