"""SLPTHead, its patches and its relation layers."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from mmpose.registry import DATASETS, MODELS
from mmpose.structures import PoseDataSample
from scipy.ndimage import map_coordinates

from fifa_mm import SLPTHead
from fifa_mm.focus.epoch import EPOCH
from fifa_mm.models.heads.mean_shape import load_mean_shape
from fifa_mm.models.heads.relation import RelationDecoder, patch_boxes, sample_patches

init_default_scope('mmpose')
CONFIGS = Path(__file__).resolve().parents[3] / 'configs'
CODEC = {'type': 'RegressionLabel', 'input_size': (64, 64)}
SMALL = {'channels': 16, 'num_layers': 2, 'num_heads': 2, 'feedforward_channels': 32}
K = 29


def head(**kwargs):
    torch.manual_seed(0)
    cfg = {'type': 'SLPTHead', 'in_channels': 8, 'num_joints': K, 'mean_shape': 'synthetic'}
    model = MODELS.build(cfg | SMALL | {'decoder': CODEC} | kwargs)
    model.init_weights()
    return model


def features(batch=2):
    torch.manual_seed(1)
    return (torch.randn(batch, 8, 16, 16),)


def targets(batch=2, weight=None, count=K):
    rng = np.random.default_rng(0)
    flip = [1, 0, *range(2, count)]
    samples = []
    for i in range(batch):
        sample = PoseDataSample(metainfo={'flip_indices': flip, 'input_size': (64, 64)})
        labels = torch.from_numpy(rng.uniform(0.2, 0.8, (1, count, 2)).astype(np.float32))
        weights = torch.ones(1, count) if weight is None else weight[i : i + 1]
        sample.gt_instance_labels = InstanceData(keypoint_labels=labels, keypoint_weights=weights)
        samples.append(sample)
    return samples


def config(name='slpt', count=29):
    cfg = Config.fromfile(CONFIGS / 'table7' / f'{name}.py')
    cfg.model.head.num_joints = count
    cfg.model.backbone.init_cfg = None
    return cfg


def count_parameters(model):
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(('count', 'published'), [(29, 13_159_052), (98, 13_194_380)])
def test_parameters_are_the_published_ones_less_a_layer_norm_never_called(count, published):
    with torch.device('meta'):
        model = MODELS.build(config(count=count).model)
    assert count_parameters(model) == published - 2 * 256


@pytest.mark.parametrize('half', [8 / 64, 4 / 64, 2 / 64])
def test_patches_are_bilinear_samples_from_edge_to_edge(half):
    rng = np.random.default_rng(0)
    feature = rng.normal(size=(2, 3, 12, 20))
    points = rng.uniform(-0.05, 1.05, (2, 4, 2))
    low, high = patch_boxes(torch.from_numpy(points), half)
    patches = sample_patches(torch.from_numpy(feature), low, high, 7).numpy()
    assert patches.shape == (2, 4, 3, 7, 7)
    for b, k, c in np.ndindex(2, 4, 3):
        x, y = np.linspace(
            np.clip(points[b, k] - half, 0, 1), np.clip(points[b, k] + half, 0, 1), 7
        ).T
        grid = np.meshgrid(y * 11, x * 19, indexing='ij')
        expected = map_coordinates(feature[b, c], grid, order=1, mode='nearest')
        np.testing.assert_allclose(patches[b, k, c], expected, atol=1e-12)


def test_patch_of_the_whole_map_is_the_map():
    feature = torch.randn(1, 2, 7, 7)
    low, high = torch.zeros(1, 1, 2), torch.ones(1, 1, 2)
    torch.testing.assert_close(sample_patches(feature, low, high, 7)[:, 0], feature)


def test_patches_of_half_precision_maps_are_placed_in_single_precision():
    feature = torch.arange(64.0).expand(1, 1, 64, 64).to(torch.bfloat16)
    low, high = patch_boxes(torch.full((1, 1, 2), 0.7), 2 / 64)
    patch = sample_patches(feature, low, high, 7)
    assert patch.dtype == torch.bfloat16
    expected = 63 * torch.linspace(0.7 - 2 / 64, 0.7 + 2 / 64, 7)
    torch.testing.assert_close(patch[0, 0, 0, 3].float(), expected, atol=0.126, rtol=0)


def test_landmarks_are_exchangeable_but_for_their_queries_and_encodings():
    torch.manual_seed(0)
    decoder = RelationDecoder(6, 2, 16, 2, 32, 0.1).eval()
    tokens, order = torch.randn(3, 6, 16), torch.randperm(6)
    outputs = decoder(tokens)
    assert outputs.shape == (2, 3, 6, 16)
    assert not torch.allclose(decoder(tokens[:, order]), outputs[:, :, order], atol=1e-3)
    decoder.queries.data, decoder.structure.data = (
        decoder.queries.data[order],
        decoder.structure.data[order],
    )
    torch.testing.assert_close(decoder(tokens[:, order]), outputs[:, :, order])


def test_every_landmark_sees_the_others():
    torch.manual_seed(0)
    decoder = RelationDecoder(6, 2, 16, 2, 32, 0.1).eval()
    tokens = torch.randn(1, 6, 16, requires_grad=True)
    decoder(tokens)[-1, 0, 0, 0].backward()
    assert (tokens.grad[0].abs().sum(-1) > 0).all()


def test_starts_at_the_mean_shape_and_halves_the_patches():
    model = head().eval()
    model.fc.weight.data.zero_()
    start = torch.tensor(load_mean_shape('synthetic', K) / 256, dtype=torch.float32)
    inside = ((start > 1 / 8) & (start < 7 / 8)).all(-1)
    for points in model.stages(features()):
        assert points.shape == (2, 2, K, 2)
        middle = start[inside].expand(2, 2, -1, -1)
        torch.testing.assert_close(points[:, :, inside], middle, atol=1e-6, rtol=0)
    model.fc.bias.data.copy_(torch.tensor([0.0, 1.0]))
    coordinates = [points[0, 0, inside] for points in model.stages(features())]
    torch.testing.assert_close(coordinates[0], start[inside] + torch.tensor([-1, 1]) / 8)
    step = coordinates[2] - coordinates[1]
    free = (step.abs() > 0).all(-1)
    assert free.any()
    torch.testing.assert_close(step[free], torch.tensor([-1, 1]).expand(free.sum(), 2) / 32)


@pytest.mark.parametrize('shape', [(16, 16), (8, 8), (12, 20)])
def test_any_map(shape):
    model = head(conv_channels=(12,)).eval()
    assert model((torch.randn(2, 8, *shape),)).shape == (2, K, 2)


def test_loss_is_the_nme_of_every_layer_weighted_by_stage():
    model, feats, batch = head().eval(), features(), targets()
    losses = model.loss(feats, batch)
    labels = torch.cat([s.gt_instance_labels.keypoint_labels for s in batch])
    ocular = (labels[:, 8] - labels[:, 9]).norm(dim=-1)
    for i, (points, weight) in enumerate(zip(model.stages(feats), (0.2, 0.3, 0.5), strict=True)):
        errors = [(layer - labels).norm(dim=-1).mean(-1) / ocular for layer in points]
        expected = weight * torch.stack(errors).mean()
        torch.testing.assert_close(losses[f'loss_stage{i + 1}'], expected)
    assert set(losses) == {'loss_stage1', 'loss_stage2', 'loss_stage3', 'acc_pose'}
    assert 'acc_pose' not in model.loss(feats, batch, {'compute_acc': False})


def test_unlabelled_landmarks_do_not_count():
    model, weight = head().eval(), torch.ones(2, K)
    weight[:, 3] = 0
    before = model.loss(features(), targets(weight=weight))
    moved = targets(weight=weight)
    for sample in moved:
        sample.gt_instance_labels.keypoint_labels[:, 3] = 5
    after = model.loss(features(), moved)
    assert before['loss_stage3'] == after['loss_stage3']


def test_gradients_reach_every_parameter():
    model, feats = head(conv_channels=(12,)), features()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):  # the first step moves what starts at exactly zero
        optimizer.zero_grad()
        sum(v for k, v in model.loss(feats, targets()).items() if 'loss' in k).backward()
        assert all(p.grad is not None for p in model.parameters())  # as DDP demands
        optimizer.step()
    still = {n for n, p in model.named_parameters() if not p.grad.abs().max() > 0}
    # The state starts at 0, whose normalisation is 0 times this weight.
    assert still == {'relation.layers.0.self_norm.weight'}


def test_landmarks_carry_no_gradient_from_stage_to_stage():
    model, (feature,) = head().eval(), features()
    stages = model.stages((feature.requires_grad_(),))
    third = torch.autograd.grad(stages[2].sum(), model.fc.bias)[0]
    torch.testing.assert_close(third, torch.full((2,), 2 * 2 * K / 16), rtol=0.1, atol=0)


def test_predictions_are_pixels():
    model, feats = head().eval(), features()
    with torch.no_grad():
        predictions = model.predict(feats, targets())
        expected = (64 * model(feats)).numpy()
    keypoints = np.concatenate([p.keypoints for p in predictions])
    np.testing.assert_allclose(keypoints, expected, rtol=1e-6)
    assert predictions[0].keypoint_scores.shape == (1, K)


def test_flip_test_averages_with_the_mirrored_prediction():
    model, batch = head().eval(), targets()
    feats, other = features(), (torch.randn(2, 8, 16, 16),)
    with torch.no_grad():
        plain = 64 * model(feats)
        flipped = 64 * model(other)[:, batch[0].metainfo['flip_indices']]
        flipped[..., 0] = 63 - flipped[..., 0]
        predictions = model.predict([feats, other], batch, {'flip_test': True})
    keypoints = np.concatenate([p.keypoints for p in predictions])
    np.testing.assert_allclose(keypoints, ((plain + flipped) / 2).numpy(), rtol=1e-5)


def test_checkpoint_holds_the_mean_shape():
    shape = np.random.default_rng(0).uniform(50, 200, (K, 2))
    other = head()
    other.load_state_dict(head(mean_shape=shape).state_dict())
    np.testing.assert_allclose(other.mean_shape * 256, shape, rtol=1e-6)


def test_points_are_computed_in_float32_under_autocast():
    model = head(patch_sizes=(1.0,), stage_weights=(1.0,)).eval()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        (landmarks,) = model.stages(features())  # of the whole image: the layer's own output
    assert landmarks.dtype == torch.float32
    assert not torch.equal(landmarks, landmarks.bfloat16().float())


def test_autocast():
    model = head()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = model.loss(features(), targets())
    assert all(v.dtype == torch.float32 for k, v in losses.items() if 'loss' in k)
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    assert model.fc.weight.grad.isfinite().all()


@pytest.mark.parametrize('loss', ['SmoothL1Loss', 'L1Loss', 'WingLoss'])
def test_losses_of_mmpose(loss):
    model = head(num_joints=5, mean_shape=np.full((5, 2), 128.0), loss={'type': loss})
    assert model.loss(features(), targets(count=5))['loss_stage1'].isfinite()


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        ({'mean_shape': np.zeros((28, 2))}, r'mean_shape must have shape \(29, 2\)'),
        ({'num_joints': 21}, 'loss must be given for num_joints=21'),
        ({'num_joints': 21, 'loss': {'type': 'L1Loss'}}, 'is there for .* landmarks, got 21'),
        ({'loss': {'type': 'NMELoss', 'eyes': (1,)}}, 'eyes must be two'),
    ],
)
def test_bad_arguments(kwargs, message):
    cfg = {'in_channels': 8, 'num_joints': K, 'mean_shape': 'synthetic'} | kwargs
    with pytest.raises(ValueError, match=message):
        SLPTHead(**cfg)


def test_labels_of_another_number_of_landmarks():
    with pytest.raises(ValueError, match='num_joints is 29'):
        head().loss(features(), targets(count=5))


def pipeline_batch(cfg, dataset, indices):
    """Samples of a dataset through a config's training pipeline."""
    cfg.train_dataloader.dataset = dataset | {'pipeline': cfg.train_dataloader.dataset.pipeline}
    built = DATASETS.build(cfg.train_dataloader.dataset)
    return pseudo_collate([built[i] for i in indices])


@pytest.mark.parametrize(  # the Siamese one goes through every part of the other
    'name', [pytest.param('slpt_fifa', marks=pytest.mark.slow), 'slpt_fifa_siamese']
)
def test_configs_train_and_predict(name):
    cfg = config(name)
    EPOCH.set(0)
    data = pipeline_batch(cfg, {'type': 'SyntheticFaces', 'num_landmarks': 29}, range(2))
    model = MODELS.build(cfg.model)
    losses = model(**model.data_preprocessor(data, True), mode='loss')
    total, _ = model.parse_losses(losses)
    total.backward()
    assert total.isfinite()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    assert ('loss_view' in losses) == (name == 'slpt_fifa_siamese')
    one_view = data | {'inputs': [x[0] if x.ndim == 4 else x for x in data['inputs']]}
    with torch.no_grad():
        predicted = model.eval().test_step(one_view)
    assert predicted[0].pred_instances.keypoints.shape == (1, 29, 2)
