import numpy as np
import pytest
import torch
from torch import nn

from fifa_mm.plots.saliency import Peaks, draw_saliency, grad_cam


class Head(nn.Module):
    """Two maps of the two channels of a feature map."""

    def __init__(self, weights):
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 1, bias=False)
        self.conv.weight.data = torch.tensor(weights)[..., None, None]

    def forward(self, features):
        return self.conv(features[-1])


class Model(nn.Module):
    """The first two channels of an image are its features."""

    def __init__(self, weights):
        super().__init__()
        self.head = Head(weights)

    def extract_feat(self, images):
        return (images[:, :2],)


@pytest.fixture
def images():
    images = torch.zeros(2, 3, 8, 6)
    images[0, 0, 2, 3] = 2  # what raises the maps
    images[1, 0, 7, 0] = 1
    images[:, 1] = 0.5
    return images


def test_the_place_that_raises_the_maps_is_found(images):
    pytest.importorskip('captum')
    found = grad_cam(Model(((1.0, 0.0), (1.0, 0.0))), images)
    assert found.shape == (2, 8, 6)
    expected = np.zeros((2, 8, 6))
    expected[0, 2, 3] = expected[1, 7, 0] = 1
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_what_lowers_the_maps_is_left_out(images):
    pytest.importorskip('captum')
    assert not grad_cam(Model(((-1.0, -1.0), (-1.0, -1.0))), images).any()


def test_it_is_the_formula_of_the_paper(images):
    """Maps weighted by the mean of their gradient, and what is positive of the sum."""
    pytest.importorskip('captum')
    torch.manual_seed(0)
    images = torch.randn(2, 3, 8, 6)
    built = Model(torch.randn(2, 2).tolist())
    features = images[:, :2].clone().requires_grad_()
    score = built.head((features,)).flatten(2).amax(2).sum()
    (gradient,) = torch.autograd.grad(score, features)
    expected = (gradient.mean((2, 3), keepdim=True) * features).sum(1).relu().detach()
    expected = expected / expected.amax((1, 2), keepdim=True)
    np.testing.assert_allclose(grad_cam(built, images), expected, atol=1e-6)


def test_networks_without_maps(images):
    built = Model(((1.0, 0.0), (1.0, 0.0)))
    built.head.forward = lambda features: features[-1].mean((2, 3))
    with pytest.raises(ValueError, match='makes a map a landmark, Head does not'):
        Peaks(built)(images)
    built.extract_feat = lambda images: ((images, images),)
    with pytest.raises(ValueError, match='needs a last feature map, Head takes several'):
        Peaks(built)(images)


def test_patches_first_then_a_row_for_each_network():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    maps = {name: rng.uniform(size=(3, 8, 8)) for name in ('plain', 'FiFA')}
    figure = draw_saliency(255 - images, images, maps)
    assert len(figure.axes) == 9
    assert [axes.get_ylabel() for axes in figure.axes[::3]] == ['patches', 'plain', 'FiFA']
    patches, plain = figure.axes[1], figure.axes[4]
    np.testing.assert_array_equal(patches.images[0].get_array(), 255 - images[1, ..., ::-1])
    np.testing.assert_array_equal(plain.images[0].get_array(), images[1, ..., ::-1])
    np.testing.assert_array_equal(plain.images[1].get_array(), maps['plain'][1])
