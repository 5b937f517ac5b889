import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mmpose.evaluation.functional import keypoint_nme

from fifa_mm.metrics import functional as F

NMES = np.array([0.01, 0.02, 0.03, 0.05, 0.12])
errors = arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 0.5))


def faces(n=3, k=29, seed=0):
    return np.random.default_rng(seed).uniform(0, 200, (n, k, 2))


# known values


def test_failure_rate_and_auc_of_five_faces():
    assert F.failure_rate(NMES, 0.07) == 0.2
    assert F.failure_rate(NMES, 0.10) == 0.2
    assert F.ced_auc(NMES, 0.07) == pytest.approx(0.4857142857, abs=1e-10)
    assert F.ced_auc(NMES, 0.10) == pytest.approx(0.58, abs=1e-12)
    assert F.ced_auc(NMES, 0.07, 'farl') == pytest.approx(0.4872380952, abs=1e-10)
    assert F.ced_auc(NMES, 0.10, 'farl') == pytest.approx(0.5802666667, abs=1e-10)


def test_an_error_at_the_threshold_is_no_failure():
    assert F.failure_rate([0.1, 0.1000001], 0.1) == 0.5


def test_ced_is_the_share_of_faces_up_to_an_error():
    np.testing.assert_array_equal(F.ced(NMES, [0, 0.01, 0.04, 1]), [0, 0.2, 0.6, 1])


@pytest.mark.parametrize(
    ('k', 'protocol', 'left', 'right'),
    [
        (98, 'inter-ocular', [60], [72]),
        (68, 'inter-ocular', [36], [45]),
        (29, 'inter-ocular', [8], [9]),
        (19, 'inter-ocular', [6], [11]),
        (98, 'inter-pupil', [96], [97]),
        (68, 'inter-pupil', [36, 37, 38, 39, 40, 41], [42, 43, 44, 45, 46, 47]),
        (29, 'inter-pupil', [16], [17]),
        (19, 'inter-pupil', [7], [10]),
    ],
)
def test_eye_distance_uses_the_protocols_landmarks(k, protocol, left, right):
    gt = faces(k=k)
    gt[:, left], gt[:, right] = (10, 20), (40, 60)
    np.testing.assert_allclose(F.normalizer(gt, protocol), 50)


def test_box_protocols():
    gt = np.array([[[1, 1], [4, 1], [1, 13], [3, 5]]], float)
    assert F.normalizer(gt, 'landmark-box')[0] == 6
    assert F.normalizer(gt, 'landmark-box', visible=[[1, 1, 0, 1]])[0] == np.sqrt(3 * 4)
    assert F.normalizer(gt, 'box', [[0, 0, 4, 9]])[0] == 6
    assert F.normalizer(gt, 'diagonal', [[1, 2, 4, 6]])[0] == 5


# comparison with independent references


@given(arrays(np.float64, (4, 5, 2), elements=st.floats(-50, 50)), st.integers(0, 2**20 - 1))
@settings(max_examples=50, deadline=None)
def test_nme_equals_a_loop_and_mmpose(shift, bits):
    gt = faces(4, 5)
    norm = np.array([10.0, 20, 30, 40])
    visible = np.array([bits >> i & 1 for i in range(20)]).reshape(4, 5)
    visible[:, 0] = 1
    pred = gt + shift
    result = F.nme(pred, gt, norm, visible)
    for i in range(4):
        parts = [np.hypot(*(pred[i, k] - gt[i, k])) / norm[i] for k in range(5) if visible[i, k]]
        assert result[i] == pytest.approx(sum(parts) / len(parts))
        factor = np.full((1, 2), norm[i])
        mmpose = keypoint_nme(pred[i : i + 1], gt[i : i + 1], visible[i : i + 1] > 0, factor)
        assert result[i] == pytest.approx(mmpose)


@given(errors, st.sampled_from([0.07, 0.08, 0.1]))
@settings(max_examples=30, deadline=None)
def test_grid_auc_equals_simpsons_rule_written_out(nmes, threshold):
    x = np.arange(0, threshold + 1e-4, 1e-4)
    y = [np.count_nonzero(nmes <= value) / len(nmes) for value in x]
    n = len(x) if len(x) % 2 else len(x) - 1
    area = sum((x[i + 2] - x[i]) / 6 * (y[i] + 4 * y[i + 1] + y[i + 2]) for i in range(0, n - 2, 2))
    if n < len(
        x
    ):  # the last interval of an even number of points, by the parabola of the last three
        area += (x[-1] - x[-2]) * (5 * y[-1] + 8 * y[-2] - y[-3]) / 12
    assert F.ced_auc(nmes, threshold, 'farl') == pytest.approx(area / threshold, abs=1e-9)


@given(errors, st.floats(0.01, 0.5))
@settings(max_examples=50, deadline=None)
def test_exact_auc_is_the_limit_of_a_fine_sum(nmes, threshold):
    middle = (np.arange(20000) + 0.5) / 20000 * threshold
    assert F.ced_auc(nmes, threshold) == pytest.approx(F.ced(nmes, middle).mean(), abs=1e-4)
    assert 0 <= F.ced_auc(nmes, threshold) <= 1


@given(errors)
@settings(max_examples=30, deadline=None)
def test_grid_auc_is_within_two_steps_of_the_integral(nmes):
    assert F.ced_auc(nmes, 0.07, 'farl') == pytest.approx(F.ced_auc(nmes, 0.07), abs=3e-3)


# properties


@given(
    st.floats(0.01, 100), st.floats(-1e3, 1e3), st.sampled_from(['inter-ocular', 'landmark-box'])
)
@settings(max_examples=50, deadline=None)
def test_nme_ignores_scale_and_translation(scale, shift, protocol):
    gt, pred = faces(), faces(seed=1)
    before = F.nme(pred, gt, F.normalizer(gt, protocol))
    gt, pred = gt * scale + shift, pred * scale + shift
    np.testing.assert_allclose(F.nme(pred, gt, F.normalizer(gt, protocol)), before, rtol=1e-6)


@given(errors, st.floats(0.001, 0.5), st.floats(0.001, 0.5))
def test_failure_rate_falls_and_ced_rises_with_the_threshold(nmes, a, b):
    assume(a < b)
    assert F.failure_rate(nmes, a) >= F.failure_rate(nmes, b)
    assert F.ced(nmes, a) <= F.ced(nmes, b)
    assert F.failure_rate(nmes, a) == pytest.approx(1 - F.ced(nmes, a))


def test_exact_prediction_has_no_error_and_full_area():
    gt = faces()
    nmes = F.nme(gt, gt, F.normalizer(gt, 'inter-ocular'))
    assert not nmes.any()
    assert F.ced_auc(nmes, 0.1) == 1


def test_square_box_diagonal_is_root_two_longer():
    gt, box = faces(), [[5, 5, 105, 105]] * 3
    ratio = F.normalizer(gt, 'diagonal', box) / F.normalizer(gt, 'box', box)
    np.testing.assert_allclose(ratio, np.sqrt(2))


def test_inputs_are_left_alone():
    gt, pred, norm, visible = faces(), faces(seed=1), np.ones(3), np.ones((3, 29))
    copies = [a.copy() for a in (gt, pred, norm, visible)]
    F.nme(pred, gt, norm, visible)
    F.normalizer(gt, 'landmark-box', visible=visible)
    for before, after in zip(copies, (gt, pred, norm, visible), strict=True):
        np.testing.assert_array_equal(before, after)


# bad input


def test_nan_prediction_is_an_infinite_error_and_a_failure():
    gt = faces()
    pred = gt.copy()
    pred[1, 3, 0] = np.nan
    nmes = F.nme(pred, gt, np.ones(3))
    np.testing.assert_array_equal(nmes, [0, np.inf, 0])
    assert F.failure_rate(nmes, 0.1) == pytest.approx(1 / 3)
    assert F.ced_auc(nmes, 0.1) == pytest.approx(2 / 3)
    assert F.failure_rate([np.nan, 0], 0.1) == 0.5
    assert np.isinf(F.landmark_errors(pred, gt, np.ones(3))[1, 3])


def test_nan_prediction_of_an_unlabelled_landmark_does_not_count():
    gt = faces()
    pred, visible = gt.copy(), np.ones((3, 29))
    pred[1, 3], visible[1, 3] = np.nan, 0
    assert not F.nme(pred, gt, np.ones(3), visible).any()
    assert np.isnan(F.landmark_errors(pred, gt, np.ones(3), visible)[1, 3])


def test_zero_eye_distance_names_the_face():
    gt = faces()
    gt[2, 8] = gt[2, 9]
    with pytest.raises(ValueError, match=r'inter-ocular length must be positive, got 0.0.* face 2'):
        F.normalizer(gt, 'inter-ocular')


@pytest.mark.parametrize(
    ('call', 'message'),
    [
        (lambda: F.normalizer(faces(), 'ocular'), "protocol must be one of .* got 'ocular'"),
        (lambda: F.normalizer(faces(k=21), 'inter-ocular'), 'defined for .* got 21'),
        (lambda: F.normalizer(faces(), 'box'), "'box' needs bbox"),
        (lambda: F.normalizer(faces(), 'box', [[0, 0, 1]] * 3), r'bbox must have shape \(3, 4\)'),
        (lambda: F.normalizer(faces(), 'box', [[9, 9, 1, 1]] * 3), 'x1 < x2 .* 2 more of 3 faces'),
        (lambda: F.normalizer(faces(), 'inter-ocular', visible=np.eye(3, 29)), 'labelled eyes'),
        (lambda: F.nme(faces(k=28), faces(), np.ones(3)), r'pred must have the shape of gt'),
        (lambda: F.nme(faces(2), faces(), np.ones(3)), r'pred must have the shape of gt'),
        (lambda: F.nme(faces(), faces(), np.ones(2)), 'norm must have shape'),
        (lambda: F.landmark_errors(faces(), faces(), np.ones(2)), 'norm must have shape'),
        (lambda: F.nme(faces(), faces(), [1, 0, 1]), 'norm must be positive, got 0.0 for face 1'),
        (lambda: F.nme(faces(), faces() * np.nan, np.ones(3)), 'gt must be finite'),
        (lambda: F.nme(faces(), faces(), np.ones(3), np.zeros((3, 29))), 'no labelled landmark'),
        (lambda: F.nme(faces(0), faces(0), np.ones(0)), 'with faces and landmarks'),
        (lambda: F.failure_rate([], 0.1), 'non-empty'),
        (
            lambda: F.failure_rate(NMES, 10),
            'a number above 0 and below 1, got 10',
        ),
        (lambda: F.ced_auc(NMES, 0.1, 'hrnet'), "grid must be None .* 'farl', got 'hrnet'"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
