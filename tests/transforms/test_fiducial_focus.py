"""The MMPose transform."""

import numpy as np
import pytest
from mmpose.registry import TRANSFORMS

from fifa_mm import FiducialFocus
from fifa_mm.focus.epoch import EPOCH
from fifa_mm.focus.painting import paint_patches


@pytest.fixture
def sample():
    rng = np.random.default_rng(3)
    keypoints = rng.uniform(10, 50, (1, 6, 2)).astype(np.float32)
    return {
        'img': rng.integers(1, 256, (64, 64, 3), dtype=np.uint8),
        'transformed_keypoints': keypoints,
        'keypoints': keypoints + 500,
        'keypoints_visible': np.array([[1, 1, 0, 1, 2, 1]], np.float32),
        'sample_idx': 7,
        'bbox': np.zeros((1, 4)),
    }


@pytest.fixture
def _epoch_0():
    EPOCH.set(0, seed=5)


def test_paints_as_the_function_does_and_changes_only_the_image(sample):
    before = {key: np.copy(value) for key, value in sample.items()}
    image = sample['img']
    result = FiducialFocus(epoch=0).transform(sample)
    expected = paint_patches(image, before['transformed_keypoints'], 5, before['keypoints_visible'])
    np.testing.assert_array_equal(result['img'], expected)
    np.testing.assert_array_equal(image, before['img'])
    assert list(result) == list(before)
    for key in set(before) - {'img'}:
        np.testing.assert_array_equal(result[key], before[key])


def test_keypoints_where_nothing_was_transformed(sample):
    sample['keypoints'] = sample.pop('transformed_keypoints')
    assert (FiducialFocus(epoch=0).transform(sample)['img'] == 0).any()


def test_visibility_with_weights_in_the_last_axis(sample):
    plain = FiducialFocus(epoch=0).transform({**sample})['img']
    sample['keypoints_visible'] = np.stack([sample['keypoints_visible'], np.ones((1, 6))], -1)
    np.testing.assert_array_equal(FiducialFocus(epoch=0).transform(sample)['img'], plain)


@pytest.mark.usefixtures('_epoch_0')
def test_follows_the_shared_epoch(sample):
    focus = FiducialFocus(patch_size=2, interval=1)
    dark = []
    for epoch in range(4):
        EPOCH.set(epoch)
        dark.append((focus.transform({**sample})['img'] == 0).all(axis=2).sum())
    assert dark[0] > dark[1] > dark[2] == dark[3] == 0


def test_unknown_epoch_says_what_to_add(sample):
    with pytest.raises(RuntimeError, match=r"dict\(type='fifa_mm.EpochSampler'\)"):
        FiducialFocus().transform(sample)


def test_two_views(sample):
    image = sample['img']
    clean, painted = FiducialFocus(views=2, epoch=0).transform({**sample})['img']
    np.testing.assert_array_equal(clean, image)
    single = FiducialFocus(epoch=0).transform({**sample})['img']
    np.testing.assert_array_equal(painted, single)


def test_one_view_once_the_patches_are_gone(sample):
    image = sample['img']
    for epoch in (25, 100):
        result = FiducialFocus(views=2, epoch=epoch).transform({**sample})['img']
        np.testing.assert_array_equal(result, image)


@pytest.mark.parametrize('prob', [0, 0.5])
def test_every_sample_of_an_epoch_with_patches_has_two_views(sample, prob):
    focus = FiducialFocus(views=2, prob=prob, epoch=24)
    views = [focus.transform({**sample, 'sample_idx': i})['img'] for i in range(40)]
    assert all(len(pair) == 2 for pair in views)
    painted = np.mean([(clean != second).any() for clean, second in views])
    assert (painted == 0) if prob == 0 else (0.2 < painted < 0.8)


def test_the_first_of_two_independent_views_stays_clean(sample):
    image, focus = sample['img'], FiducialFocus(epoch=0)
    np.testing.assert_array_equal(focus.transform({**sample, 'view': 0})['img'], image)
    assert (focus.transform({**sample, 'view': 1})['img'] == 0).any()


class Speckle:
    """Adds noise from the sample's generator, as a standard augmentation does."""

    def __call__(self, results):
        from fifa_mm.focus.epoch import sample_generator

        rng = sample_generator(results, 'Speckle', epoch=0)
        noise = rng.integers(0, 9, results['img'].shape, dtype=np.uint8)
        return {**results, 'img': results['img'] // 2 + noise}


def test_views_after_the_patches(sample):
    options = {'views': 2, 'augment': [Speckle()]}
    clean, painted = FiducialFocus(**options, epoch=0).transform({**sample})['img']
    outside = (painted != 0).any(axis=2)
    np.testing.assert_array_equal(clean[outside], painted[outside])
    one = FiducialFocus(**options, epoch=25).transform({**sample})['img']
    focus = FiducialFocus(**options, after='independent', epoch=25)
    first, second = focus.transform({**sample})['img']
    np.testing.assert_array_equal(first, one)
    assert (first != second).mean() > 0.5
    np.testing.assert_array_equal(focus.transform({**sample})['img'][1], second)


@pytest.mark.usefixtures('_epoch_0')
@pytest.mark.parametrize('options', [{'order': 'random'}, {'fill': 'noise'}, {'prob': 0.5}])
def test_draws_replay_from_seed_epoch_and_index(sample, options):
    focus = FiducialFocus(patch_size=9, **options)

    def images(seed, epoch):
        EPOCH.set(epoch, seed)
        samples = ({**sample, 'sample_idx': index} for index in range(12))
        return np.stack([focus.transform(s)['img'] for s in samples])

    first = images(1, 0)
    np.testing.assert_array_equal(images(1, 0), first)
    assert (images(2, 0) != first).any()
    assert (images(1, 1) != first).any()
    assert len({image.tobytes() for image in first}) > 1


def test_probability(sample):
    focus = FiducialFocus(prob=0.25, epoch=0)
    samples = ({**sample, 'sample_idx': index} for index in range(400))
    painted = [(focus.transform(s)['img'] == 0).any() for s in samples]
    assert 0.19 < np.mean(painted) < 0.31


def test_reference_size_scales_the_side(sample):
    half = FiducialFocus(patch_size=6, reference_size=128, epoch=0).transform({**sample})['img']
    np.testing.assert_array_equal(half, FiducialFocus(3, epoch=0).transform(sample)['img'])


def test_registered_under_both_names():
    assert (
        TRANSFORMS.get('FiducialFocus') is TRANSFORMS.get('fifa_mm.FiducialFocus') is FiducialFocus
    )


@pytest.mark.parametrize(
    ('arguments', 'named'),
    [
        ({'after': 'independent', 'views': 2}, 'augment'),
        ({'after': 'independent', 'augment': []}, 'views'),
    ],
)
def test_refuses_at_construction(arguments, named):
    with pytest.raises(ValueError, match=named):
        FiducialFocus(**arguments)


@pytest.mark.parametrize(
    ('change', 'named'),
    [
        ({'img': None}, 'img'),
        ({'img': np.zeros((8, 8), np.uint8)}, r'\(8, 8\)'),
        ({'img': np.zeros((8, 8, 4), np.uint8)}, r'\(8, 8, 4\)'),
        ({'transformed_keypoints': None, 'keypoints': None}, 'landmarks'),
        ({'transformed_keypoints': np.full((1, 6, 2), np.nan)}, 'finite'),
        ({'keypoints_visible': np.ones((1, 5))}, 'visible'),
    ],
)
def test_refuses_samples(sample, change, named):
    with pytest.raises(ValueError, match=named):
        FiducialFocus(epoch=0).transform({**sample, **change})


def test_refuses_views_of_unlike_sizes(sample):
    def halve_the_second(results):
        image = results['img']
        return {**results, 'img': image[::2] if results.get('view') else image}

    focus = FiducialFocus(views=2, after='independent', augment=[halve_the_second], epoch=25)
    with pytest.raises(ValueError, match=r'one size, got \(64, 64, 3\) and \(32, 64, 3\)'):
        focus.transform(sample)


def test_refuses_a_sample_without_image(sample):
    del sample['img']
    with pytest.raises(ValueError, match='`img`'):
        FiducialFocus(epoch=0).transform(sample)
