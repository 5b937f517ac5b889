import numpy as np
import pytest

from fifa_mm.plots.overlay import apart, draw_overlay


def test_distance_in_percent_over_labelled_landmarks():
    a = np.zeros((3, 2, 2))
    b = np.array([[[3.0, 4], [0, 0]], [[3, 4], [0, 0]], [[3, 4], [0, 0]]])
    visible = np.array([[1, 1], [1, 0], [0, 0]])
    found = apart(a, b, np.array([50.0, 50, 50]), visible)
    assert found[:2].tolist() == [pytest.approx(5), pytest.approx(10)]
    assert np.isnan(found[2])


def test_every_face_has_the_truth_and_both_runs():
    rng = np.random.default_rng(0)
    truth = rng.uniform(5, 25, (5, 4, 2))
    runs = {'plain': truth + 1, 'FiFA': truth - 2}
    images = rng.integers(0, 256, (5, 30, 30, 3), dtype=np.uint8)
    visible = np.ones((5, 4))
    visible[0, 3] = 0
    figure = draw_overlay(images, truth, visible, runs, np.arange(5.0))
    assert len(figure.axes) == 8
    first, second = figure.axes[:2]
    np.testing.assert_array_equal(first.images[0].get_array(), images[0, ..., ::-1])
    np.testing.assert_allclose(first.lines[0].get_xydata(), truth[0, :3])
    # Of each run a line from each landmark's truth, and the points.
    assert (len(first.lines), len(second.lines)) == (1 + 2 * (3 + 1), 1 + 2 * (4 + 1))
    np.testing.assert_allclose(second.lines[1].get_xydata(), [truth[1, 0], truth[1, 0] + 1])
    np.testing.assert_allclose(second.lines[-1].get_xydata(), truth[1] - 2)
    assert second.get_title() == '1.0 % apart'
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ['truth', 'plain', 'FiFA']
