import json
import os
import pickle

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler
from mmengine.evaluator import DumpResults, Evaluator
from mmengine.logging import MessageHub, MMLogger
from mmengine.model import BaseModel
from mmengine.runner import Runner
from mmengine.structures import InstanceData
from mmpose.registry import DATASETS, METRICS
from two_ranks import on_two_ranks

import fifa_mm

SHIFT = np.float32([3, 4])  # five pixels


@pytest.fixture(autouse=True)
def no_announced_annotation_file():
    MessageHub._instance_dict.clear()


def sample(face_id, gt, pred, visible=None):
    gt, pred = np.asarray(gt, np.float32), np.asarray(pred, np.float32)
    visible = np.ones((1, len(gt))) if visible is None else np.asarray(visible)[None]
    return {
        'id': face_id,
        'img_path': f'images/{face_id}.jpg',
        'pred_instances': {'keypoints': pred[None]},
        'gt_instances': {
            'keypoints': gt[None],
            'keypoints_visible': visible,
            'bboxes': np.float32([[0, 0, 50, 200]]),
        },
    }


def synthetic(count=5, k=68):
    rng = np.random.default_rng(0)
    gt = rng.uniform(0, 100, (count, k, 2))
    pred = gt + rng.normal(0, 3, gt.shape)
    return [sample(10 + i, g, p) for i, (g, p) in enumerate(zip(gt, pred, strict=True))]


def annotation_file(path, samples, **fields):
    """Write a COCO file for samples; ``fields`` give one value a face."""
    annotations = []
    for i, s in enumerate(samples):
        points = np.c_[s['gt_instances']['keypoints'][0], s['gt_instances']['keypoints_visible'][0]]
        extra = {name: values[i] for name, values in fields.items()}
        annotations.append(
            {'id': s['id'], 'image_id': s['id'], 'keypoints': points.ravel().tolist(), **extra}
        )
    images = [
        {'id': s['id'], 'file_name': f'{"ibug" if s["id"] < 12 else "helen"}/{s["id"]}.jpg'}
        for s in samples
    ]
    path.write_text(json.dumps({'images': images, 'annotations': annotations}))
    return str(path)


def evaluate(samples, **options):
    metric = METRICS.build({'type': 'FaceLandmarkMetric', **options})
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def mmpose_samples(folder, name):
    """Samples of MMPose's own dataset class, every landmark predicted five pixels off."""
    kind = {'cofw': 'COFWDataset', 'wflw': 'WFLWDataset', 'aflw': 'AFLWDataset'}[name]
    ann_file = str(folder / 'samples' / name / f'test_{name}.json')
    dataset = DATASETS.build({'type': kind, 'ann_file': ann_file, 'test_mode': True})
    faces = []
    for i in range(len(dataset)):
        info = dataset.get_data_info(i)
        face = sample(info['id'], info['keypoints'][0], info['keypoints'][0] + SHIFT)
        face['gt_instances']['keypoints_visible'] = info['keypoints_visible']
        face['gt_instances']['bboxes'] = info['bbox']
        faces.append(face)
    return dataset, faces


# known values, on real faces read by MMPose's own datasets


@pytest.mark.parametrize(
    ('name', 'protocol', 'face_id', 'percent', 'norm'),
    [
        ('cofw', 'inter-ocular', 1766, 6.479599, 77.165271),
        ('cofw', 'inter-pupil', 1766, 9.090909, 55.0),
        ('cofw', 'inter-ocular', 1805, 6.613475, None),
        ('wflw', 'inter-ocular', 2, 9.974669, None),
        ('aflw', 'box', 3, 500 / 362, 362),
        ('aflw', 'diagonal', 3, 500 / 362 / 2**0.5, 362 * 2**0.5),
    ],
)
def test_real_faces_off_by_five_pixels(real_faces, name, protocol, face_id, percent, norm):
    dataset, faces = mmpose_samples(real_faces, name)
    metric = fifa_mm.FaceLandmarkMetric(protocol)
    metric.dataset_meta = dataset.metainfo
    metric.process(None, faces)
    face = next(f for f in faces if f['id'] == face_id)
    assert 100 * face['nme'] == pytest.approx(percent, abs=2e-6)
    if norm:
        assert face['norm'] == pytest.approx(norm, abs=1e-5)


@pytest.mark.parametrize(
    ('name', 'protocol', 'stock'),
    [
        ('cofw', 'inter-ocular', {'norm_mode': 'keypoint_distance'}),
        ('wflw', 'inter-ocular', {'norm_mode': 'keypoint_distance'}),
        ('aflw', 'box', {'norm_mode': 'use_norm_item', 'norm_item': 'bbox_size'}),
    ],
)
def test_equals_mmposes_nme_on_its_sample_faces(real_faces, name, protocol, stock):
    dataset, faces = mmpose_samples(real_faces, name)
    results = []
    for config in ({'type': 'FaceLandmarkMetric', 'protocol': protocol}, {'type': 'NME', **stock}):
        metric = METRICS.build(config)
        metric.dataset_meta = dataset.metainfo
        metric.process(None, faces)
        results.append(metric.evaluate(len(faces))['NME'])
    assert results[0] == pytest.approx(100 * results[1], rel=1e-5)


# subsets


def test_subsets_by_flag_list_value_and_path_in_one_pass(tmp_path):
    faces = synthetic()
    ann_file = annotation_file(
        tmp_path / 'test.json',
        faces,
        blur=[0, 1, 1, 0, 0],
        subsets=[['pose'], [], ['pose', 'dark'], [], ['dark']],
        source=['a', 'b', 'b', 'b', 'a'],
    )
    other = annotation_file(tmp_path / 'b.json', faces[3:])
    subsets = {
        'blur': 'blur',
        'pose': 'pose',
        'b': {'field': 'source', 'value': 'b'},
        'challenge': {'path': '^ibug/'},
        'other': {'ann_file': other},
    }
    result = evaluate(faces, subsets=subsets, ann_file=ann_file)
    nmes = np.array([100 * face['nme'] for face in faces])
    expected = {
        'blur': [1, 2],
        'pose': [0, 2],
        'b': [1, 2, 3],
        'challenge': [0, 1],
        'other': [3, 4],
    }
    for name, members in expected.items():
        assert result[f'{name}/NME'] == pytest.approx(nmes[members].mean())
        assert result[f'{name}/FR'] == pytest.approx(100 * (nmes[members] > 10).mean())
    assert result['NME'] == pytest.approx(nmes.mean())
    short = evaluate(faces, subsets=['blur', 'dark'], ann_file=ann_file)
    assert short['blur/AUC'] == result['blur/AUC']
    assert short['dark/NME'] == pytest.approx(nmes[[2, 4]].mean())


def test_subsets_of_a_dataset_without_annotation_file():
    faces = synthetic()
    for i, face in enumerate(faces):
        face['raw_ann_info'] = {'blur': i % 2}
    result = evaluate(faces, subsets={'blur': 'blur', 'b': {'path': '11.jpg'}})
    nmes = np.array([100 * face['nme'] for face in faces])
    assert result['blur/NME'] == pytest.approx(nmes[1::2].mean())
    assert result['b/NME'] == pytest.approx(nmes[1])
    with pytest.raises(ValueError, match="no face of the test set is in subset 'pose'"):
        evaluate(faces, subsets=['pose'])


def test_synthetic_faces_have_subsets():
    dataset = DATASETS.build({'type': 'SyntheticFaces', 'num_samples': 12, 'image_size': 32})
    faces = []
    for i in range(12):
        info = dataset.get_data_info(i)
        face = sample(info['id'], info['keypoints'][0], info['keypoints'][0] + SHIFT)
        faces.append({**face, 'raw_ann_info': info['raw_ann_info']})
    result = evaluate(faces, subsets=['occlusion'])
    hidden = [f['nme'] for f in faces if f['raw_ann_info']['occlusion']]
    assert result['occlusion/NME'] == pytest.approx(100 * np.mean(hidden))


def test_common_and_challenge_weigh_to_full(tmp_path):
    faces = synthetic(7)
    ann_file = annotation_file(tmp_path / 'test.json', faces)
    subsets = {'common': {'path': 'helen'}, 'challenge': {'path': 'ibug'}}
    result = evaluate(faces, subsets=subsets, ann_file=ann_file)
    for key in ('NME', 'FR', 'AUC'):
        weighted = (5 * result[f'common/{key}'] + 2 * result[f'challenge/{key}']) / 7
        assert weighted == pytest.approx(result[key])


def test_faces_that_were_not_evaluated_are_an_error_or_by_option_a_line(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(MMLogger.get_current_instance(), 'warning', said.append)
    faces = synthetic()
    ann_file = annotation_file(tmp_path / 'test.json', faces, blur=[0, 0, 0, 0, 1])
    options = {'subsets': ['blur'], 'ann_file': ann_file}
    omitted = 'its box lies outside the image, or indices or sample_interval of the dataset omit it'
    line = f'2 evaluations of the 5 faces of {ann_file}: 3 dropped: ' + ', '.join(
        f'face {i} (helen/{i}.jpg: {omitted})' for i in (12, 13, 14)
    )
    with pytest.raises(ValueError, match='dropped') as error:
        evaluate(faces[:2], **options)
    assert str(error.value) == (
        f"FaceLandmarkMetric: {line}. With miscount='report' this is a line beside the score"
    )
    result = evaluate(faces[:2], miscount='report', **options)
    assert np.isnan(result['blur/NME'])
    assert np.isfinite(result['NME'])
    assert line in said


@pytest.mark.parametrize('protocol', ['inter-ocular', 'landmark-box', 'box'])
def test_every_protocol_counts_the_faces(tmp_path, protocol):
    faces = synthetic()
    ann_file = annotation_file(tmp_path / 'test.json', faces, bbox=[[0, 0, 50, 200]] * 5)
    assert evaluate(faces, protocol=protocol, ann_file=ann_file)
    with pytest.raises(ValueError, match=r'6 evaluations of .*: 1 evaluated twice: face 11\.'):
        evaluate([*faces, faces[1]], protocol=protocol, ann_file=ann_file)
    with pytest.raises(ValueError, match=r'of the 5 faces of .*: 1 dropped: face 14 '):
        evaluate(faces[:4], protocol=protocol, ann_file=ann_file)


def test_without_an_annotation_file_a_face_is_evaluated_once():
    faces = synthetic()
    with pytest.raises(ValueError, match='of the 5 faces: 1 evaluated twice: face 11'):
        evaluate([*faces, faces[1]])


def test_unknown_faces_and_flaws_of_the_file_are_counted(tmp_path):
    faces = synthetic()
    ann_file = annotation_file(tmp_path / 'test.json', faces[:4])
    with pytest.raises(ValueError, match=r'of the 4 faces of .*: 1 not in the file: face 14'):
        evaluate(faces, ann_file=ann_file)
    content = json.loads((tmp_path / 'test.json').read_text())
    content['annotations'].append(content['annotations'][0])
    content['annotations'][3] = {**content['annotations'][3], 'image_id': 99}
    (tmp_path / 'test.json').write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r'face 13 .no image: image id 99 is unk.*face id 10 occ'):
        evaluate(faces[:3], ann_file=ann_file)


def test_mmpose_drops_an_empty_box_and_the_metric_says_so(real_faces, tmp_path):
    content = json.loads((real_faces / 'samples' / 'wflw' / 'test_wflw.json').read_text())
    content['annotations'][1]['scale'] = 0.0
    content['annotations'][2]['image_id'] = 1234567
    path = tmp_path / 'test.json'
    path.write_text(json.dumps(content))
    dataset = DATASETS.build({'type': 'WFLWDataset', 'ann_file': str(path), 'test_mode': True})
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert len(infos) == len(content['annotations']) - 2
    faces = [sample(i['id'], i['keypoints'][0], i['keypoints'][0] + SHIFT) for i in infos]
    metric = fifa_mm.FaceLandmarkMetric()
    metric.dataset_meta = dataset.metainfo
    metric.process(None, faces)
    lost = [a['id'] for a in content['annotations'][1:3]]
    with pytest.raises(ValueError, match='2 dropped') as error:
        metric.evaluate(len(faces))
    assert f'face {lost[0]} (' in str(error.value)
    unknown = f'face {lost[1]} (no image: image id 1234567 is unknown)'
    assert f': its box has no area), {unknown}' in str(error.value)


def test_landmarks_of_another_definition_are_refused(real_faces):
    dataset, faces = mmpose_samples(real_faces, 'wflw')
    metric = fifa_mm.FaceLandmarkMetric()
    metric.dataset_meta = {**dataset.metainfo, 'dataset_name': '300w', 'num_keypoints': 68}
    message = (
        r'face id 12 .*: 300w defines 68 landmarks, this face has 98: the eyes would be others'
    )
    with pytest.raises(ValueError, match=message):
        metric.process(None, faces[1:])


def test_a_subset_file_beside_the_annotation_file(tmp_path):
    faces = synthetic()
    ann_file = annotation_file(tmp_path / 'test.json', faces)
    annotation_file(tmp_path / 'test_blur.json', faces[3:])
    subsets = {'blur': {'ann_file': 'test_blur.json'}}
    result = evaluate(faces, subsets=subsets, ann_file=ann_file)
    assert result['blur/NME'] == pytest.approx(50 * faces[3]['nme'] + 50 * faces[4]['nme'])


# what a reader is told


def test_log_states_protocol_threshold_and_faces():
    text = fifa_mm.metrics.report.title('box', 0.07, 4386, 19, 'aflw')
    assert text == (
        'aflw: 4386 faces, 19 landmarks, protocol box, FR and AUC at 7 % (exact integral)'
    )


def test_nan_predictions_fail_and_are_said_so():
    faces = synthetic()
    faces[1]['pred_instances']['keypoints'][0, 5] = np.nan
    result = evaluate(faces)
    others = np.mean([100 * face['nme'] for i, face in enumerate(faces) if i != 1])
    assert np.isinf(result['NME'])
    nmes = np.array([face['nme'] for face in faces])
    assert result['FR'] == pytest.approx(100 * (nmes > 0.1).mean())
    note = fifa_mm.metrics.report.notes(nmes, [68] * 5)
    assert note[0].startswith('1 of 5 faces have NaN')
    assert f'{others:.4f}' in note[0]


def test_mean_over_faces_and_a_note_on_mmposes_pooled_mean():
    gt = np.zeros((68, 2))
    gt[45] = 100
    half = np.r_[np.ones(46), np.zeros(22)]
    faces = [sample(1, gt, gt), sample(2, gt, gt + 10, half)]
    result = evaluate(faces)
    assert result['NME'] == pytest.approx(5)
    pooled = 10 * 46 / (68 + 46)
    note = fifa_mm.metrics.report.notes([face['nme'] for face in faces], [68, 46])
    assert f'{pooled:.4f}' in note[0]


def test_per_face_file_and_dump_keep_every_face(tmp_path):
    faces = synthetic()
    faces[0]['pred_instances']['keypoints'][0, 0] = np.inf
    path, dump = tmp_path / 'deep' / 'faces.json', tmp_path / 'dump.pkl'
    metric = fifa_mm.FaceLandmarkMetric(per_face_file=str(path))
    Evaluator([metric, DumpResults(str(dump))]).offline_evaluate(faces)
    content = json.loads(path.read_text())
    assert (content['protocol'], content['threshold']) == ('inter-ocular', 0.1)
    assert [face['id'] for face in content['faces']] == [10, 11, 12, 13, 14]
    assert content['faces'][0]['nme'] is None
    np.testing.assert_allclose(
        content['faces'][2]['keypoints'], faces[2]['pred_instances']['keypoints'][0]
    )
    dumped = pickle.loads(dump.read_bytes())
    assert dumped[2]['nme'] == content['faces'][2]['nme'] == faces[2]['nme']
    assert os.listdir(path.parent) == ['faces.json']


# in mmengine


class ShrinkingError(BaseModel):
    """Predicts the labels, off by its parameter in pixels; each step removes a quarter."""

    def __init__(self):
        super().__init__()
        self.error = torch.nn.Parameter(torch.tensor(3.0))

    def forward(self, inputs, data_samples, mode='tensor'):
        if mode == 'loss':
            return {'loss': self.error}
        for s in data_samples:
            keypoints = s.gt_instances.keypoints + self.error.item()
            s.pred_instances = InstanceData(keypoints=keypoints)
        return data_samples


def test_stock_dataset_train_loop_and_save_best(real_faces, tmp_path):
    folder = real_faces / 'samples' / 'aflw'
    loader = {
        'batch_size': 1,
        'num_workers': 0,
        'dataset': {
            'type': 'AFLWDataset',
            'ann_file': str(folder / 'test_aflw.json'),
            'data_prefix': {'img': str(folder)},
            'test_mode': True,
            'pipeline': [
                {'type': 'LoadImage'},
                {'type': 'GetBBoxCenterScale'},
                {'type': 'TopdownAffine', 'input_size': (32, 32)},
                {'type': 'PackPoseInputs'},
            ],
        },
        'sampler': {'type': 'DefaultSampler', 'shuffle': False},
        'collate_fn': {'type': 'pseudo_collate'},
    }
    runner = Runner(
        model=ShrinkingError(),
        work_dir=str(tmp_path),
        train_dataloader=loader,
        val_dataloader=loader,
        train_cfg={'by_epoch': True, 'max_epochs': 2, 'val_interval': 1},
        val_cfg={},
        val_evaluator={
            'type': 'FaceLandmarkMetric',
            'protocol': 'box',
            'subsets': {'first': {'path': 'image22568'}},
        },
        optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 0.25}},
        default_hooks={
            'checkpoint': {'type': 'CheckpointHook', 'save_best': 'NME', 'rule': 'less'}
        },
        default_scope='mmpose',
        experiment_name=tmp_path.name,
    )
    runner.train()
    best = runner.message_hub.get_info('best_score')
    assert best == pytest.approx(100 * 8**0.5 * (1 / 362 + 1 / 128) / 2, rel=1e-4)
    assert runner.message_hub.get_scalar('val/first/NME').current() < best
    assert (tmp_path / 'best_NME_epoch_2.pth').exists()


def evaluate_in_batches(faces, round_up, folder, name):
    metric = fifa_mm.FaceLandmarkMetric(
        subsets={'challenge': {'path': 'ibug'}},
        ann_file=f'{folder}/test.json',
        per_face_file=f'{folder}/faces_{name}.json',
    )
    metric.collect_dir = f'{folder}/parts_{name}'
    indices = list(DefaultSampler(faces, shuffle=False, round_up=round_up))
    for start in range(0, len(indices), 2):  # the last batch is smaller
        metric.process(None, [faces[i] for i in indices[start : start + 2]])
    return metric.evaluate(len(faces))


def with_and_without_padding(rank, folder):
    return [evaluate_in_batches(synthetic(5), pad, folder, int(pad)) for pad in (True, False)]


def test_same_result_on_one_and_on_two_ranks(tmp_path):
    """Five faces on two ranks: with and without the sampler's padding to six."""
    annotation_file(tmp_path / 'test.json', synthetic(5))
    one = evaluate_in_batches(synthetic(5), True, tmp_path, 'one')
    assert len(one) == 6
    assert on_two_ranks(with_and_without_padding, tmp_path) == [[one, one], [one, one]]
    for name in (0, 1):
        written = (tmp_path / f'faces_{name}.json').read_text()
        assert written == (tmp_path / 'faces_one.json').read_text()


# bad input


def test_unknown_grid_is_refused_at_construction():
    with pytest.raises(ValueError, match=r"grid must be .* got 'coarse'"):
        fifa_mm.FaceLandmarkMetric(auc_grid='coarse')


def test_unknown_subset_is_refused_in_the_first_batch(tmp_path):
    faces = synthetic()
    ann_file = annotation_file(tmp_path / 'test.json', faces, blur=[0] * 5)
    for subsets in (['makeup'], ['blur'], {'x': {'path': 'lfpw'}}):
        metric = fifa_mm.FaceLandmarkMetric(subsets=subsets, ann_file=ann_file)
        with pytest.raises(ValueError, match=r'no face of .* is in subset .* blur, id, image_id'):
            metric.process(None, faces[:1])
    metric = fifa_mm.FaceLandmarkMetric(subsets={'x': {'file': 'a'}}, ann_file=ann_file)
    with pytest.raises(ValueError, match='a subset must be'):
        metric.process(None, faces[:1])
    with pytest.raises(ValueError, match=r'subsets need ann_file.* face id 10'):
        fifa_mm.FaceLandmarkMetric(subsets=['blur']).process(None, faces[:1])


def test_unusable_faces_are_named(tmp_path):
    faces = synthetic()
    faces[3]['gt_instances']['keypoints'][0, 36] = faces[3]['gt_instances']['keypoints'][0, 45]
    with pytest.raises(ValueError, match=r'face id 13 \(images/13.jpg\): the inter-ocular length'):
        evaluate(faces)
    ann_file = annotation_file(tmp_path / 'test.json', faces[:2], box_size=[10, 20])
    with pytest.raises(ValueError, match='face id 12 is not in the annotation file'):
        evaluate(synthetic(), protocol='box', ann_file=ann_file)
    faces[1]['gt_instances']['keypoints'] = faces[1]['gt_instances']['keypoints'] + 1
    with pytest.raises(ValueError, match=r'face id 11 .* ann_file must be the annotation file'):
        evaluate(faces[:2], protocol='box', ann_file=ann_file)


def test_no_face_at_all():
    with pytest.raises(ValueError, match='no face was evaluated'):
        fifa_mm.FaceLandmarkMetric().evaluate(0)
