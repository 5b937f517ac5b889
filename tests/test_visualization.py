"""Pictures show the points where they are."""

import numpy as np
import pytest
from mmpose.datasets.transforms import TopdownAffine

from fifa_mm import FiducialFocus
from fifa_mm.visualization import draw_predictions, draw_schedule, to_input


def test_to_input_inverts_the_crop():
    rng = np.random.default_rng(0)
    results = {
        'img': np.zeros((300, 200, 3), np.uint8),
        'bbox_center': np.array([[90.0, 140.0]], np.float32),
        'bbox_scale': np.array([[150.0, 120.0]], np.float32),
        'keypoints': rng.uniform(50, 180, (1, 9, 2)).astype(np.float32),
    }
    results = TopdownAffine(input_size=(128, 128), use_udp=False).transform(results)
    inside = to_input(results['keypoints'], results)
    np.testing.assert_allclose(inside, results['transformed_keypoints'], atol=0.01)


def test_predictions_beside_ground_truth():
    image = np.zeros((20, 30, 3), np.uint8)
    image[..., 0] = 255
    truth, prediction = np.array([[3.0, 4.0]]), np.array([[5.0, 6.0]])
    figure = draw_predictions([(image, truth, prediction)] * 3, columns=2)
    first, second, *_ = figure.axes
    np.testing.assert_array_equal(first.lines[0].get_xydata(), truth)
    np.testing.assert_array_equal(second.lines[0].get_xydata(), prediction)
    assert first.images[0].get_array()[0, 0].tolist() == [0, 0, 255]
    assert len(figure.axes) == 8


@pytest.mark.parametrize('order', ['shrink', 'grow'])
def test_schedule_has_a_picture_for_each_stage_and_the_end(order):
    focus = FiducialFocus(patch_size=2, interval=[1, 3], order=order)
    image = np.full((20, 20, 3), 255, np.uint8)
    figure = draw_schedule(image, np.array([[10.0, 10.0]]), focus)
    painted = [int((axis.images[0].get_array() == 0).all(axis=2).sum()) for axis in figure.axes]
    assert painted == ([4, 1, 0] if order == 'shrink' else [1, 4, 0])
    titles = [axis.get_title().splitlines()[0] for axis in figure.axes]
    assert titles == ['epoch 1', 'epoch 2-4', 'epoch 5 on']
