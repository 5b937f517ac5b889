"""Whole conversions: what MMPose reads, what is refused, left out, reported and resumed."""

import json
from dataclasses import replace

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from PIL import Image

from fifa_mm.annotations import Annotations
from fifa_mm.datasets.prepare import SOURCES, MissingDataError, check, files, prepare
from fifa_mm.datasets.prepare.wflw import WFLW

TRAIN, TEST = 'face_landmarks_wflw_train', 'face_landmarks_wflw_test'
BLUR = f'{TEST}_blur'
SMALL = replace(
    WFLW, files={TRAIN: 2, TEST: 3, BLUR: 1}, parts={BLUR: TEST}, optional=tuple(WFLW.parts)
)


def line(name, seed, flags='0 0 0 0 0 0', low=20, high=60):
    points = np.random.default_rng(seed).uniform(low, high, 196)
    return ' '.join([*(f'{v:.6f}' for v in points), '20 20 60 60', flags, name])


@pytest.fixture
def raw(tmp_path):
    """A small WFLW: a training image of two faces, two test images of three faces."""
    folder = tmp_path / 'raw'
    lists = folder / 'WFLW_annotations' / 'list_98pt_rect_attr_train_test'
    lists.mkdir(parents=True)
    images = folder / 'WFLW_images' / '0--Parade'
    images.mkdir(parents=True)
    for name, size in (('a', (100, 80)), ('b', (90, 80)), ('c', (80, 120))):
        noise = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), np.uint8)
        Image.fromarray(noise).save(images / f'{name}.jpg')
    train = [line('0--Parade/a.jpg', 0), line('0--Parade/a.jpg', 1)]
    test = [
        line('0--Parade/b.jpg', 2),
        line('0--Parade/b.jpg', 3, '1 0 0 1 0 1'),
        line('0--Parade/c.jpg', 4, '1 0 0 0 0 0'),
    ]
    (lists / 'list_98pt_rect_attr_train.txt').write_text('\n'.join(train) + '\n')
    (lists / 'list_98pt_rect_attr_test.txt').write_text('\n'.join(test) + '\n')
    return folder


def change_list(raw, split, number, text):
    path = next(raw.rglob(f'*{split}.txt'))
    lines = path.read_text().splitlines()
    lines[number] = text
    path.write_text('\n'.join(lines) + '\n')


def annotations(out):
    return {p.stem: json.loads(p.read_text()) for p in (out / 'annotations').glob('*.json')}


@pytest.mark.parametrize('copy', [False, True])
def test_mmpose_reads_the_result(raw, tmp_path, copy):
    out = tmp_path / 'data'
    report = prepare(SMALL, raw, out, copy=copy)
    assert not report.errors
    assert (out / 'images').is_symlink() is not copy
    init_default_scope('mmpose')
    dataset = DATASETS.build(
        {
            'type': 'WFLWDataset',
            'data_root': f'{out}/',
            'ann_file': f'annotations/{TEST}.json',
            'data_prefix': {'img': 'images/'},
            'pipeline': [{'type': 'LoadImage'}],
            'test_mode': True,
        }
    )
    assert len(dataset) == 3
    assert dataset[2]['img'].shape == (120, 80, 3)
    assert dataset[2]['id'] == 3
    points = np.array(line('', 4).split()[:196], np.float32).reshape(1, 98, 2)
    np.testing.assert_allclose(dataset[2]['keypoints'], points)
    assert Annotations.load(out / 'annotations' / f'{TEST}.json').subset('pose') == {2, 3}
    # The files themselves are in order too, links or copies alike.
    assert not check(SMALL, out).errors


def test_copies_are_not_made_twice(raw, tmp_path):
    out = tmp_path / 'data'
    prepare(SMALL, raw, out, copy=True)
    copies = [p for p in (out / 'images').rglob('*') if p.is_file()]
    stamps = [p.stat().st_ino for p in copies]
    copies[0].write_bytes(b'half')
    prepare(SMALL, raw, out, copy=True)
    assert [p.stat().st_ino for p in copies][1:] == stamps[1:]
    assert copies[0].stat().st_size > 4


def test_refusal_leaves_files_alone(raw, tmp_path):
    out = tmp_path / 'data'
    report = prepare(WFLW, raw, out)
    assert f'{TRAIN}: 2 instead of 7500' in report.errors['number of faces']
    assert f'{BLUR}: 1 instead of 773' in report.errors['number of faces']
    assert not (out / 'annotations').exists()
    assert not (out / 'images').exists()
    assert json.loads((out / 'report.json').read_text())['errors'] == report.errors

    prepare(SMALL, raw, out)
    before = annotations(out)
    change_list(raw, 'train', 1, line('0--Parade/none.jpg', 1))
    report = prepare(SMALL, raw, out)
    assert list(report.errors) == ['image missing']
    assert '0--Parade/none.jpg' in report.errors['image missing'][0]
    assert annotations(out) == before


def test_partial_leaves_out_and_says_so(raw, tmp_path):
    change_list(raw, 'test', 0, line('0--Parade/none.jpg', 1))
    report = prepare(WFLW, raw, tmp_path / 'data', partial=True)
    assert not report.errors
    assert len(report.odd['image missing']) == 1
    assert report.counts[TEST] == 2
    written = annotations(tmp_path / 'data')
    assert [a['id'] for a in written[TEST]['annotations']] == [2, 3]
    assert f'{TEST}_expression' not in written
    assert [a['id'] for a in written[f'{TEST}_makeup']['annotations']] == [2]


def test_broken_image(raw, tmp_path):
    path = raw / 'WFLW_images/0--Parade/c.jpg'
    path.write_bytes(path.read_bytes()[:-400])
    for partial in (False, True):
        report = prepare(SMALL, raw, tmp_path / 'data', partial)
        assert 'truncated' in report.errors['image broken'][0]
    assert not (tmp_path / 'data' / 'annotations').exists()


def test_odd_images(raw, tmp_path):
    folder = raw / 'WFLW_images/0--Parade'
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(folder / 'b.jpg').save(folder / 'b.jpg', exif=exif)
    Image.open(folder / 'c.jpg').convert('L').save(folder / 'c.jpg')
    report = prepare(SMALL, raw, tmp_path / 'data')
    assert report.odd['grey image'] == ['0--Parade/c.jpg']
    assert report.odd['image rotated by its EXIF flag, landmarks may not be'] == ['0--Parade/b.jpg']
    images = annotations(tmp_path / 'data')[TEST]['images']
    assert (images[0]['width'], images[0]['height']) == (80, 90)  # as OpenCV loads it


def test_interrupted_run_goes_on(raw, tmp_path, monkeypatch):
    decoded = []
    decode = files._decode

    def interrupted(path):
        if len(decoded) == 2:
            raise KeyboardInterrupt
        decoded.append(path.name)
        return decode(path)

    monkeypatch.setattr(files, '_decode', interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepare(SMALL, raw, tmp_path / 'data')
    assert not (tmp_path / 'data' / 'annotations').exists()
    first = list(decoded)
    monkeypatch.setattr(files, '_decode', lambda p: (decoded.append(p.name), decode(p))[1])
    assert not prepare(SMALL, raw, tmp_path / 'data').errors
    assert sorted(decoded) == ['a.jpg', 'b.jpg', 'c.jpg']
    assert len(first) == 2
    prepare(SMALL, raw, tmp_path / 'data')
    assert len(decoded) == 3
    Image.new('RGB', (90, 80)).save(raw / 'WFLW_images/0--Parade/b.jpg')
    prepare(SMALL, raw, tmp_path / 'data')
    assert decoded[3:] == ['b.jpg']


def test_landmarks_a_little_outside(raw, tmp_path):
    change_list(raw, 'train', 0, line('0--Parade/a.jpg', 0, low=60, high=95))
    (case,) = prepare(SMALL, raw, tmp_path / 'data').odd['landmarks outside the image']
    assert case.startswith(f'{TRAIN}: face 1 (0--Parade/a.jpg)')


def test_same_face_twice_and_shared_images(raw, tmp_path):
    change_list(raw, 'train', 1, line('0--Parade/a.jpg', 0))
    change_list(raw, 'test', 0, line('0--Parade/a.jpg', 2))
    report = prepare(SMALL, raw, tmp_path / 'data')
    assert len(report.odd['same face twice']) == 1
    assert report.odd['image in training and test'] == ['0--Parade/a.jpg']


def edit(out, name, change):
    path = out / 'annotations' / f'{name}.json'
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ('change', 'kind', 'case'),
    [
        (lambda c: c['annotations'][1].update(id=1), 'duplicate id', 'id 1 2 times'),
        (lambda c: c['images'][0].update(width=7), 'image size', 'stated'),
        (lambda c: c['images'][0].update(file_name='x.jpg'), 'image missing', 'x.jpg'),
        (lambda c: c['annotations'].pop(), 'number of faces', '2 instead of 3'),
        (lambda c: c['annotations'][0].update(scale=0), 'box without area', 'face 1'),
        (
            lambda c: c['annotations'][1]['keypoints'].__setitem__(0, 21.0),
            'subset face that is not in the full file',
            f'{BLUR}: face 2',
        ),
        (
            lambda c: c['annotations'][0].update(
                keypoints=c['annotations'][0]['keypoints'][3:], num_keypoints=97
            ),
            'number of landmarks',
            '97 instead of 98',
        ),
    ],
)
def test_check_finds(raw, tmp_path, change, kind, case):
    out = tmp_path / 'data'
    prepare(SMALL, raw, out)
    edit(out, TEST, change)
    report = check(SMALL, out)
    (found,) = [cases for name, cases in report.errors.items() if name.startswith(kind)]
    assert any(case in c for c in found)


def test_check_missing_files(raw, tmp_path):
    with pytest.raises(MissingDataError, match='no annotation file of wflw'):
        check(WFLW, tmp_path)
    prepare(SMALL, raw, tmp_path / 'data')
    (tmp_path / 'data/annotations' / f'{TRAIN}.json').unlink()
    report = check(SMALL, tmp_path / 'data')
    assert len(report.errors['annotation file missing']) == 1


@pytest.mark.parametrize(
    ('name', 'kind', 'k'), [('wflw', 'WFLW', 98), ('cofw', 'COFW', 29), ('aflw', 'AFLW', 19)]
)
def test_check_of_published_samples(real_faces, tmp_path, name, kind, k):
    """MMPose's own sample files pass, but for their number of faces."""
    source = SOURCES[name]
    (full,) = [n for n in source.files if n.endswith('_test')]
    (tmp_path / 'annotations').mkdir()
    text = (real_faces / f'samples/{name}/test_{name}.json').read_text()
    (tmp_path / 'annotations' / f'{full}.json').write_text(text)
    (tmp_path / 'images').symlink_to(real_faces / 'samples' / name)
    report = check(source, tmp_path, partial=True)
    assert not report.errors
    assert source.landmarks == k
    assert 'instead of' in report.odd['number of faces'][0]


def test_summary_lists_cases(raw, tmp_path):
    text = prepare(WFLW, raw, tmp_path / 'data').summary()
    assert 'error: number of faces (8)' in text
    assert 'and 5 more' in text
