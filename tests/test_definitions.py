"""The definitions of 19, 29, 68 and 98 landmarks."""

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS

from fifa_mm.definitions import DEFINITIONS, facial_edges
from fifa_mm.models.heads.adnet_head import edge_membership

DATASET = {19: 'AFLWDataset', 29: 'COFWDataset', 68: 'Face300WDataset', 98: 'WFLWDataset'}


@pytest.mark.parametrize(
    ('count', 'edges', 'alone'),
    [(19, 6, {18}), (29, 7, {16, 17, 28}), (68, 9, set()), (98, 9, {96, 97})],
)
def test_known_counts_and_landmarks_on_no_edge(count, edges, alone):
    member = edge_membership(facial_edges(count), count)
    assert member.shape == (count, edges)
    assert set(np.flatnonzero(member.sum(1) == 0)) == alone
    assert set(np.unique(member)) == {0, 1}


def mmpose_definition(count):
    with DefaultScope.overwrite_default_scope('mmpose'):
        metainfo = DATASETS.get(DATASET[count]).METAINFO
    return parse_pose_metainfo(Config(metainfo).to_dict())


@pytest.mark.parametrize('count', sorted(DEFINITIONS))
def test_names_and_flips_are_those_of_mmpose(count):
    theirs = mmpose_definition(count)
    assert list(DEFINITIONS[count].flip) == theirs['flip_indices']
    assert DEFINITIONS[count].name.lower() == theirs['dataset_name']


@pytest.mark.parametrize('count', sorted(DEFINITIONS))
def test_mirrored_parts_are_parts(count):
    """Mirroring maps the edges, the eye corners and the pupils onto each other."""
    face = DEFINITIONS[count]
    edges = {frozenset(edge.landmarks) for edge in face.edges}
    assert {frozenset(face.flip[i] for i in edge) for edge in edges} == edges
    left, right = face.eye_corners
    assert face.flip[left] == right
    left, right = map(set, face.pupils)
    assert {face.flip[i] for i in left} == right


def test_own_edges():
    edges = facial_edges(3, [([0, 2], False), ([0, 1, 2], True)])
    np.testing.assert_array_equal(edge_membership(edges, 3), [[1, 1], [0, 1], [1, 1]])


@pytest.mark.parametrize(
    ('count', 'edges', 'message'),
    [
        (5, None, 'num_landmarks must be one of'),
        (5, [], 'at least one edge'),
        (5, [([0], False)], 'at least 2 different'),
        (5, [([0, 1, 0], True)], 'at least 2 different'),
        (5, [([0, 5], False)], 'landmarks 0 to 4'),
    ],
)
def test_bad_edges(count, edges, message):
    with pytest.raises(ValueError, match=message):
        facial_edges(count, edges)
