"""A table's trainings: done ones are skipped, failed ones recorded, foreign results refused."""

import json
import time

import pytest

from fifa_mm.files import read_json, write_json
from fifa_mm.reproduce import runs as module
from fifa_mm.reproduce.profiles import PROFILES
from fifa_mm.reproduce.runs import Runs
from fifa_mm.reproduce.tables import TABLES


def never():
    return False


@pytest.fixture
def make(tmp_path):
    def make(table=7, data='synthetic', recipe='tiny', weights=None, cells='hrnet*', seeds=1):
        options = (128, recipe, weights, cells, seeds)
        folders = (tmp_path / 'results', tmp_path / 'work')
        return Runs(TABLES[table], PROFILES[data], *options, *folders)

    return make


@pytest.fixture
def work(tmp_path):
    return tmp_path / 'work' / 'table7' / 'synthetic_128_tiny'


def test_what_is_done_is_skipped(make, work, fake_training):
    fake_training(work)
    assert [job.name for job in make(seeds=2).todo] == [
        'hrnet seed 0', 'hrnet_fifa seed 0', 'hrnet_fifa_siamese seed 0',
        'hrnet seed 1', 'hrnet_fifa seed 1', 'hrnet_fifa_siamese seed 1',
    ]  # fmt: skip
    said = []
    runs = make(cells='hrnet')
    assert runs.run(never, said.append)
    assert said[0] == 'hrnet seed 0: started, 2 epochs'
    assert said[-1] == '[1/1] hrnet seed 0: done, NME 7.00 at the last epoch'
    record = read_json(runs.results.path('hrnet', 0))
    assert record['status'] == 'done'
    assert record['last']['faces']['nme'] == [0.06, 0.07, 0.08]
    assert (record['data'], record['size'], record['recipe']) == ('synthetic', 128, 'tiny')
    assert [job.name for job in make().todo] == ['hrnet_fifa seed 0', 'hrnet_fifa_siamese seed 0']


def test_seeds_differ_in_the_seed_alone(make):
    first, second = make(cells='slpt', seeds=2).jobs
    assert (first.cfg.randomness.seed, second.cfg.randomness.seed) == (0, 1)
    assert first.digest == second.digest


def test_a_crash_is_recorded_and_the_rest_goes_on(make, work, fake_training):
    fake_training(work, crash=2)
    said, runs = [], make()
    assert not runs.run(never, said.append)
    records = runs.results.load()
    assert [record['status'] for record in records.values()] == ['crashed'] * 3
    assert records['hrnet', 0]['reason'] == 'OSError: [Errno 28] No space left on device'
    assert records['hrnet', 0]['log'].endswith('hrnet_seed0/train.log')
    assert sum('crashed' in line for line in said) == 3
    assert 'hrnet seed 0: to resume' in '\n'.join(make().plan())
    fake_training(work)
    assert make().run(never, said.append)


def test_a_divergence_is_recorded_and_not_tried_again(make, work, fake_training):
    fake_training(work, nan=1)
    assert not make(cells='hrnet').run(never, print)
    runs = make(cells='hrnet')
    assert runs.results.load()['hrnet', 0]['status'] == 'diverged'
    assert runs.todo == []
    assert not runs.run(never, print)


def test_out_of_time(make, work, fake_training):
    fake_training(work, seconds=0.5)
    end = time.monotonic() + 1
    runs = make()
    assert not runs.run(lambda: time.monotonic() > end, print)
    assert runs.results.load() == {}
    assert not (work / 'hrnet_fifa_siamese_seed0').exists()


def test_done_by_another_process_meanwhile(make, work, fake_training):
    fake_training(work)
    first, second = make(cells='hrnet'), make(cells='hrnet')
    first.run(never, print)
    assert second.run(never, print)
    assert (work / 'hrnet_seed0' / 'starts').read_text() == '0\n'


@pytest.mark.parametrize(('key', 'value'), [
    ('version', 0), ('recipe', 'full'), ('protocol', [{'type': 'NME'}]), ('config_digest', 'x'),
])  # fmt: skip
def test_results_of_another_kind_are_refused(make, work, fake_training, key, value):
    fake_training(work)
    runs = make(cells='hrnet')
    runs.run(never, print)
    path = runs.results.path('hrnet', 0)
    write_json(path, read_json(path) | {key: value})
    with pytest.raises(ValueError, match=rf'hrnet_seed0.json has {key} .*--results'):
        make(cells='hrnet')


@pytest.mark.parametrize('text', ['', '{"cell": "hr', '[]'])
def test_a_file_that_is_no_record_is_named(make, text):
    runs = make()
    runs.results.folder.mkdir(parents=True)
    runs.results.path('hrnet', 0).write_text(text)
    with pytest.raises(ValueError, match=r'hrnet_seed0.json (is not a whole|has version)'):
        make()


def test_missing_data_and_checkpoints(make, work, fake_training, tmp_path):
    fake_training(work)
    said = []
    assert not make(data='wflw', cells='hrnet').run(never, said.append)
    assert said[0].startswith('missing: wflw: no data/wflw/annotations/')
    assert 'fifa_mm prepare-data wflw' in said[0]
    missing = str(tmp_path / 'farl.pth')
    runs = make(recipe='full', cells='*l', weights=missing)
    assert runs.missing() == {'farl seed 0': f'no checkpoint {missing}'}


def test_plan_says_what_weights_the_paper_has(make):
    lines = make(recipe='full', table=3, cells='*').plan()
    assert lines[0] == 'table3/synthetic_128_full: 4 of 4 trainings to do'
    assert lines[1] == '  vit seed 0: to do, weights: random'
    assert 'FaRL-Base-Patch16-LAIONFace20M-ep16.pth' in lines[-1]


def test_one_training_a_gpu(make, work, fake_training, monkeypatch):
    """Two at a time, each of which sees one of two devices."""
    fake_training(work, seconds=0.3)
    monkeypatch.setattr(module.torch.cuda, 'device_count', lambda: 2)
    events, gpus = [], set()

    class Recorded(module.Training):
        def __init__(self, cfg, work_dir, gpu):
            events.append('start')
            gpus.add(gpu)
            super().__init__(cfg, work_dir, gpu)

        def outcome(self):
            events.append('end')
            return super().outcome()

    monkeypatch.setattr(module, 'Training', Recorded)
    assert make(seeds=2).run(never, print)
    assert gpus == {0, 1}
    assert events[:2] == ['start', 'start']


def test_a_full_disk_leaves_no_half_record(make, work, fake_training, monkeypatch):
    fake_training(work)
    runs = make(cells='hrnet')

    def full(*_, **__):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(json, 'dumps', full)
    with pytest.raises(OSError, match='No space left'):
        runs.run(never, print)
    monkeypatch.undo()
    assert list(runs.results.folder.glob('*')) == []
