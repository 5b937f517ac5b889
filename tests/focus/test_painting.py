"""How patches are painted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fifa_mm.focus.painting import paint_patches

WHITE = np.full((64, 48, 3), 255, np.uint8)
WHITE.setflags(write=False)


def painted_box(x, y, side, shape=(64, 48)):
    """Rows and columns of one patch by the definition, pixel by pixel."""
    columns = [c for c in range(shape[1]) if x - side / 2 <= c < x + side / 2]
    rows = [r for r in range(shape[0]) if y - side / 2 <= r < y + side / 2]
    return rows, columns


@pytest.mark.parametrize(
    ('x', 'n', 'first', 'last'), [(10.3, 4, 9, 12), (10.9, 5, 9, 13), (7, 1, 7, 7)]
)
def test_painted_columns(x, n, first, last):
    painted = paint_patches(WHITE, [[x, 20]], n)
    columns = np.flatnonzero((painted == 0).all(axis=(2,)).any(axis=0))
    assert (columns[0], columns[-1], len(columns)) == (first, last, n)


coordinates = st.floats(-20, 90, width=32)


@given(
    points=st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=6),
    side=st.integers(0, 9),
)
def test_equals_the_definition_pixel_by_pixel(points, side):
    expected = WHITE.copy()
    for x, y in points:
        rows, columns = painted_box(x, y, side)
        for row in rows:
            for column in columns:
                expected[row, column] = 0
    np.testing.assert_array_equal(paint_patches(WHITE, np.array(points), side), expected)


@given(x=st.floats(10, 30), y=st.floats(10, 50), side=st.integers(1, 9))
def test_interior_patch_has_side_squared_pixels(x, y, side):
    assert (paint_patches(WHITE, [[x, y]], side) == 0).all(axis=2).sum() == side**2


def test_patch_larger_than_the_image():
    assert not paint_patches(WHITE, [[24, 32]], 200).any()


def test_wholly_outside_paints_nothing():
    points = [[-9, 20], [20, 1e30], [-1e30, 5], [48 + 3, 5]]
    np.testing.assert_array_equal(paint_patches(WHITE, points, 5), WHITE)


def test_several_instances_and_unlabelled_landmarks():
    points = np.array([[[10, 10], [30, 10]], [[10, 40], [np.nan, 0]]])
    painted = paint_patches(WHITE, points, 3, visible=np.array([[1, 0], [2, 0]]))
    assert (painted == 0).all(axis=2).sum() == 18
    assert painted[10, 30].all()


def test_caller_keeps_its_image():
    image = np.random.default_rng(0).integers(1, 256, (40, 60, 3), dtype=np.uint8)
    crop = image[::2, ::-2]
    before = image.copy()
    painted = paint_patches(crop, [[10, 10]], 3)
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(painted[0], crop[0])
    assert not np.shares_memory(painted, image)
    assert not np.shares_memory(paint_patches(crop, [[10, 10]], 0), image)


def test_fills():
    image = np.zeros((20, 20, 3), np.float32)
    image[:10] = (0.2, 0.4, 0.6)
    assert paint_patches(image, [[5, 15]], 1, fill=0.5)[15, 5].tolist() == [0.5] * 3
    assert paint_patches(image, [[5, 15]], 1, fill=(1, 2, 3))[15, 5].tolist() == [1, 2, 3]
    np.testing.assert_allclose(
        paint_patches(image, [[5, 15]], 1, fill='mean')[15, 5], [0.1, 0.2, 0.3], rtol=1e-6
    )
    assert paint_patches(WHITE, [[5, 15]], 1, fill='mean')[15, 5].tolist() == [255] * 3


def test_noise_covers_the_patches_alone_and_replays():
    def noisy():
        return paint_patches(
            WHITE, [[20, 20], [21, 20]], 9, fill='noise', rng=np.random.default_rng(1)
        )

    outside = np.ones((64, 48), bool)
    outside[16:25, 16:26] = False
    assert (noisy()[outside] == 255).all()
    inside = noisy()[~outside]
    assert inside.min() < 20
    assert 100 < inside.mean() < 155
    np.testing.assert_array_equal(noisy(), noisy())


@pytest.mark.parametrize(
    ('arguments', 'named'),
    [
        ({'image': WHITE[..., 0]}, r'img.*\(64, 48\)'),
        ({'image': np.zeros((4, 4, 4), np.uint8)}, r'img.*\(4, 4, 4\)'),
        ({'image': [[0]]}, 'img.*list'),
        ({'keypoints': [[np.nan, 3]]}, 'landmark 0.*nan'),
        ({'keypoints': [[1, 1], [3, np.inf]]}, 'landmark 1.*inf'),
        ({'keypoints': [1, 2, 3]}, 'keypoints'),
        ({'visible': np.ones(3)}, r'visible.*\(1,\).*\(3,\)'),
        ({'side': -1}, 'side'),
        ({'fill': 'plaid'}, 'fill.*plaid'),
        ({'fill': (1, 2)}, 'fill'),
        ({'fill': 256}, 'fill.*255.*256'),
        ({'fill': (0, -1, 0)}, 'fill'),
        ({'fill': None}, 'fill'),
        ({'fill': np.nan}, 'fill.*nan'),
        ({'fill': 'noise'}, 'rng'),
    ],
)
def test_painting_refuses(arguments, named):
    with pytest.raises(ValueError, match=named):
        paint_patches(**{'image': WHITE, 'keypoints': [[5, 5]], 'side': 3, **arguments})
