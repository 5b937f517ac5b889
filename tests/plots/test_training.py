"""Pictures show the points where they are."""

import numpy as np
import pytest

from fifa_mm import FiducialFocus
from fifa_mm.plots.training import draw_curves, draw_predictions, draw_schedule


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


def curve(*nmes):
    return {'curve': [{'epoch': i, 'NME': nme} for i, nme in enumerate(nmes, 1)]}


def test_curves():
    groups = {f'cell {i}': [curve(9.0, 4.004, 5.0), curve(8.0)] for i in range(15)}
    figure = draw_curves(groups)
    lines = figure.axes[0].lines
    assert lines[0].get_xydata().tolist() == [[1, 9.0], [2, 4.004], [3, 5.0]]
    colors = [line.get_color() for line in lines]
    assert colors[0::2] == colors[1::2]
    assert len(set(colors)) == 15
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(groups)
