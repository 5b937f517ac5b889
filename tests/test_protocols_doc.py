"""docs/protocols.md says what the code does."""

import ast
import re
from math import floor
from pathlib import Path

import mmengine
import mmpose
import numpy as np
import pytest
from mmpose.evaluation.metrics import NME

from fifa_mm.datasets.prepare import aflw, cofw, face_300w, wflw
from fifa_mm.definitions import DEFINITIONS
from fifa_mm.metrics import functional
from fifa_mm.reproduce.tables import TABLES

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / 'docs' / 'protocols.md').read_text(encoding='utf-8')
SOURCES = {'WFLW': wflw.WFLW, '300W': face_300w.FACE_300W, 'COFW': cofw.COFW, 'AFLW': aflw.AFLW}
ZOO = Path(mmpose.__file__).parent / '.mim' / 'configs' / 'face_2d_keypoint' / 'topdown_heatmap'


def table(first_column, text=TEXT):
    """Rows of the tables whose first column has this title, as dicts."""
    rows, header = [], None
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r'(?<!\\)\|', line)[1:-1]]
        if not cells:
            header = None
        elif header is None:
            header = cells
        elif header[0] == first_column and not set(''.join(cells)) <= {'-', ' '}:
            rows.append(dict(zip(header, cells, strict=True)))
    return rows


def numbers(text):
    return [float(number) for number in re.findall(r'\d+(?:\.\d+)?', text)]


def test_protocols_and_thresholds():
    documented = {
        row['protocol'].strip('`'): numbers(row['threshold'])[0] / 100 for row in table('protocol')
    }
    assert documented == functional.THRESHOLDS


def datasets():
    return {row['dataset']: row for row in table('dataset') if 'pupils' in row}


def test_landmark_indices():
    rows = datasets()
    assert {int(row['landmarks']) for row in rows.values()} == set(DEFINITIONS)
    for row in rows.values():
        corners = tuple(map(int, numbers(row['outer eye corners'])))
        assert corners == DEFINITIONS[int(row['landmarks'])].eye_corners
        pupils = row['pupils']
        if 'mean' in pupils:
            spans = re.findall(r'(\d+)-(\d+)', pupils)
            pupils = tuple(tuple(range(int(a), int(b) + 1)) for a, b in spans)
        else:
            pupils = tuple((int(i),) for i in numbers(pupils))
        assert pupils == DEFINITIONS[int(row['landmarks'])].pupils


def test_face_counts():
    for name, row in datasets().items():
        source = SOURCES[name]
        assert source.landmarks == int(row['landmarks'])
        counts = [count for count in source.files.values() if count]
        assert {int(row['train']), int(row['test'])} <= set(counts)
    sizes = {row['subset']: int(row['faces']) for row in table('subset')}
    attributes = [
        sizes[f'WFLW {name}']
        for name in ('pose', 'expression', 'illumination', 'make-up', 'occlusion', 'blur')
    ]
    files = wflw.WFLW.files
    assert attributes == [files[f'face_landmarks_wflw_test_{s}'] for s in wflw.ATTRIBUTES.values()]
    for name in ('common', 'challenge'):
        documented = sizes[f'300W {name}']
        assert documented == face_300w.FACE_300W.files[f'face_landmarks_300w_valid_{name}']
    assert sizes['300W common'] + sizes['300W challenge'] == int(datasets()['300W']['test'])


def test_subset_rules_are_what_prepare_data_and_the_configs_write():
    rules = {
        row['subset']: ast.literal_eval(row['rule'].strip('`').replace('\\|', '|'))
        for row in table('subset')
    }

    def evaluators(config):
        result = mmengine.Config.fromfile(ROOT / 'configs' / config).test_evaluator
        return result if isinstance(result, list) else [result]

    def documented(dataset):
        return {
            name.partition(' ')[2].replace('-', '_'): rule
            for name, rule in rules.items()
            if name.startswith(dataset)
        }

    for config, dataset in (('table2/fifa_wflw.py', 'WFLW'), ('table1/fifa_300w.py', '300W')):
        (metric,) = evaluators(config)
        assert (metric.protocol, metric.subsets) == ('inter-ocular', documented(dataset))
    diagonal, box = evaluators('table1/fifa_aflw.py')
    assert (diagonal.protocol, diagonal.subsets) == ('diagonal', documented('AFLW'))
    assert (box.protocol, box.auc_grid) == ('box', 'farl')
    (metric,) = evaluators('table1/fifa_cofw.py')
    assert metric == {'type': 'FaceLandmarkMetric', 'protocol': 'inter-ocular'}
    files = {f'{name}.json' for source in SOURCES.values() for name in source.files}
    assert {rule['ann_file'] for rule in rules.values() if 'ann_file' in rule} <= files
    subsets = set().union(*(parts.values() for parts in face_300w.FOLDERS.values()))
    fields = {*wflw.ATTRIBUTES, 'frontal', 'common', 'challenge'}
    assert {'common', 'challenge'} <= subsets
    assert all(f'`{field}`' in TEXT for field in fields)


def test_published_rows_name_protocols_and_configs_that_exist():
    rows = [row for row in table('dataset') if 'config' in row]
    assert {row['dataset'] for row in rows} == set(SOURCES)
    for row in rows:
        assert re.match(r'`(.*?)`', row['protocol'])[1] in functional.PROTOCOLS
        assert (ROOT / row['config'].strip('`')).is_file()


@pytest.mark.skipif(not ZOO.is_dir(), reason='this MMPose has no configs in it')
@pytest.mark.parametrize('name', ['WFLW', '300W', 'COFW', 'AFLW', 'COCO-WholeBody-Face'])
def test_model_zoo_rows(name):
    row = next(row for row in table('dataset') if row['dataset'] == name and 'NME' in row)
    folder = ZOO / name.lower().replace('-', '_')
    stem = 'hrnetv2_' + folder.name
    model = mmengine.load(folder / f'{stem}.yml')['Models'][0]
    metrics = model['Results'][0]['Metrics']
    published = {round(100 * v if v < 1 else v, 2) for v in metrics.values()}
    assert set(numbers(row['NME'].replace('HRNetV2-W18', ''))) <= published
    config = mmengine.Config.fromfile(folder / (model['Name'] + '.py'))
    assert config.val_evaluator.norm_mode in row["as MMPose's metric says it"]
    if config.val_evaluator.norm_mode == 'keypoint_distance':
        default = NME.DEFAULT_KEYPOINT_INDICES[folder.name]
        assert default == list(numbers(row["as MMPose's metric says it"]))
        assert tuple(default) in {face.eye_corners for face in DEFINITIONS.values()}
    else:
        assert config.val_evaluator.norm_item in row["as MMPose's metric says it"]
        assert row['protocol'] == '`box`'


def slip(number):
    """The numbers in one entry of the document's list of slips."""
    (text,) = re.findall(rf'^{number}\. (.*)$', TEXT, re.MULTILINE)
    return numbers(text)


def subset_sizes(dataset):
    """Faces of the subsets of Table 1 or 2, by the metric's names for them."""
    rows = {row['subset']: int(row['faces']) for row in table('subset')}
    named = {name.partition(' ')[2].replace('-', '_'): n for name, n in rows.items()}
    return {name: n for name, n in named.items() if f'{dataset} {name.replace("_", "-")}' in rows}


def test_slip_of_adnets_protocol():
    adnet, *_, eyes, pupils, expected = (n for n in slip(1) if n % 1)
    assert expected == pytest.approx(adnet * eyes / pupils, abs=5e-3)
    paper = {cell.name: cell.paper['cofw']['NME'] for cell in TABLES[7].cells}
    assert (paper['adnet'], paper['slpt']) == (adnet, eyes)


def test_slip_of_farls_failure_rate():
    printed, faces, least = slip(2)
    assert faces == int(datasets()['COFW']['test'])
    assert printed < least == pytest.approx(100 / faces, abs=5e-4)


def test_failure_rates_of_table_2_are_counts_cut_after_two_digits():
    sizes = subset_sizes('WFLW')
    paper = TABLES[2].cells[0].paper['wflw']
    for name, faces in sizes.items():
        possible = {floor(1e4 * failed / faces) / 100 for failed in range(faces)}
        assert paper[f'{name}/FR'] in possible, name
    _, *given = slip(3)
    for failed, faces, exact, printed in (given[:4], given[4:]):
        assert exact == pytest.approx(100 * failed / faces, abs=1e-3)
        assert printed == floor(1e4 * failed / faces) / 100
        assert faces in sizes.values()


def test_box_and_diagonal_of_table_1_differ_by_the_root_of_two():
    paper = TABLES[1].cells[0].paper['aflw']
    assert slip(4)[:2] == [1.3336, 0.9430]
    assert slip(4)[3:5] == [paper['box/NME'], paper['NME']]
    for box, diagonal, digit in ((1.3336, 0.9430, 1e-4), (paper['box/NME'], paper['NME'], 1e-2)):
        low, high = (box + sign * digit / 2 for sign in (-1, 1))
        assert low / 2**0.5 < diagonal + digit / 2
        assert high / 2**0.5 > diagonal - digit / 2
    (row,) = (
        row for row in table('dataset') if row['dataset'] == 'AFLW' and 'full' in row.get('NME', '')
    )
    by_box, by_diagonal = re.search(r'([\d.]+) is ([\d.]+) by the diagonal', TEXT).groups()
    assert float(by_box) == numbers(row['NME'])[0]
    assert float(by_diagonal) == pytest.approx(float(by_box) / 2**0.5, abs=5e-3)


def test_full_set_of_300w_is_the_mean_over_its_parts():
    paper = TABLES[1].cells[0].paper['300w']
    _, common, challenge, *nmes = slip(6)
    assert {'common': common, 'challenge': challenge} == subset_sizes('300W')
    ours, theirs = nmes[:3], nmes[3:6]
    assert ours[:2] == [paper['common/NME'], paper['challenge/NME']]
    for easy, hard, full in (ours, theirs):
        mean = (common * easy + challenge * hard) / (common + challenge)
        assert full == pytest.approx(mean, abs=5e-4)
    assert paper['NME'] == pytest.approx(ours[2], abs=5e-3)
    assert nmes[6] != pytest.approx(theirs[2], abs=5e-3)


def test_farls_grid():
    points, end = slip(8)[2:4]
    grid = np.arange(0, 0.07 + 1e-4, 1e-4)
    assert (len(grid), round(100 * grid[-1], 2)) == (points, end)
    *nmes, on_grid, exact = slip(8)[-7:]
    nmes = np.array(nmes) / 100
    assert round(100 * functional.ced_auc(nmes, 0.07, 'farl'), 3) == on_grid
    assert round(100 * functional.ced_auc(nmes, 0.07), 3) == exact
