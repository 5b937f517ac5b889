"""EdgeHeatmap."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmpose.datasets.transforms import GenerateTarget, PackPoseInputs
from scipy.interpolate import splev, splprep

from fifa_mm import EdgeHeatmap
from fifa_mm.codecs.edge_heatmap import draw_curve, edge_curve, landmark_normals, points_map

EDGES = [([0, 1, 2], False), ([2, 3, 4, 5], True)]
POINTS = np.array([[10, 20], [40, 30], [80, 60], [100, 40], [110, 80], [70, 100], [30.5, 90.2]])


def codec(**kwargs):
    args = {'input_size': (128, 128), 'heatmap_size': (32, 32), 'num_landmarks': 7, 'edges': EDGES}
    return EdgeHeatmap(**(args | kwargs))


def test_shapes_and_ranges():
    encoded = codec(input_size=(128, 96), heatmap_size=(32, 24)).encode(POINTS[None] * [1, 0.8])
    shapes = {key: value.shape for key, value in encoded.items()}
    assert shapes == {
        'heatmaps': (7, 24, 32),
        'edge_heatmaps': (2, 24, 32),
        'keypoint_labels': (1, 7, 2),
        'keypoint_normals': (1, 7, 2),
        'keypoint_weights': (1, 7),
        'edge_weights': (1, 2),
    }
    assert all(value.dtype == np.float32 for value in encoded.values())
    for key in ('heatmaps', 'edge_heatmaps'):
        assert encoded[key].min() >= 0
        assert 0.2 < encoded[key].max((1, 2)).min() <= encoded[key].max() <= 1


def test_point_maps_are_gaussians_of_the_input_reduced_by_opencv():
    y, x = np.mgrid[:96, :128]
    distance = (x - POINTS[:, 0, None, None]) ** 2 + (y - POINTS[:, 1, None, None]) ** 2
    large = np.exp(-distance / (2 * 1.5**2)).astype(np.float32)
    expected = np.stack([cv2.resize(m, (32, 24), interpolation=cv2.INTER_LINEAR) for m in large])
    result = points_map(POINTS, (128, 96), (32, 24), 1.5)
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_labels_are_one_at_the_outer_pixels_of_the_map():
    points = np.zeros((1, 7, 2))
    points[0, 0] = 1.5  # middle of the first 4 x 4 pixels
    points[0, 1] = 125.5
    points[0, 2] = 63.5
    labels = codec().encode(points)['keypoint_labels'][0]
    np.testing.assert_allclose(labels[:3], [[-1, -1], [1, 1], [0, 0]], atol=1e-6)


def test_round_trip_and_scores():
    encoded = codec().encode(POINTS[None])
    keypoints, scores = codec().decode(encoded['heatmaps'])
    assert keypoints.shape == (1, 7, 2)
    np.testing.assert_allclose(keypoints[0], POINTS, atol=0.4)
    np.testing.assert_allclose(scores[0], encoded['heatmaps'].max((1, 2)))
    confidence = torch.full((1, 7, 32, 32), 2.0)
    _, scores = codec().batch_decode(torch.as_tensor(encoded['heatmaps'])[None], confidence)
    assert (scores[0] == 1).all()


@settings(max_examples=25, deadline=None)
@given(st.floats(12, 116), st.floats(12, 116), st.sampled_from([(96, 24), (128, 32), (256, 64)]))
def test_round_trip_of_any_point(x, y, sizes):
    points = np.full((1, 7, 2), [x, y]) * sizes[0] / 128
    model = codec(input_size=sizes[:1] * 2, heatmap_size=sizes[1:] * 2)
    keypoints, _ = model.decode(model.encode(points)['heatmaps'])
    np.testing.assert_allclose(keypoints, points, atol=0.4)  # pixels of the input, a tenth of 4


def test_labels_have_a_gradient():
    maps = torch.rand(1, 7, 32, 32, dtype=torch.float64, requires_grad=True)
    codec().labels(maps).sum().backward()
    assert maps.grad.abs().max() > 0


@pytest.mark.parametrize('closed', [False, True])
def test_curve_is_scipys_interpolating_spline(closed):
    points = POINTS[:6]
    curve = edge_curve(points, closed)
    path = np.concatenate([points, points[:1]]) if closed else points
    tck, _ = splprep(path.T, s=0, per=closed)  # parametrised by chord length
    if closed:
        expected = np.stack(splev(np.linspace(0, 1, len(curve)), tck), -1)
        np.testing.assert_allclose(curve, expected, atol=0.05)
    distance = np.linalg.norm(curve[:, None] - path, axis=-1).min(0)
    assert distance.max() < 1
    assert np.linalg.norm(np.diff(curve, axis=0), axis=1).max() < 2.5


def test_curve_of_a_circle_and_of_a_line():
    angle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    circle = 50 * np.stack([np.cos(angle), np.sin(angle)], -1)
    radius = np.linalg.norm(edge_curve(circle, True), axis=1)
    np.testing.assert_allclose(radius, 50, atol=0.1)
    line = edge_curve(np.array([[0, 0], [10, 5], [40, 20.0]]), False)
    np.testing.assert_allclose(line[:, 0], 2 * line[:, 1], atol=1e-9)


@pytest.mark.parametrize('closed', [False, True])
@pytest.mark.parametrize(
    'points', [[[5, 5]] * 4, [[5, 5], [5, 5], [9, 5]], [[5, 5], [9, 5], [9, 5], [5, 5]]]
)
def test_repeated_landmarks(points, closed):
    curve = edge_curve(np.array(points, float), closed)
    assert np.isfinite(curve).all()
    assert ((curve >= 4.999) & (curve <= 9.001)).all()
    assert draw_curve(curve, (16, 16))[5, 5] > 100


def test_drawn_line():
    image = draw_curve(np.array([[4.0, 8], [20, 8]]), (32, 24))
    assert image.shape == (24, 32)
    assert (image[8, 5:20] > 200).all()
    assert not image[12:].any()
    assert draw_curve(np.array([[-1e9, 8], [1e9, 8]]), (32, 24))[8].all()


def test_normals_by_hand():
    points = np.array([[0, 0], [3, 4], [6, 0], [6, 9], [2, 2.0]])
    normals = landmark_normals(points, codec(num_landmarks=5, edges=[([0, 1, 2], False)]).edges)
    expected = [[-0.8, 0.6], [0, -1], [-0.8, -0.6], [0, 0], [0, 0]]
    np.testing.assert_allclose(normals, expected, atol=1e-12)
    closed = codec(num_landmarks=5, edges=[([0, 2, 3], True)]).edges
    normals = landmark_normals(points, closed)
    np.testing.assert_allclose(normals[2], np.sqrt([0.5, 0.5]) * [-1, 1])  # a right angle


def test_normals_of_a_straight_edge_and_of_a_shared_landmark():
    points = np.array([[0, 0], [1, 0], [3, 0], [1, 5.0]])
    straight, other = ([0, 1, 2], False), ([1, 3], False)
    edges = codec(num_landmarks=4, edges=[straight, other]).edges
    normals = landmark_normals(points, edges)
    np.testing.assert_allclose(normals[1], [-1, 0])
    assert not landmark_normals(points, edges[::-1])[1].any()


def test_unlabelled_landmarks():
    visible = np.ones((1, 7))
    visible[0, [1, 6]] = 0
    points = POINTS[None].copy()
    points[0, [1, 6]] = np.nan
    encoded = codec().encode(points, visible)
    assert all(np.isfinite(value).all() for value in encoded.values())
    assert not encoded['heatmaps'][[1, 6]].any()
    assert not encoded['edge_heatmaps'][0].any()
    np.testing.assert_array_equal(encoded['edge_weights'], [[0, 1]])
    np.testing.assert_array_equal(encoded['keypoint_weights'], visible)
    assert not encoded['keypoint_normals'][0, [0, 1, 6]].any()
    assert encoded['keypoint_normals'][0, 2:6].any(-1).all()


def test_landmarks_outside_are_clamped_to_the_border_and_keep_their_weight():
    outside, border = POINTS[None].copy(), POINTS[None].copy()
    outside[0, [0, 3, 6]] = [[-20, 20], [300, 40], [60, 1e4]]
    border[0, [0, 3, 6]] = [[0, 20], [127, 40], [60, 127]]
    encoded, expected = codec().encode(outside), codec().encode(border)
    for key, value in expected.items():
        np.testing.assert_array_equal(encoded[key], value, key)
    assert (encoded['keypoint_weights'] == 1).all()
    assert encoded['edge_weights'].all()
    assert encoded['edge_heatmaps'][0, :, 0].any()
    assert (encoded['heatmaps'].max((1, 2)) > 0.2).all()


def test_goes_through_mmposes_pipeline():
    config = {'type': 'EdgeHeatmap', 'input_size': (128, 128), 'heatmap_size': (32, 32)}
    config |= {'num_landmarks': 7, 'edges': EDGES}
    results = {
        'img': np.zeros((128, 128, 3), np.uint8),
        'transformed_keypoints': POINTS[None],
        'keypoints_visible': np.ones((1, 7)),
        'dataset_keypoint_weights': np.ones(7),
    }
    sample = PackPoseInputs()(GenerateTarget(encoder=config)(results))['data_samples']
    assert sample.gt_fields.heatmaps.shape == (7, 32, 32)
    assert sample.gt_fields.edge_heatmaps.shape == (2, 32, 32)
    labels = sample.gt_instance_labels
    assert labels.keypoint_normals.shape == labels.keypoint_labels.shape == (1, 7, 2)
    assert labels.edge_weights.shape == (1, 2)


def test_bad_input():
    with pytest.raises(ValueError, match='num_landmarks must be one of'):
        codec(edges=None)
    with pytest.raises(ValueError, match=r'\(1, 7, 2\), got shape \(2, 7, 2\)'):
        codec().encode(np.zeros((2, 7, 2)))
    points = POINTS[None].copy()
    points[0, 3] = np.inf
    with pytest.raises(ValueError, match=r'numbers \[3\] are not'):
        codec().encode(points)
