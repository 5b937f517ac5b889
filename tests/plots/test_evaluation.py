import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from fifa_mm.metrics import functional, report
from fifa_mm.plots import evaluation as plots

NMES = np.array([0.01, 0.02, 0.03, 0.05, 0.12])


@pytest.fixture
def axes():
    return Figure().subplots()


def test_ced_curve_is_the_distribution_and_its_legend_the_figures(axes):
    plots.plot_ced(axes, {'a': NMES, 'b': np.array([np.inf, 0.2])}, 0.07, 'box')
    x, y = axes.lines[0].get_data()
    np.testing.assert_allclose(y, 100 * functional.ced(NMES, x / 100))
    heights, widths = y[:-1] / 100, np.diff(x) / 100
    assert (heights * widths).sum() / 0.07 == pytest.approx(functional.ced_auc(NMES, 0.07))
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts[0] == 'a: NME 4.60, AUC 48.57, FR 20.00'
    assert texts[1] == 'b: NME inf, AUC 0.00, FR 100.00'
    assert axes.get_xlim() == pytest.approx((0, 7))
    assert 'box' in axes.get_xlabel()


def test_mean_face_forgets_where_and_how_large_the_faces_are():
    shape = np.random.default_rng(0).normal(size=(19, 2))
    faces = np.stack([shape * 3 + [100, 20], shape * 50 - 7])
    mean = plots.mean_face(faces)
    np.testing.assert_allclose(mean.mean(axis=0), 0, atol=1e-12)
    assert (mean**2).sum(axis=1).mean() == pytest.approx(1)
    centred = shape - shape.mean(axis=0)
    np.testing.assert_allclose(mean, centred / np.sqrt((centred**2).sum(axis=1).mean()))
    faces[0, 3] = np.nan
    np.testing.assert_allclose(
        np.delete(plots.mean_face(faces), 3, 0), np.delete(mean, 3, 0), atol=0.2
    )
    assert np.isfinite(plots.mean_face(faces)).all()


def test_landmark_errors_leave_out_unlabelled_and_failed_ones(axes):
    errors = np.array([[0.1, 0.2, np.nan], [0.3, np.inf, np.nan], [0.2, 0.4, 0.6]])
    plots.plot_landmark_errors(axes, np.eye(3, 2), errors, 'inter-ocular')
    np.testing.assert_allclose(axes.collections[0].get_array(), [20, 30, 60])
    assert '3 faces; 1 with failed predictions left out' in axes.get_title()
    assert axes.yaxis_inverted()


def test_landmark_errors_without_any_error(axes):
    plots.plot_landmark_errors(axes, np.eye(3, 2), np.zeros((2, 3)))
    assert np.isfinite(axes.collections[0].get_sizes()).all()


def test_bars_have_the_subsets_figures(axes):
    rows = report.subset_scores(range(5), NMES, {'blur': {0, 4}}, 0.1)
    worse = report.subset_scores(range(5), [np.inf, *NMES[1:]], {'blur': {0, 4}}, 0.1)
    plots.plot_subsets(axes, {'a': rows, 'b': worse})
    heights = [bar.get_height() for bar in axes.patches]
    np.testing.assert_allclose(heights, [4.6, 6.5, 0, 0])
    texts = [text.get_text() for text in axes.texts]
    assert texts == ['4.60', '6.50', 'inf', 'inf']
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ['full\n5', 'blur\n2']
    with pytest.raises(ValueError, match=r"same subsets .*, b has \['full'\]"):
        plots.plot_subsets(axes, {'a': rows, 'b': {'full': rows['full']}})


def test_worst_faces_are_the_failed_ones_then_by_error():
    np.testing.assert_array_equal(plots.worst_faces([0.1, 0.3, np.inf, 0.2], 3), [2, 1, 3])


def test_drawn_landmarks_lie_on_the_face(axes):
    """A white dot in the photograph is where its landmark is drawn, in the crop."""
    image = np.zeros((300, 400, 3), np.uint8)
    cv2.circle(image, (250, 120), 3, (255, 255, 255), -1)
    gt = np.array([[250.0, 120], [200, 100], [230, 160]])
    pred = np.array([[np.nan, 1], [200, 100], [240, 160]])
    plots.draw_face(axes, image, gt, pred)
    crop = axes.images[0].get_array()
    truth, prediction = (np.stack(line.get_data(), axis=1) for line in axes.lines)
    rows, columns = np.nonzero(np.asarray(crop)[..., 0] > 200)
    np.testing.assert_allclose(truth[0], [columns.mean(), rows.mean()], atol=0.6)
    assert prediction.shape == (2, 2)
    np.testing.assert_allclose(prediction[0], truth[1])
    plots.draw_face(axes, image, np.r_[gt, [[np.nan, np.nan]]], pred)
    np.testing.assert_allclose(np.stack(axes.lines[2].get_data(), axis=1), truth)
