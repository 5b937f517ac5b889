"""UPerHead."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs

init_default_scope('mmpose')
K = 3
CODEC = {'type': 'GaussianHeatmap', 'input_size': (64, 64), 'heatmap_size': (16, 16)}
WIDTHS = (4, 6, 8, 10)


def head(**kwargs):
    torch.manual_seed(0)
    cfg = {
        'type': 'UPerHead',
        'in_channels': WIDTHS,
        'out_channels': K,
        'decoder': CODEC,
        'channels': 12,
    }
    model = MODELS.build(cfg | kwargs)
    model.init_weights()
    return model


def features(batch=2):
    torch.manual_seed(1)
    sizes = (16, 8, 4, 2)
    return tuple(torch.randn(batch, c, s, s) for c, s in zip(WIDTHS, sizes, strict=True))


def test_parameters_of_farl_with_29_landmarks():
    with torch.device('meta'):
        model = MODELS.build(
            {'type': 'UPerHead', 'in_channels': 768, 'out_channels': 29, 'decoder': CODEC}
        )
    assert sum(p.numel() for p in model.parameters()) == 67_870_493


@pytest.mark.parametrize('size', [(16, 16), (24, 20)])
def test_logits_have_the_size_of_the_targets(size):
    logits = head(decoder=CODEC | {'heatmap_size': size})(features())
    assert logits.shape == (2, K, size[1], size[0])


def bilinear(x, size):
    return F.interpolate(x, size, mode='bilinear', align_corners=False)


def conv(module, x):
    """Convolution, norm and ReLU of a module in evaluation mode."""
    bn, weight = module.bn, module.conv.weight
    x = F.conv2d(x, weight, padding=weight.shape[-1] // 2)
    return F.batch_norm(x, bn.running_mean, bn.running_var, bn.weight, bn.bias).clamp(min=0)


def test_equals_the_reference():
    """The layers one after another, as Xiao et al. draw them, with grids that divide the map."""
    model = head(bins=(1, 2)).eval()
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            torch.nn.init.uniform_(tensor, 0.1, 0.5)
    f4, f8, f16, f32 = features()
    pool = model.pooling
    one = conv(pool.projections[0], f32.mean((2, 3), keepdim=True)).expand(-1, -1, 2, 2)
    two = conv(pool.projections[1], f32)
    p32 = conv(pool.bottleneck, torch.cat([f32, one, two], 1))
    p16 = conv(model.laterals[2], f16) + bilinear(p32, 4)
    p8 = conv(model.laterals[1], f8) + bilinear(p16, 8)
    p4 = conv(model.laterals[0], f4) + bilinear(p8, 16)
    smooth = [conv(c, p) for c, p in zip(model.smooth, (p4, p8, p16), strict=True)]
    fused = conv(model.fusion, torch.cat([bilinear(p, 16) for p in (*smooth, p32)], 1))
    last = model.final_layer
    expected = F.conv2d(fused, last.weight, last.bias)
    torch.testing.assert_close(model(features()), expected, rtol=1e-4, atol=1e-4)


def test_losses_reach_every_parameter():
    model = head()
    samples = get_packed_inputs(
        2, num_keypoints=K, img_shape=(64, 64), input_size=(64, 64), heatmap_size=(16, 16)
    )['data_samples']
    for sample in samples:
        encoded = model.decoder.encode(torch.rand(1, K, 2).numpy() * 40 + 10)
        sample.gt_fields.heatmaps = torch.as_tensor(encoded['heatmaps'])
        labels = torch.as_tensor(encoded['keypoint_labels'])
        sample.gt_instance_labels.set_field(labels, 'keypoint_labels')
        sample.gt_instance_labels.set_field(torch.ones(1, K), 'keypoint_weights')
    losses = model.loss(features(), samples)
    assert set(losses) == {'loss_heatmap', 'loss_coordinate', 'acc_pose'}
    (losses['loss_heatmap'] + losses['loss_coordinate']).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


def test_dropout_drops_whole_channels_in_training_alone():
    model, feats = head(dropout=0.5), features()
    model.final_layer = torch.nn.Identity()
    model.fusion.act = torch.nn.Identity()
    empty = (model(feats) == 0).all(-1).all(-1)
    assert 0 < empty.sum() < empty.numel()
    assert not (model.eval()(feats) == 0).all(-1).all(-1).any()


def test_last_layer_starts_near_zero():
    model = head(channels=256)
    assert model.final_layer.weight.std().item() == pytest.approx(0.01, rel=0.1)
    assert not model.final_layer.bias.any()
    assert model.fusion.conv.weight.std() > 0.012


def test_decoder_without_coordinates():
    with pytest.raises(ValueError, match='decoder must be a codec'):
        head(decoder={**CODEC, 'type': 'MSRAHeatmap', 'sigma': 1})


@pytest.mark.parametrize('maps', [slice(3), slice(None, None, -1)])
def test_maps_of_another_number_or_width(maps):
    with pytest.raises(ValueError, match=r'in_channels=\(4, 6, 8, 10\) channels, got \('):
        head()(features()[maps])
