"""SiamesePoseEstimator."""

import copy

import numpy as np
import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs

from fifa_mm.models.view_feature import last_of_the_largest

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


def two_views(batch=2):
    data = one_view(batch)
    return data | {'inputs': [torch.stack([x, 255 - x]) for x in data['inputs']]}


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
def test_losses_are_those_of_a_batch_of_both_views(name):
    # Without batch statistics the concatenated batch is two single ones.
    siamese, stock = build(name), build(name, 'TopdownPoseEstimator')
    data = two_views()
    values = losses(siamese.eval(), data)
    singles = []
    for view in (0, 1):
        single = {**data, 'inputs': [x[view] for x in data['inputs']]}
        singles.append(losses(stock.eval(), single))
    for key in singles[0]:
        if 'loss' in key:
            expected = singles[0][key] + singles[1][key]
            if name not in SIMCC_HEADS:  # their loss adds up over the batch
                expected = expected / 2
            torch.testing.assert_close(values[key], expected, rtol=1e-4, atol=1e-5)
    assert set(values) == set(singles[0]) | {'loss_view', 'view'}


@pytest.mark.parametrize('name', HEADS)
def test_one_view_trains_as_the_stock_estimator_does(name):
    siamese, stock = build(name).eval(), build(name, 'TopdownPoseEstimator').eval()
    ours, theirs = losses(siamese, one_view()), losses(stock, one_view())
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        torch.testing.assert_close(ours[key], value, rtol=0, atol=0)


def test_one_view_is_said_once(monkeypatch):
    said = []
    monkeypatch.setattr('fifa_mm.models.siamese.print_log', lambda *args: said.append(args[0]))
    model = build()
    losses(model, two_views())
    assert not said
    for _ in range(2):
        losses(model, one_view())
    assert said == [
        'SiamesePoseEstimator: one view of every image from here on, no loss between views'
    ]


def test_no_view_loss():
    values = losses(build(view_loss=None), two_views())
    assert set(values) == {'loss_heatmap', 'loss_coordinate', 'acc_pose'}


def seen_by_the_view_loss(model, data):
    """What the view loss is called with."""
    seen = []
    handle = model.view_loss.register_forward_pre_hook(lambda module, args: seen.append(args))
    losses(model, data)
    handle.remove()
    return seen[0]


def prepared(model, data):
    """Both views as the network sees them."""
    return model.data_preprocessor(data, True)['inputs']


@pytest.mark.parametrize('view_loss', ['DCCA', 'L1', {'type': 'SpatialCCA', 'dims': 2}])
def test_default_feature_is_what_the_last_layer_of_an_upsampling_head_reads(view_loss):
    model, data = build(view_loss=view_loss, view_ratio=None).eval(), two_views()
    maps = model.head.deconv_layers(model.backbone(prepared(model, data))[-1])
    assert maps.shape == (4, 8, 16, 16)
    clean, patched = seen_by_the_view_loss(model, data)
    torch.testing.assert_close(torch.cat([clean, patched]), maps)
    torch.testing.assert_close(
        losses(model, data)['loss_view'], model.view_loss(*maps.chunk(2)), rtol=1e-4, atol=1e-6
    )


def test_default_feature_is_the_last_of_the_largest_maps():
    pyramid = {'type': 'ResNet', 'depth': 18, 'out_indices': (1, 2, 3)}
    neck = {'type': 'FeatureMapProcessor', 'select_index': (2, 0, 1)}
    head = HEADS['heatmap'] | {'in_channels': 256, 'deconv_out_channels': None}
    head['decoder'] = GAUSSIAN | {'heatmap_size': (4, 4)}
    model = build(backbone=pyramid, neck=neck, head=head).eval()
    data = get_packed_inputs(
        2, num_keypoints=K, img_shape=(64, 64), input_size=(64, 64), heatmap_size=(4, 4)
    )
    data['inputs'] = [torch.stack([x, 255 - x]) for x in data['inputs']]
    clean, patched = seen_by_the_view_loss(model, data)
    maps = model.backbone(prepared(model, data))[0]
    assert maps.shape == (4, 128, 8, 8)
    torch.testing.assert_close(torch.cat([clean, patched]), maps)


def test_last_of_the_largest():
    small, large, other, vector = (
        torch.zeros(2, *s) for s in ((3, 4, 4), (3, 8, 8), (5, 8, 8), (7,))
    )
    assert last_of_the_largest(small) is small
    assert last_of_the_largest((large, [small, vector])) is large
    assert last_of_the_largest(((large, small), (small, large), other)) is other
    assert last_of_the_largest([vector]) is vector


def test_named_feature_is_the_input_of_a_submodule():
    model, data = build(view_feature='head.deconv_layers.3').eval(), two_views()
    maps = model.head.deconv_layers[:3](model.backbone(prepared(model, data))[-1])
    clean, patched = seen_by_the_view_loss(model, data)
    torch.testing.assert_close(torch.cat([clean, patched]), maps)


def test_feature_that_is_not_called_in_training():
    model = build(view_feature='data_preprocessor')
    with pytest.raises(ValueError, match="view_feature='data_preprocessor' was not called"):
        losses(model, two_views())


def lengths_at_the_feature(model, values):
    """Gradient lengths of the head's losses and of the view loss, as added, at the last map."""
    own = {key: value for key, value in values.items() if key not in ('loss_view', 'view')}
    feature = model.seen[-1]
    return [
        torch.autograd.grad(total, feature, retain_graph=True)[0].norm()
        for total in (model.parse_losses(own)[0], values['loss_view'])
    ]


@pytest.mark.parametrize('view_loss', ['DCCA', 'L2', {'type': 'SpatialCCA', 'dims': 2}])
@pytest.mark.parametrize('scale', [1, 1e-4])
def test_view_ratio_is_the_ratio_of_the_gradients(view_loss, scale):
    head = HEADS['heatmap'] | {'loss': {'type': 'KeypointMSELoss', 'loss_weight': scale}}
    model = build(head=head, view_loss=view_loss, view_ratio=0.25)
    model.seen = []
    model.head.final_layer.register_forward_pre_hook(lambda m, args: model.seen.append(args[0]))
    own, view = lengths_at_the_feature(model, losses(model, two_views()))
    assert (view / own).item() == pytest.approx(0.25, rel=1e-4)


def test_view_loss_as_it_is_without_a_ratio():
    values = losses(build(view_ratio=None), two_views())
    assert values['loss_view'] == values['view']
    assert not values['view'].requires_grad


def test_smoothing_starts_anew_in_an_epoch():
    hub = MessageHub.get_current_instance()
    model, data = build(), two_views()
    fresh = losses(model, data)['loss_view'].item()
    model.balance.lengths.copy_(torch.tensor([5.0, 1.0]))
    assert losses(model, data)['loss_view'].item() != pytest.approx(fresh)
    hub.update_info('epoch', 3)
    try:
        model.balance.lengths.copy_(torch.tensor([5.0, 1.0]))
        assert losses(model, data)['loss_view'].item() == pytest.approx(fresh, rel=1e-3)
    finally:
        hub.runtime_info.pop('epoch')


def independent_views(batch=4):
    """Two views with samples of their own, as IndependentViews packs them."""
    data = two_views(batch)
    points = torch.rand(2, batch, 1, K, 2, generator=torch.Generator().manual_seed(0)) * 63
    for i, sample in enumerate(data['data_samples']):
        second = copy.deepcopy(sample)
        for view, own in enumerate((sample, second)):
            own.gt_instances.transformed_keypoints = points[view, i].numpy()
            own.gt_instance_labels.keypoint_weights = torch.ones(1, K)
        second.gt_instance_labels.keypoint_weights[:, 0] = 0
        second.gt_fields.heatmaps = 1 - sample.gt_fields.heatmaps
        sample.second_view = second
    return data, points[:, :, 0]


def test_features_at_each_view_s_own_landmarks():
    data, points = independent_views()
    points[0, 1, 2] = torch.tensor([64.0, 3.0])  # outside
    data['data_samples'][1].gt_instances.transformed_keypoints[0, 2] = (64.0, 3.0)
    view_loss = {'type': 'LandmarkCCA', 'dims': 2}
    model = build(view_loss=view_loss).eval()
    maps = model.head.deconv_layers(model.backbone(prepared(model, data))[-1])
    *views, weights = seen_by_the_view_loss(model, data)
    for view, feature, xy in zip(views, maps.chunk(2), points, strict=True):
        assert view.shape == (4, K, 8)
        for i in range(4):
            at = (xy[i] + 0.5) / 4 - 0.5  # pixels of the 16 x 16 map
            for k in range(K):
                expected = bilinear(feature[i].detach().numpy(), *at[k].tolist())
                torch.testing.assert_close(view[i, k], torch.from_numpy(expected))
    expected = torch.ones(4, K)
    expected[:, 0] = 0
    expected[1, 2] = 0
    assert torch.equal(weights.float(), expected)


def bilinear(feature, x, y):
    """Bilinear sample of a NumPy map (C, H, W), 0 outside."""
    padded = np.pad(feature, ((0, 0), (1, 1), (1, 1)))
    x, y = x + 1, y + 1
    column, row = int(x), int(y)
    dx, dy = x - column, y - row
    rows = [padded[:, r, column] * (1 - dx) + padded[:, r, column + 1] * dx for r in (row, row + 1)]
    return (rows[0] * (1 - dy) + rows[1] * dy).astype(np.float32)


def test_the_second_view_has_its_own_targets():
    data, _ = independent_views()
    model, stock = build('heatmap').eval(), build('heatmap', 'TopdownPoseEstimator').eval()
    value = losses(model, data)['loss_kpt']
    samples = data['data_samples']
    views = [samples, [s.second_view for s in samples]]
    singles = [
        losses(stock, {'inputs': [x[i] for x in data['inputs']], 'data_samples': views[i]})
        for i in (0, 1)
    ]
    torch.testing.assert_close(value, (singles[0]['loss_kpt'] + singles[1]['loss_kpt']) / 2)
    assert singles[0]['loss_kpt'] != singles[1]['loss_kpt']


@pytest.mark.parametrize('name', HEATMAP_HEADS)
def test_outputs_are_the_last_layer_s(name):
    model, data = build(name, view_loss='OutputCorrelation').eval(), two_views()
    clean, patched, weights = seen_by_the_view_loss(model, data)
    maps = model.head.forward(model.backbone(prepared(model, data)))
    torch.testing.assert_close(torch.cat([clean, patched]), maps)
    labels = [s.gt_instance_labels.keypoint_weights for s in data['data_samples']]
    assert torch.equal(weights, torch.cat(labels))


@pytest.mark.parametrize(
    ('view_loss', 'name', 'message'),
    [
        ('LandmarkCCA', 'coordinate', r'`transformed_keypoints` .*`pack_transformed=True`'),
        ('OutputCorrelation', 'regression', r'heatmaps \(B, K, H, W\), the head gives \[2, 5, 2\]'),
        ('SpatialCCA', 'regression', r'maps \(B, C, H, W\), got features \[2, 512\]'),
        ({'type': 'DCCA', 'mode': 'cca'}, 'regression', 'at least 129 samples .* got 2'),
    ],
)
def test_batches_that_lack_what_the_view_loss_compares(view_loss, name, message):
    model = build(name, view_loss=view_loss)
    with pytest.raises(ValueError, match=message):
        losses(model, two_views())


def test_landmarks_without_maps():
    model = build('regression', view_loss='LandmarkCCA')
    with pytest.raises(ValueError, match=r'takes maps \(B, C, H, W\), got a feature \[8, 512\]'):
        losses(model, independent_views()[0])


def test_too_few_landmarks():
    model = build(view_loss='LandmarkCCA')
    with pytest.raises(ValueError, match=r'at least 17 labelled .* got 12 in a batch of 4 faces'):
        losses(model, independent_views()[0])


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


def test_half_a_batch_of_two_views():
    data = two_views()
    data['inputs'][1] = data['inputs'][1][0]
    with pytest.raises(ValueError, match=r'of every image.*\(2, 3, 64, 64\), \(3, 64, 64\)'):
        losses(build(), data)


def test_three_views():
    data = one_view()
    data['inputs'] = [torch.stack([x] * 3) for x in data['inputs']]
    with pytest.raises(ValueError, match=r'2 views .*\(3, 3, 64, 64\)'):
        losses(build(), data)
    model = build()
    with pytest.raises(ValueError, match='got 3 inputs for 2 images'):
        model.loss(torch.zeros(3, 3, 64, 64), one_view()['data_samples'])


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        ({'view_feature': 'neck'}, "got 'neck': the model has .*'backbone', 'head'"),
        ({'view_feature': 'head.logits'}, "got 'head.logits': head has .*'final_layer'"),
        ({'head': None}, 'needs a head'),
        ({'view_ratio': 0}, 'view_ratio must be a number above 0 or None, got 0'),
        ({'view_ratio': float('nan')}, 'view_ratio must be a number above 0 or None, got nan'),
        ({'view_loss': 'L3'}, 'view_loss must be one of'),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)
