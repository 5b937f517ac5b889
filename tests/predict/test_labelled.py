import numpy as np
import pytest
from mmengine.config import Config

from fifa_mm import SyntheticFaces
from fifa_mm.predict.labelled import load_faces, protocol_of


@pytest.fixture
def small(demo_config):
    config = Config.fromfile(demo_config)
    config.val_dataloader.dataset.num_samples = 6
    config.test_dataloader.dataset.num_samples = 6
    return config


def test_labels_are_in_pixels_of_the_crop(small):
    faces = load_faces(small, 'val', 100)
    assert faces.crops.shape == (6, 96, 96, 3)
    assert faces.protocol == 'inter-ocular'
    # The crop is 1.25 times the square around the landmarks.
    size = np.ptp(faces.keypoints, axis=1).max(1)
    np.testing.assert_allclose(size, 96 / 1.25, rtol=0.03)
    eyes = np.linalg.norm(faces.keypoints[:, 36] - faces.keypoints[:, 45], axis=1)
    np.testing.assert_allclose(faces.norm, eyes, rtol=1e-4)


def test_error_in_percent(small):
    faces = load_faces(small, 'val', 6)
    start = iter(range(0, 6, 4))

    def moved(crops):  # every landmark by a tenth of the eye distance
        i = next(start)
        shift = 0.1 * faces.norm[i : i + len(crops), None]
        points = faces.keypoints[i : i + len(crops)].copy()
        points[..., 0] += shift
        return points, None

    assert faces.error(moved, batch_size=4) == pytest.approx(10, rel=1e-3)


def test_faces_are_spread_over_the_data_and_wrappers_are_opened(small):
    dataset = small.val_dataloader.dataset
    small.train_dataloader.dataset = {'type': 'RepeatDataset', 'times': 2, 'dataset': dataset}
    two = load_faces(small, 'train', 2)
    all_faces = load_faces(small, 'val', 6)
    np.testing.assert_array_equal(two.crops, all_faces.crops[[0, 5]])
    assert isinstance(SyntheticFaces.METAINFO, dict)


def test_protocol(small):
    small.val_evaluator = [{'type': 'NME'}, {'type': 'FaceLandmarkMetric', 'protocol': 'diagonal'}]
    assert protocol_of(small, 19) == 'diagonal'
    small.val_evaluator = {'type': 'NME'}
    assert protocol_of(small, 68) == 'inter-ocular'
    assert protocol_of(small, 21) == 'landmark-box'
