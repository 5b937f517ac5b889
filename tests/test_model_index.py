"""The model index lists every config, and its results and docs/model_zoo.md equal the records."""

import json
import re
import runpy
from collections import Counter
from functools import cache
from pathlib import Path

import mmengine
import mmpose
import pytest
from mmengine.config import Config, utils

from fifa_mm.reproduce.tables import TABLES

ROOT = Path(__file__).resolve().parents[1]
INDEX = mmengine.load(ROOT / 'model-index.yml')['Import']
METAFILES = [mmengine.load(ROOT / path) for path in INDEX]
MODELS = [model for metafile in METAFILES for model in metafile['Models']]
CONFIGS = {
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / 'configs').rglob('*.py')
    if '_base_' not in path.parts
}
RESULTS = [result for model in MODELS for result in model.get('Results', [])]
PAGE = runpy.run_path(str(ROOT / 'benchmarks' / 'model_zoo_page.py'))


@pytest.fixture(autouse=True, scope='module')
def _mmpose_index_read_once():
    """MMEngine reads all of MMPose's metafiles again for each ``mmpose::`` base."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, '_get_cfg_metainfo', cache(utils._get_cfg_metainfo))
        yield


def test_every_metafile_is_imported_once():
    found = [path.relative_to(ROOT).as_posix() for path in ROOT.glob('configs/**/metafile.yml')]
    assert sorted(INDEX) == sorted(found)


def test_every_config_is_listed_once_in_the_metafile_of_its_folder():
    listed = Counter(model['Config'] for model in MODELS)
    assert set(listed) == CONFIGS, 'list every config in the metafile.yml of its folder'
    assert set(listed.values()) == {1}
    for path, metafile in zip(INDEX, METAFILES, strict=True):
        for model in metafile['Models']:
            config = Path(model['Config'])
            assert config.parent == Path(path).parent
            folder = config.parent.relative_to('configs')
            assert model['Name'] == '_'.join([*folder.parts, config.stem])
    assert max(Counter(model['Name'] for model in MODELS).values()) == 1


def test_mim_finds_every_config_by_its_file_name():
    """``mim train fifa_mm NAME`` looks for the file in the whole installed package."""
    found = [*(ROOT / 'configs').rglob('*.py'), *(ROOT / 'tools').rglob('*.py')]
    names = Counter(path.name for path in [*found, *(ROOT / 'fifa_mm').rglob('*.py')])
    assert [path for path in CONFIGS if names[Path(path).name] > 1] == []


def test_collections_are_declared_once():
    declared = [c['Name'] for metafile in METAFILES for c in metafile.get('Collections', [])]
    assert len(declared) == len(set(declared))
    assert set(declared) == {model['In Collection'] for model in MODELS}


@pytest.mark.parametrize('model', MODELS, ids=lambda model: model['Name'])
def test_metadata_is_what_the_config_says(model):
    config = Config.fromfile(ROOT / model['Config'])
    architecture = model['Metadata']['Architecture']
    steps = []
    for step in config.train_dataloader.dataset.pipeline:
        steps += [step['type'], *(inner['type'] for inner in step.get('transforms', []))]
    assert architecture[0] == config.model.backbone.type
    assert ('FiFA' in architecture) == ('FiducialFocus' in steps)
    assert ('Siamese' in architecture) == (config.model.type == 'SiamesePoseEstimator')
    assert set(architecture[1:]) <= {'FiFA', 'Siamese', config.model.head.type}
    data = config.train_dataloader.dataset.type.removesuffix('Dataset').removeprefix('Face')
    assert model['Metadata']['Training Data'] == data


def config_of(record):
    """The config that a record is of: a cell of tools/reproduce.py, or a run of tools/train.py."""
    if 'cell' in record:
        (cell,) = TABLES[record['table']].select(record['cell'])
        return f'configs/{cell.config}'
    return re.search(r'configs/\S+', record['command'])[0]


@pytest.mark.parametrize('result', RESULTS, ids=lambda result: result['Source'])
def test_results_are_their_records(result):
    path, _, keys = result['Source'].partition('#')
    record = json.loads((ROOT / path).read_text())
    (model,) = (model for model in MODELS if result in model.get('Results', []))
    assert model['Config'] == config_of(record)
    for key in keys.split('.'):
        record = record[key]
    assert 'NME' in result['Metrics']
    assert result['Metrics'] == {name: round(record[name], 2) for name in result['Metrics']}
    assert result['Task'] == 'Face 2D Keypoint'


def test_page_is_made_of_the_records():
    text = PAGE['PAGE'].read_text()
    assert PAGE['filled'](text) == text, 'run benchmarks/model_zoo_page.py'
    with pytest.raises(ValueError, match=r"place for each of .*'WFLW'"):
        PAGE['filled'](text.replace('<!-- table WFLW -->', ''))


def test_page_keeps_the_sources_apart():
    for data, published in PAGE['mmpose_models']().items():
        rows = re.findall(r'^\| \[.*', PAGE['tables']()[data], re.MULTILINE)
        assert len(rows) >= len(published)
        for row in rows:
            *_, mmposes, papers, ours = (cell.strip() for cell in row.split('|')[1:-1])
            assert ours == 'not measured'
            assert bool(mmposes) == ('github.com/open-mmlab/mmpose' in row)
            assert not (mmposes and papers)


def test_published_cells():
    published = PAGE['mmpose_models']()
    folder = 'mmpose::face_2d_keypoint/topdown_heatmap/'
    name = '{0}/td-hm_hrnetv2-w18_8xb64-60e_{0}-256x256.py'
    full = '3.45 (challenge 5.64, common 2.92, test 4.10)'
    assert published['300W'][folder + name.format('300w')] == full
    assert published['COFW'][folder + name.format('cofw')] == '3.48'
    assert published['300W-LP'][folder + name.format('300wlp')] == '4.13'
    assert list(published['LaPa'].values()) == ['1.29']
    assert sum(map(len, published.values())) == 23
    aflw = {'NME': 0.92, 'frontal/NME': 0.8, 'box/NME': 1.31, 'box/AUC': 81.8}
    assert PAGE['nme_cell'](aflw) == '0.92 (box 1.31, frontal 0.80)'


def test_links_lead_to_files():
    for data in PAGE['tables']().values():
        for target in re.findall(r'\]\((.*?)\)', data):
            path = target.removeprefix(PAGE['MMPOSE'])
            base = Path(mmpose.__file__).parent / '.mim' if path != target else ROOT / 'docs'
            assert (base / path).is_file(), target
