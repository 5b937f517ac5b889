"""landmark_accuracy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmpose.evaluation.functional import keypoint_pck_accuracy

from fifa_mm.models.heads.accuracy import landmark_accuracy


def test_mean_over_the_landmarks_of_the_share_of_faces():
    target = torch.zeros(2, 3, 2)
    predicted = torch.zeros(2, 3, 2)
    predicted[0, 0] = torch.tensor([0.3, 0.4])
    predicted[1, 1] = predicted[0, 2] = 9
    weights = torch.tensor([[1.0, 1.0, 0.0], [2.0, 1.0, 0.0]])
    # The first landmark is found in both faces, the second in one, the third is nowhere labelled.
    assert landmark_accuracy(predicted, target, weights, 0.51) == 0.75
    assert landmark_accuracy(predicted, target, weights, 0.5) == 0.5  # 0.5 is not closer than 0.5


@given(seed=st.integers(0, 1000), batch=st.integers(1, 4), count=st.integers(1, 5))
def test_equals_mmpose(seed, batch, count):
    rng = np.random.default_rng(seed)
    predicted, target = rng.random((2, batch, count, 2), np.float32)
    weights = rng.integers(0, 2, (batch, count)).astype(np.float32)
    norm = np.ones((batch, 2), np.float32)
    _, expected, _ = keypoint_pck_accuracy(predicted, target, weights > 0, 0.3, norm)
    value = landmark_accuracy(*map(torch.as_tensor, (predicted, target, weights)), 0.3)
    assert value.item() == pytest.approx(expected, rel=1e-6)


def test_no_labels_nan_and_bfloat16():
    points, weights = torch.zeros(1, 2, 2), torch.ones(1, 2)
    assert landmark_accuracy(points, points, 0 * weights, 0.1) == 0
    assert landmark_accuracy(points * torch.nan, points, weights, 0.1) == 0
    assert landmark_accuracy(points.bfloat16(), points, weights, 0.1) == 1
