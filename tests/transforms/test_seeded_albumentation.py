"""MMPose's Albumentation follows the seed and differs between workers."""

import numpy as np
import pytest
from mmengine.runner import set_random_seed
from mmpose.datasets.transforms import Albumentation
from mmpose.registry import TRANSFORMS
from torch.utils.data import DataLoader

from fifa_mm.transforms.seeded_albumentation import SeededAlbumentation

NOISE = {'type': 'Albumentation', 'transforms': [{'type': 'GaussNoise', 'p': 1.0}]}


def noisy(transform):
    return transform({'img': np.full((8, 8, 3), 128, np.uint8)})['img']


def test_it_stands_in_mmpose_s_place():
    assert type(TRANSFORMS.build(NOISE)) is SeededAlbumentation


def test_draws_follow_the_seed():
    one, other = TRANSFORMS.build(NOISE), TRANSFORMS.build(NOISE)
    set_random_seed(3)
    first = [noisy(one), noisy(one)]
    set_random_seed(3)
    again = [noisy(other), noisy(other)]
    np.testing.assert_array_equal(first, again)
    assert (first[0] != first[1]).any()


def test_mmpose_s_own_does_not():
    """When this fails the subclass can go."""
    draws = []
    for _ in range(2):
        set_random_seed(3)
        draws.append(noisy(Albumentation(NOISE['transforms'])))
    assert (draws[0] != draws[1]).any()


class Images:
    def __init__(self):
        self.transform = TRANSFORMS.build(NOISE)

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return noisy(self.transform)


def test_workers_draw_differently():
    def seed(worker):
        np.random.seed(worker)  # noqa: NPY002

    first, second = DataLoader(Images(), num_workers=2, worker_init_fn=seed)
    assert (first != second).any()


def test_operations_of_this_package_by_name():
    steps = [{'type': 'OneOf', 'p': 1, 'transforms': [{'type': 'RandomGray', 'p': 1}]}]
    transform = TRANSFORMS.build({'type': 'Albumentation', 'transforms': steps})
    blue = np.zeros((2, 2, 3), np.uint8)
    blue[..., 0] = 200
    gray = transform({'img': blue})['img']
    np.testing.assert_array_equal(gray, np.full((2, 2, 3), 23))  # luma 0.114 of blue


@pytest.mark.parametrize('share', [0.2, 0.8])
def test_share_of_the_images_that_are_changed(share):
    """Probabilities of two steps are drawn independently of each other."""
    steps = [{'type': 'InvertImg', 'p': share}, {'type': 'ToGray', 'p': share}]
    transform = TRANSFORMS.build({'type': 'Albumentation', 'transforms': steps})
    set_random_seed(0)
    image = np.zeros((2, 2, 3), np.uint8)
    image[..., 0] = 200
    kinds = [tuple(transform({'img': image.copy()})['img'][0, 0]) for _ in range(400)]
    counts = np.array([kinds.count(kind) for kind in sorted(set(kinds))]) / 400
    expected = [share**2, share * (1 - share), share * (1 - share), (1 - share) ** 2]
    np.testing.assert_allclose(sorted(counts), sorted(expected), atol=0.08)
