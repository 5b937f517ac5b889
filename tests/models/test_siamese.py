"""SiamesePoseEstimator."""

import socket

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs

from fifa_mm.models.losses import VIEW_LOSSES
from fifa_mm.models.siamese import equal_everywhere

init_default_scope('mmpose')
K = 5
PREPROCESSOR = {
    'type': 'PoseDataPreprocessor',
    'mean': [123.675, 116.28, 103.53],
    'std': [58.395, 57.12, 57.375],
    'bgr_to_rgb': True,
}
GAUSSIAN = {'type': 'GaussianHeatmap', 'input_size': (64, 64), 'heatmap_size': (16, 16)}
SIMCC = {'type': 'SimCCLabel', 'input_size': (64, 64), 'sigma': 6.0, 'simcc_split_ratio': 2.0}
DECONV = {'in_channels': 512, 'out_channels': K, 'deconv_out_channels': (8, 8, 8)}
HEATMAP_HEADS = {
    'coordinate': {'type': 'HeatmapCoordinateHead', 'decoder': GAUSSIAN, **DECONV},
    'heatmap': {'type': 'HeatmapHead', 'decoder': GAUSSIAN, **DECONV},
}
REGRESSION = {
    'in_channels': 512,
    'num_joints': K,
    'decoder': {'type': 'RegressionLabel', 'input_size': (64, 64)},
}
REGRESSION_HEADS = {
    'regression': {'type': 'RegressionHead', **REGRESSION},
    'rle': {
        'type': 'RLEHead',
        'loss': {'type': 'RLELoss', 'use_target_weight': True},
        **REGRESSION,
    },
}
SIMCC_SIZE = {
    'in_channels': 512,
    'out_channels': K,
    'input_size': (64, 64),
    'in_featuremap_size': (2, 2),
    'decoder': SIMCC,
}
SIMCC_HEADS = {
    'simcc': {'type': 'SimCCHead', 'deconv_out_channels': None, **SIMCC_SIZE},
    'rtmcc': {
        'type': 'RTMCCHead',
        'final_layer_kernel_size': 1,
        **SIMCC_SIZE,
    },
}
HEADS = HEATMAP_HEADS | REGRESSION_HEADS | SIMCC_HEADS
POOLED = {'type': 'GlobalAveragePooling'}


def build(name='coordinate', model_type='SiamesePoseEstimator', seed=0, **kwargs):
    torch.manual_seed(seed)
    cfg = {
        'type': model_type,
        'data_preprocessor': PREPROCESSOR,
        'backbone': {'type': 'ResNet', 'depth': 18},
        'head': HEADS[name],
    }
    if name in REGRESSION_HEADS:
        cfg['neck'] = POOLED
    model = MODELS.build(cfg | kwargs)
    model.init_weights()
    return model


def one_view(batch=2):
    return get_packed_inputs(
        batch, num_keypoints=K, img_shape=(64, 64), input_size=(64, 64), heatmap_size=(16, 16)
    )


def two_views(batch=2, equal=False):
    data = one_view(batch)
    second = [x if equal else 255 - x for x in data['inputs']]
    return data | {'inputs': [torch.stack(v) for v in zip(data['inputs'], second, strict=True)]}


def losses(model, data):
    return model(**model.data_preprocessor(data, True), mode='loss')


@pytest.mark.parametrize('name', HEADS)
def test_trains_with_any_head(name):
    model = build(name)
    values = losses(model, two_views())
    total, _ = model.parse_losses(values)
    total.backward()
    assert total.isfinite()
    assert 'loss_view' in values
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)
    assert model.backbone.conv1.weight.grad.abs().max() > 0


@pytest.mark.parametrize('name', HEADS)
def test_predicts_one_view_like_the_stock_estimator(name):
    siamese, stock = build(name).eval(), build(name, 'TopdownPoseEstimator').eval()
    with torch.no_grad():
        ours, theirs = siamese.test_step(one_view()), stock.test_step(one_view())
    for a, b in zip(ours, theirs, strict=True):
        assert (a.pred_instances.keypoints == b.pred_instances.keypoints).all()


def test_batch_order_and_normalisation():
    data = two_views(batch=3)
    model, stock = build(), build(model_type='TopdownPoseEstimator')
    inputs = model.data_preprocessor(data, True)['inputs']
    assert inputs.shape == (6, 3, 64, 64)
    for view in (0, 1):
        single = {**data, 'inputs': [x[view] for x in data['inputs']]}
        expected = stock.data_preprocessor(single, True)['inputs']
        torch.testing.assert_close(inputs.chunk(2)[view], expected)
    assert data['inputs'][0].shape == (2, 3, 64, 64)
    tensor = {**data, 'inputs': torch.stack(data['inputs'])}
    torch.testing.assert_close(model.data_preprocessor(tensor, True)['inputs'], inputs)


@pytest.mark.parametrize('name', HEADS)
@pytest.mark.parametrize('weights', [(0.5, 0.5), (1, 0), (0.2, 0.7)])
def test_losses_are_weighted_sums_over_the_views(name, weights):
    # Without batch statistics the concatenated batch is two single ones.
    siamese, stock = build(name, view_weights=weights), build(name, 'TopdownPoseEstimator')
    data = two_views()
    values = losses(siamese.eval(), data)
    singles = []
    for view in (0, 1):
        single = {**data, 'inputs': [x[view] for x in data['inputs']]}
        singles.append(losses(stock.eval(), single))
    for key in singles[0]:
        if 'loss' in key:
            expected = weights[0] * singles[0][key] + weights[1] * singles[1][key]
            torch.testing.assert_close(values[key], expected, rtol=1e-4, atol=1e-5)
    assert set(values) == set(singles[0]) | {'loss_view'}


@pytest.mark.parametrize('view_loss', VIEW_LOSSES)
def test_view_loss_on_the_chosen_feature(view_loss):
    neck = {'type': 'FeatureMapProcessor', 'scale_factor': 2.0}
    head = HEADS['coordinate'] | {'deconv_out_channels': (8, 8)}
    head['deconv_kernel_sizes'] = (4, 4)
    data = two_views()
    values = {}
    for feature in ('backbone', 'neck', 'head'):
        chosen = {'view_feature': feature, 'view_loss': view_loss, 'view_ratio': None}
        model = build(neck=neck, head=head, **chosen).eval()
        inputs = model.data_preprocessor(data, True)['inputs']
        maps = model.backbone(inputs)
        maps = (maps if feature == 'backbone' else model.neck(maps))[-1]
        expected = model.view_loss(*maps.chunk(2))
        values[feature] = losses(model, data)['loss_view']
        torch.testing.assert_close(values[feature], expected)
    assert values['neck'] == values['head'] != values['backbone']


def test_pooled_feature():
    model = build(view_pool=1, view_loss='L1', view_ratio=None).eval()
    maps = model.backbone(model.data_preprocessor(two_views(), True)['inputs'])[-1]
    a, b = maps.mean((2, 3)).chunk(2)
    expected = (a - b).abs().mean()
    torch.testing.assert_close(losses(model, two_views())['loss_view'], expected)


@pytest.mark.parametrize('equal', [True, False])
@pytest.mark.parametrize('name', HEADS)
def test_view_ratio_is_a_share_of_the_heads_losses(name, equal):
    data = two_views(equal=equal)
    plain = losses(build(name, view_ratio=None).eval(), data)
    raw = plain.pop('loss_view')
    model = build(name, view_ratio=0.25).eval()
    values = losses(model, data)
    found = values.pop('loss_view')
    own, _ = model.parse_losses(values)
    torch.testing.assert_close(own, model.parse_losses(plain)[0])
    torch.testing.assert_close(found, 0.25 * own.detach().abs() * raw)
    if not equal:
        found.backward()
        assert model.backbone.conv1.weight.grad.abs().max() > 0
        assert all(p.grad is None for p in model.head.parameters())


def test_view_ratio_does_not_know_the_unit_of_the_heads_losses():
    shares = []
    for weight in (1, 1e-4):
        head = HEADS['heatmap'] | {'loss': {'type': 'KeypointMSELoss', 'loss_weight': weight}}
        values = losses(build(head=head).eval(), two_views())
        shares.append(values['loss_view'] / values['loss_kpt'])
    torch.testing.assert_close(*shares)
    assert -0.1 <= shares[0] < 0


@pytest.mark.parametrize('view_loss', ['DCCA', {'type': 'DCCA', 'mode': 'cca', 'max_dims': 2}])
def test_equal_views_cost_one_forward_and_the_view_loss_is_constant(view_loss):
    model = build(view_loss=view_loss, view_ratio=None)
    seen = []
    model.backbone.register_forward_pre_hook(lambda module, args: seen.append(len(args[0])))
    values = losses(model, two_views(equal=True))
    assert seen == [2]
    assert not values['loss_view'].requires_grad
    assert values['loss_view'].item() == pytest.approx(-1, abs=0.05)


@pytest.mark.parametrize('name', HEADS)
def test_equal_views_train_like_two_forwards(name, monkeypatch):
    gradients = []
    for shortcut in (True, False):
        model = build(name).eval()  # no dropout, no batch statistics
        if not shortcut:
            monkeypatch.setattr('fifa_mm.models.siamese.equal_everywhere', lambda a, b: False)
        model.parse_losses(losses(model, two_views(equal=True)))[0].backward()
        gradients.append({n: p.grad for n, p in model.named_parameters()})
    for key, gradient in gradients[0].items():
        scale = max(1, float(gradient.abs().max()))
        torch.testing.assert_close(gradients[1][key], gradient, rtol=1e-3, atol=2e-4 * scale)


def decide(rank, address, folder):
    """Process 0 has equal views, process 1 has not."""
    torch.set_num_threads(1)  # a forked process cannot use its parent's threads
    dist.init_process_group('gloo', rank=rank, world_size=2, init_method=address)
    zeros = torch.zeros(3)
    decisions = [equal_everywhere(zeros, zeros + rank), equal_everywhere(zeros, zeros)]
    torch.save(decisions, folder / f'{rank}.pt')
    dist.barrier()
    dist.destroy_process_group()


def test_processes_agree_on_whether_views_are_equal(tmp_path):
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        address = f'tcp://127.0.0.1:{s.getsockname()[1]}'
    mp.start_processes(decide, (address, tmp_path), nprocs=2, start_method='fork')
    assert [torch.load(tmp_path / f'{rank}.pt') for rank in range(2)] == 2 * [[False, True]]


def test_one_step_changes_the_weights():
    model = build()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = model.backbone.conv1.weight.clone()
    total, log = model.parse_losses(losses(model, two_views()))
    total.backward()
    optimizer.step()
    assert (model.backbone.conv1.weight != before).any()
    assert {'loss', 'loss_heatmap', 'loss_coordinate', 'loss_view', 'acc_pose'} <= set(log)


@pytest.mark.parametrize('source', ['TopdownPoseEstimator', 'SiamesePoseEstimator'])
def test_checkpoints_load_either_way(source, tmp_path):
    other = {'TopdownPoseEstimator', 'SiamesePoseEstimator'} - {source}
    giver, taker = build(model_type=source), build(model_type=other.pop(), seed=1)
    torch.save({'state_dict': giver.state_dict()}, tmp_path / 'checkpoint.pth')
    load_checkpoint(taker, str(tmp_path / 'checkpoint.pth'), strict=True)
    for key, value in giver.state_dict().items():
        assert key.split('.')[0] in ('backbone', 'neck', 'head')
        assert (taker.state_dict()[key] == value).all()


def test_one_view_into_the_siamese():
    with pytest.raises(ValueError, match=r'two views of each of 2 images, got 2 .*`views=2`'):
        losses(build(), one_view())


def test_three_views_into_the_siamese():
    data = one_view()
    data['inputs'] = [torch.stack([x] * 3) for x in data['inputs']]
    with pytest.raises(ValueError, match=r'\(3, 3, 64, 64\).*`views=2`'):
        losses(build(), data)


@pytest.mark.parametrize('bgr_to_rgb', [True, False])
def test_two_views_into_a_stock_model(bgr_to_rgb):
    preprocessor = PREPROCESSOR | {'bgr_to_rgb': bgr_to_rgb}
    model = build(model_type='TopdownPoseEstimator', data_preprocessor=preprocessor)
    with pytest.raises(ValueError, match=r'one view .*\(2, 3, 64, 64\).*`views=1`.*Siamese'):
        losses(model, two_views())


def test_other_errors_of_a_stock_preprocessor_stay():
    model = build(model_type='TopdownPoseEstimator')
    data = one_view()
    data['inputs'] = [x[:2] for x in data['inputs']]
    with pytest.raises(IndexError):
        losses(model, data)


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        ({'view_feature': 'logits'}, "view_feature must be one of .* got 'logits'"),
        ({'view_feature': 'neck'}, 'needs a neck'),
        ({'head': None}, 'needs a head'),
        ({'view_pool': 0}, 'view_pool must be at least 1'),
        ({'view_ratio': 0}, 'view_ratio must be above 0 or None, got 0'),
        ({'view_ratio': float('nan')}, 'view_ratio must be above 0 or None, got nan'),
        ({'view_weights': (1,)}, 'view_weights must be two numbers'),
        ({'view_weights': (1, -1)}, 'view_weights must be two numbers'),
        ({'view_loss': 'L3'}, 'view_loss must be one of'),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)
