import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from torch.utils.data import DataLoader

from fifa_mm import DetectorBox, JitterBox
from fifa_mm.annotations import Annotations
from fifa_mm.transforms import evaluation_box
from fifa_mm.transforms.evaluation_box import jittered, match_detections, with_box


def results(face_id=7, **keys):
    return {'id': face_id, 'bbox': np.float32([[10, 20, 110, 220]]), **keys}


# jitter


def test_jitter_is_relative_to_the_box():
    class Fixed:
        def standard_normal(self, n):
            return np.array([1.0, -2.0, 1.0])

    center, size = jittered([60, 120], [100, 200], 0.05, np.log(2), Fixed())
    np.testing.assert_allclose(center, [65, 100])
    np.testing.assert_allclose(size, [200, 400])


def test_noise_has_the_stated_size_and_overlap():
    rng = np.random.default_rng(0)
    draws = [jittered([0, 0], [1, 1], 0.05, 0.1, rng) for _ in range(20000)]
    center, size = (np.array(part) for part in zip(*draws, strict=True))
    np.testing.assert_allclose(center.mean(axis=0), 0, atol=2e-3)
    np.testing.assert_allclose(center.std(axis=0), 0.05, rtol=0.03)
    np.testing.assert_allclose(np.log(size[:, 0]).std(), 0.1, rtol=0.03)
    np.testing.assert_array_equal(size[:, 0], size[:, 1])
    low = np.maximum(center - size / 2, -0.5)
    high = np.minimum(center + size / 2, 0.5)
    inter = (high - low).clip(0).prod(axis=1)
    iou = inter / (1 + size.prod(axis=1) - inter)
    assert iou.mean() == pytest.approx(0.80, abs=0.01)
    assert np.percentile(iou, 5) == pytest.approx(0.66, abs=0.01)


@given(st.integers(0, 1000), st.integers(0, 10**9), st.floats(0.1, 10), st.floats(-500, 500))
@settings(max_examples=30, deadline=None)
def test_noise_follows_the_box_and_depends_on_seed_and_face_only(seed, face_id, zoom, move):
    jitter = JitterBox(seed=seed)
    base = jitter(results(face_id))
    box = results()['bbox'] * np.float32(zoom) + np.float32(move)
    other = jitter({**results(face_id), 'bbox': box, 'sample_idx': 3})
    np.testing.assert_allclose(other['bbox_center'], base['bbox_center'] * zoom + move, atol=0.05)
    np.testing.assert_allclose(other['bbox_scale'], base['bbox_scale'] * zoom, atol=0.05)
    assert not np.array_equal(
        JitterBox(seed=seed + 1)(results(face_id))['bbox_center'], base['bbox_center']
    )
    assert not np.array_equal(jitter(results(face_id + 1))['bbox_center'], base['bbox_center'])


def test_no_noise_is_the_box_and_the_label_stays():
    after = JitterBox(0, 0)(results())
    np.testing.assert_array_equal(after['bbox_center'], [[60, 120]])
    np.testing.assert_array_equal(after['bbox_scale'], [[100, 200]])
    center, scale = np.float32([[5, 6]]), np.float32([[7, 7]])
    after = JitterBox()(results(bbox_center=center, bbox_scale=scale))
    np.testing.assert_array_equal(after['bbox'], results()['bbox'])
    assert np.abs(after['bbox_center'] - center).max() < 3
    np.testing.assert_array_equal([center, scale], [[[5, 6]], [[7, 7]]])


def wflw(folder, box, **options):
    folder = folder / 'samples' / 'wflw'
    dataset = {
        'type': 'WFLWDataset',
        'data_root': str(folder),
        'ann_file': 'test_wflw.json',
        'test_mode': True,
        'pipeline': [
            {'type': 'LoadImage'},
            {'type': 'GetBBoxCenterScale', 'padding': 1.25},
            {'type': 'TopdownAffine', 'input_size': (64, 64)},
            {'type': 'PackPoseInputs'},
        ],
    }
    init_default_scope('mmpose')
    return DATASETS.build(with_box(dataset, box, **options))


def crops(dataset, workers=0):
    loader = DataLoader(dataset, 1, num_workers=workers, collate_fn=pseudo_collate)
    samples = [batch['data_samples'][0] for batch in loader]
    return np.array([[s.input_center, s.input_scale] for s in samples]), samples


def test_stock_test_pipeline_with_jitter_in_any_worker(real_faces):
    stock, _ = crops(wflw(real_faces, 'label'))
    jitter, samples = crops(wflw(real_faces, 'jitter'))
    in_workers, _ = crops(wflw(real_faces, 'jitter'), workers=2)
    np.testing.assert_array_equal(jitter, in_workers)
    moved = np.abs(jitter[:, 0] - stock[:, 0]) / (stock[:, 1] / 1.25)
    assert 0 < moved.max() < 0.2
    assert not np.array_equal(jitter[:, 1], stock[:, 1])
    other, _ = crops(wflw(real_faces, 'jitter', seed=1))
    assert not np.array_equal(jitter, other)
    label = wflw(real_faces, 'label').get_data_info(0)
    np.testing.assert_array_equal(samples[0].gt_instances.keypoints, label['keypoints'])
    np.testing.assert_array_equal(samples[0].gt_instances.bboxes, label['bbox'])


# detections


def detections_of(annotations, grow=0.1):
    """A detection a tenth larger around the landmarks of every face."""
    found = []
    for face_id, face in annotations.faces.items():
        points = annotations.landmarks(face_id)[0]
        low, side = points.min(axis=0), np.ptp(points, axis=0)
        box = [*(low - grow / 2 * side), *(side * (1 + grow))]
        found.append({'image_id': face['image_id'], 'bbox': box, 'score': 0.9})
    return found


@pytest.fixture
def detector(real_faces, tmp_path):
    """Annotation file of four real faces on three photographs, their detections, a writer."""
    ann_file = str(real_faces / 'samples' / 'wflw' / 'test_wflw.json')

    def write(found):
        path = tmp_path / 'detections.json'
        path.write_text(json.dumps(found))
        return str(path)

    return ann_file, detections_of(Annotations.load(ann_file)), write


def test_each_face_is_cropped_by_its_detection(detector, real_faces):
    ann_file, found, write = detector
    far = {**found[0], 'bbox': [0, 0, 5, 5]}
    weak = {**found[1], 'score': 0.1}
    box_file = write([far, weak, *found[::-1], {**found[0], 'image_id': 'elsewhere'}])
    expected = {i: d['bbox'] for i, d in zip(Annotations.load(ann_file).faces, found, strict=True)}
    transform = DetectorBox(box_file, ann_file, scale=1.2, min_score=0.5)
    for face_id, (x, y, w, h) in expected.items():
        after = transform(results(face_id))
        np.testing.assert_allclose(after['bbox_center'], [[x + w / 2, y + h / 2]], rtol=1e-5)
        np.testing.assert_allclose(after['bbox_scale'], [[1.2 * w, 1.2 * h]], rtol=1e-4)
        np.testing.assert_array_equal(after['bbox'], results()['bbox'])
    centers, _ = crops(wflw(real_faces, box_file))
    x, y, w, h = found[0]['bbox']
    np.testing.assert_allclose(centers[0, 0], [x + w / 2, y + h / 2], rtol=1e-5)
    assert centers[0, 1, 0] == pytest.approx(1.25 * max(w, h), rel=1e-4)


def test_two_faces_of_one_photograph_get_different_detections(detector):
    ann_file, _, _ = detector
    annotations = Annotations.load(ann_file)
    ids = list(annotations.faces)
    for face in annotations.faces.values():
        face['image_id'] = 1
    boxes = [[0, 0, 10, 10], [4, 0, 14, 10]]
    for face_id, (x1, y1, x2, y2) in zip(ids, boxes * 2, strict=True):
        annotations.faces[face_id]['keypoints'] = [x1, y1, 1, x2, y2, 1]
    for face_id in ids[2:]:
        del annotations.faces[face_id]
    matched = match_detections(annotations, {1: [[4, 0, 13, 10], [3, 0, 12, 10]]}, 0.3)
    np.testing.assert_array_equal(matched[ids[0]], [3, 0, 12, 10])
    np.testing.assert_array_equal(matched[ids[1]], [4, 0, 13, 10])


def test_a_face_without_detection_is_an_error_or_counted(detector, monkeypatch):
    said = []
    monkeypatch.setattr(evaluation_box, 'print_log', lambda text, **kwargs: said.append(text))
    ann_file, found, write = detector
    with pytest.raises(ValueError, match=r'3 of 4 faces .* without one: 2 \(36_Football'):
        DetectorBox(write(found[1:]), ann_file)
    transform = DetectorBox(write(found[1:]), ann_file, missing='label')
    assert transform(results(2)).keys() == results().keys()
    assert said[0].startswith(f'{write(found[1:])}: 3 of 4 faces')
    assert "the other 1 are cropped by the label's box" in said[0]


def test_bad_detection_files(detector):
    ann_file, found, write = detector
    with pytest.raises(ValueError, match='must be a list of detections'):
        DetectorBox(write({'boxes': found}), ann_file)
    del found[2]['score']
    with pytest.raises(ValueError, match="detection 2 needs 'image_id', 'bbox' and 'score'"):
        DetectorBox(write(found), ann_file)
    for bbox in ([3, 4, 0, 5], [3, 4, 5], [3, 4, 5, float('inf')]):
        found[1]['bbox'] = bbox
        with pytest.raises(ValueError, match='bbox of detection 1 must be'):
            DetectorBox(write(found), ann_file)


def test_a_face_without_labels_has_no_detection(detector):
    annotations = Annotations.load(detector[0])
    annotations.faces[2]['keypoints'] = [0] * 3 * 98
    assert 2 not in match_detections(annotations, {2: [[0, 0, 1e4, 1e4]]}, 0)


def test_datasets_that_cannot_be_cropped_otherwise():
    with pytest.raises(
        ValueError, match="box='jitter' needs a dataset with pipeline, got Combined"
    ):
        with_box({'type': 'CombinedDataset', 'datasets': []}, 'jitter')
    with pytest.raises(ValueError, match='needs a dataset with ann_file, got SyntheticFaces'):
        with_box({'type': 'SyntheticFaces', 'pipeline': [1]}, 'boxes.json')
