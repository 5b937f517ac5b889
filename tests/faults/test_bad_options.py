"""Bad options of public classes: the exact message of each."""

import numpy as np
import pytest

import fifa_mm
from fifa_mm import RunReportHook
from fifa_mm.toolkits.albumentations import FiducialFocus as Albumentation

NAN, INF = float('nan'), float('inf')

POSITIVE = 'must be a number above 0'
SHARE = 'must be a number of at least 0 and below 1'
COUNT = 'must be an integer of at least 1'
FROM_0 = 'must be an integer of at least 0'
FLAG = 'must be one of True, False'
SIDES = 'must be a width and a height, integers of at least {}'
EYES = 'must be two landmarks or two lists of them, integers from 0'
FRACTION = '(a fraction, 0.1 is 10 %) must be a number above 0 and below 1'
ORDERS = "'shrink', 'grow', 'random', 'constant'"
FILL = "must be a finite number, a colour of three or one of ('mean', 'noise')"
PROTOCOLS = "'inter-ocular', 'inter-pupil', 'box', 'diagonal', 'landmark-box'"

CODEC = {'input_size': (64, 64), 'heatmap_size': (16, 16)}
LOCAL = CODEC | {'decoder': 'local'}
EDGES = CODEC | {'num_landmarks': 29}
DECODER = {'type': 'GaussianHeatmap', **CODEC}
SLPT = {'in_channels': 8, 'num_joints': 29, 'mean_shape': 'synthetic'}
UPER = {'in_channels': (8, 8), 'out_channels': 29, 'decoder': DECODER}
CROP = {'input_size': (64, 64)}
BOXES = {'box_file': 'boxes.json', 'ann_file': 'ann.json'}
TINY = {'arch': 'tiny', 'img_size': 64}

# Class, options that are good, the bad one, what it must be, and values that it is not.
RULES = [
    (fifa_mm.GaussianHeatmap, CODEC, 'sigma', POSITIVE, [0, NAN, INF, '1.5', None, True, [1]]),
    (fifa_mm.GaussianHeatmap, CODEC, 'radius', POSITIVE, [-5, NAN, '5']),
    (fifa_mm.GaussianHeatmap, CODEC, 'input_size', SIDES.format(1), [64, (64,), (64.5, 64), None]),
    (fifa_mm.GaussianHeatmap, CODEC, 'heatmap_size', SIDES.format(1), ['64', (0, 16), (NAN, 16)]),
    (fifa_mm.GaussianHeatmap, CODEC, 'peak', "must be one of 'unit', 'density'", ['Unit', None]),
    (
        fifa_mm.GaussianHeatmap,
        CODEC,
        'decoder',
        "must be one of 'centroid', 'local', 'argmax'",
        ['mean', 1],
    ),
    (fifa_mm.GaussianHeatmap, CODEC, 'subpixel', FLAG, ['no', 1, None]),
    (fifa_mm.GaussianHeatmap, CODEC, 'window', 'must be odd', [4]),
    (fifa_mm.GaussianHeatmap, CODEC, 'window', COUNT, [5.0, -1, '5']),
    (fifa_mm.GaussianHeatmap, LOCAL, 'temperature', f'{POSITIVE} or None', [NAN, 0, '10']),
    (fifa_mm.EdgeHeatmap, EDGES, 'sigma', POSITIVE, [0, NAN, '1.5']),
    (fifa_mm.EdgeHeatmap, EDGES, 'input_size', SIDES.format(2), [(64, 64, 3), 64]),
    (fifa_mm.EdgeHeatmap, EDGES, 'heatmap_size', SIDES.format(2), [(1, 16), (16.0, 16), 32]),
    (fifa_mm.EdgeHeatmap, EDGES, 'num_landmarks', COUNT, ['29', 0, 29.0]),
    (fifa_mm.DCCALoss, {}, 'mode', "must be one of 'correlation', 'cca'", ['pearson', None]),
    (fifa_mm.DCCALoss, {}, 'r', POSITIVE, [0, NAN, '1e-3']),
    (fifa_mm.DCCALoss, {}, 'dims', COUNT, [0, NAN, 64.0]),
    (fifa_mm.DCCALoss, {}, 'loss_weight', 'must be a number', [NAN, '1', None]),
    (fifa_mm.SpatialCCALoss, {}, 'dims', COUNT, [0, 2.5]),
    (fifa_mm.SpatialCCALoss, {}, 'r', POSITIVE, [NAN, -1]),
    (fifa_mm.LandmarkCCALoss, {}, 'dims', COUNT, ['32', None]),
    (fifa_mm.LandmarkCCALoss, {}, 'r', POSITIVE, [0, NAN]),
    (fifa_mm.LandmarkCCALoss, {}, 'loss_weight', 'must be a number', [True, NAN]),
    (fifa_mm.OutputCorrelationLoss, {}, 'sigmoid', FLAG, [1, 'yes']),
    (fifa_mm.OutputCorrelationLoss, {}, 'loss_weight', 'must be a number', ['1', INF]),
    (fifa_mm.StructuredHeatmapLoss, {}, 'eps', POSITIVE, [0, -1.0, NAN, '1']),
    (fifa_mm.StructuredHeatmapLoss, {}, 'alpha', 'must be a number of at least 0', [-1, NAN, INF]),
    (fifa_mm.StructuredHeatmapLoss, {}, 'knee', POSITIVE, [0, None]),
    (fifa_mm.StructuredHeatmapLoss, {}, 'loss_weight', 'must be a number', [NAN, '1']),
    (
        fifa_mm.IndependentViews,
        {},
        'transforms',
        'must be a list of one or more',
        [[], None, 'PackPoseInputs', {'type': 'PackPoseInputs'}],
    ),
    (fifa_mm.NMELoss, {}, 'eyes', EYES, [5, (0, []), (0, -1), (0, 1, 2), (0.5, 1), ('a', 'b')]),
    (fifa_mm.ADNet, {}, 'num_landmarks', COUNT, [0, '29', None]),
    (
        fifa_mm.ADNet,
        {'num_landmarks': 29},
        'channels',
        'must be an integer of at least 8 and a multiple of 8',
        [0, 12, '256', 16.0],
    ),
    (fifa_mm.ADNet, {'num_landmarks': 29}, 'stacks', COUNT, [0, 1.5]),
    (fifa_mm.ADNet, {'num_landmarks': 29}, 'depth', COUNT, [0]),
    (fifa_mm.ADNet, {'num_landmarks': 29}, 'num_edges', f'{COUNT} or None', [0, NAN]),
    (fifa_mm.FAN, {}, 'num_landmarks', COUNT, [None, 0]),
    (fifa_mm.FAN, {'num_landmarks': 68}, 'num_stacks', COUNT, [0, True]),
    (fifa_mm.FAN, {'num_landmarks': 68}, 'depth', COUNT, [0, NAN, '4']),
    (
        fifa_mm.FAN,
        {'num_landmarks': 68},
        'channels',
        'must be an integer of at least 16 and a multiple of 16',
        [20, 24, 0],
    ),
    (fifa_mm.PlainViT, TINY, 'drop_path', SHARE, [NAN, 1, '0.1']),
    (fifa_mm.PlainViT, TINY, 'patch_size', COUNT, [0, 16.0]),
    (fifa_mm.PlainViT, TINY, 'img_size', SIDES.format(1), [(64,), '512', (64, 64.5)]),
    (fifa_mm.PlainViT, TINY, 'final_norm', FLAG, ['yes', 0]),
    (fifa_mm.PlainViT, TINY, 'out_indices', 'must be a sequence of integers', [2, (), (0.5,)]),
    (fifa_mm.ViTHourglass, TINY, 'levels', COUNT, [0, 1.5]),
    (fifa_mm.ViTHourglass, TINY, 'hourglass_after', 'must be a sequence of integers', ['last', 3]),
    (
        fifa_mm.ViTHourglass,
        TINY,
        'channels',
        'must be an integer of at least 4 and a multiple of 4',
        [18, '16'],
    ),
    (fifa_mm.FeaturePyramid, {}, 'in_channels', COUNT, ['768', 0]),
    (
        fifa_mm.SLPTHead,
        SLPT,
        'patch_sizes',
        'must be a sequence of numbers above 0 and of at most 1',
        [(NAN, 0.1), 0.25, (0, 0.1), (0.25, 2)],
    ),
    (
        fifa_mm.SLPTHead,
        SLPT,
        'stage_weights',
        'must be 3 numbers of at least 0',
        [(1, 1), 1, (1, NAN, 1)],
    ),
    (fifa_mm.SLPTHead, SLPT, 'num_layers', COUNT, [0, NAN]),
    (
        fifa_mm.SLPTHead,
        SLPT,
        'channels',
        'must be an integer of at least 1 and a multiple of 8',
        [100, '256'],
    ),
    (fifa_mm.SLPTHead, SLPT, 'dropout', SHARE, [NAN, 1]),
    (fifa_mm.UPerHead, UPER, 'bins', 'must be a sequence of integers of at least 1', [6, (0,), ()]),
    (fifa_mm.UPerHead, UPER, 'in_channels', 'must be two or more integers', [(8,)]),
    (fifa_mm.UPerHead, UPER, 'dropout', SHARE, [NAN, 1]),
    (fifa_mm.SyntheticFaces, {}, 'num_landmarks', 'must be one of 19, 29, 68, 98', [5, '68']),
    (fifa_mm.SyntheticFaces, {}, 'num_samples', COUNT, [0, 1e3, None, True]),
    (
        fifa_mm.SyntheticFaces,
        {},
        'image_size',
        'must be an integer from 32 to 512',
        [31, 513, 64.0, (64, 64)],
    ),
    (fifa_mm.SyntheticFaces, {}, 'seed', FROM_0, [-1, NAN, None]),
    (fifa_mm.FaceLandmarkMetric, {}, 'protocol', f'must be one of {PROTOCOLS}', ['eyes', None]),
    (fifa_mm.FaceLandmarkMetric, {}, 'threshold', FRACTION, [NAN, 10, 0, '0.1', True]),
    (
        fifa_mm.FaceLandmarkMetric,
        {},
        'subsets',
        'must be a list of names or a dict of rules',
        ['pose', 5],
    ),
    (fifa_mm.FaceLandmarkMetric, {}, 'miscount', "must be one of 'error', 'report'", [None, 'no']),
    (fifa_mm.FiducialFocus, {}, 'patch_size', COUNT, [0, 2.5, '5', NAN, True]),
    (fifa_mm.FiducialFocus, {}, 'interval', COUNT, [0, NAN, 1.5, None]),
    (
        fifa_mm.FiducialFocus,
        {},
        'interval',
        'must be a sequence of integers of at least 1',
        [(1, 2, 3, 4, 0), 'abcde', [1.0] * 5],
    ),
    (fifa_mm.FiducialFocus, {}, 'order', f'must be one of {ORDERS}', ['sink', None]),
    (fifa_mm.FiducialFocus, {}, 'fill', FILL, ['red', NAN, (0, 0), None]),
    (fifa_mm.FiducialFocus, {}, 'reference_size', f'{POSITIVE} or None', [0, NAN, '512']),
    (fifa_mm.FiducialFocus, {}, 'views', 'must be an integer from 1 to 2', [0, 3, True, '2']),
    (fifa_mm.FiducialFocus, {}, 'after', "must be one of 'same', 'independent'", ['both', None]),
    (fifa_mm.FiducialFocus, {}, 'prob', 'must be a number from 0 to 1', [NAN, 1.5, '1', True]),
    (fifa_mm.FiducialFocus, {}, 'epoch', f'{FROM_0} or None', [-1, 0.5, '3']),
    (fifa_mm.StandardAugment, CROP, 'input_size', SIDES.format(1), [64, (64,), (64, 0), '64']),
    (fifa_mm.StandardAugment, CROP, 'scale_mu', 'must be a number above 0.1', [0.1, NAN]),
    (fifa_mm.StandardAugment, CROP, 'context', POSITIVE, [0, NAN, None]),
    (fifa_mm.StandardAugment, CROP, 'use_udp', FLAG, [1, 'yes']),
    (fifa_mm.StandardAugment, CROP, 'epoch', f'{FROM_0} or None', [-1, NAN]),
    (fifa_mm.JitterBox, {}, 'shift', SHARE, [NAN, 1, -0.1]),
    (fifa_mm.JitterBox, {}, 'scale', SHARE, ['0.1', 5]),
    (fifa_mm.JitterBox, {}, 'seed', FROM_0, [-1, 0.5, None]),
    (fifa_mm.DetectorBox, BOXES, 'missing', "must be one of 'error', 'label'", ['skip', None]),
    (fifa_mm.DetectorBox, BOXES, 'scale', POSITIVE, [0, NAN]),
    (fifa_mm.DetectorBox, BOXES, 'min_score', 'must be a number', [NAN, '0.5']),
    (Albumentation, {}, 'p', 'must be a number from 0 to 1', [NAN, 2, '1']),
    (Albumentation, {}, 'patch_size', COUNT, [0, '5']),
    (RunReportHook, {}, 'per_face', FLAG, ['yes', None]),
]
CASES = [(*rule[:4], value) for rule in RULES for value in rule[4]]


@pytest.mark.parametrize(
    ('cls', 'others', 'name', 'rule', 'value'),
    CASES,
    ids=[f'{cls.__name__}-{name}-{value}' for cls, _, name, _, value in CASES],
)
def test_option(cls, others, name, rule, value, says):
    with says(f'{name} {rule}, got {value!r}'):
        cls(**{**others, name: value})


@pytest.mark.parametrize('name', ['full', 'Full', ''])
def test_names_of_whole_sets_are_reserved(name, says):
    with says(f"subsets must have names of their own, 'full' is the whole set, got {name!r}"):
        fifa_mm.FaceLandmarkMetric(subsets={name: 'pose'})


@pytest.mark.parametrize('sigma', [np.float32(1.5), np.float64(2), 3])
def test_numbers_of_numpy_are_numbers(sigma):
    assert fifa_mm.GaussianHeatmap(**CODEC, sigma=sigma).sigma == sigma
