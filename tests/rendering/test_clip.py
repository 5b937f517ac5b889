import numpy as np
import pytest

from fifa_mm.rendering.clip import rendered_clip


@pytest.mark.parametrize('num_landmarks', [19, 68])
def test_a_face_moves_on_its_path(num_landmarks):
    frames, points = rendered_clip(51, 96, seed=1, num_landmarks=num_landmarks)
    assert frames.shape == (51, 96, 96, 3)
    assert frames.dtype == np.uint8
    assert points.shape == (51, num_landmarks, 2)
    moved = points.mean(1)
    # Half a round later the head is on the other side, 0.4 pictures away.
    np.testing.assert_allclose(moved[0] - moved[50], [0.4 * 96, 0], atol=6)
    assert np.linalg.norm(np.diff(moved, axis=0), axis=1).max() < 0.03 * 96  # no jumps


def test_the_same_seed_gives_the_same_clip():
    one, two, other = (rendered_clip(2, 48, seed=seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one.astype(int) - other).mean() > 5


def test_only_the_face_and_the_noise_change():
    frames, _ = rendered_clip(2, 96, face=0.2)
    corner = frames[:, :10, :10].astype(int)
    assert 0 < np.abs(corner[0] - corner[1]).mean() < 4
