"""The command-line tools, and MMPose's own, as a user starts them."""

import json
import os
import pty
import shutil
import subprocess
import sys
import termios
from pathlib import Path

import mmengine
import mmpose
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
MMPOSE_TOOLS = Path(mmpose.__file__).parent / '.mim' / 'tools'
SMALL = [
    'train_dataloader.dataset.num_samples=16',
    'train_dataloader.batch_size=8',
    'val_dataloader.dataset.num_samples=10',
    'test_dataloader.dataset.num_samples=10',
    'train_cfg.val_interval=1',
    'randomness.seed=3',
    'default_hooks.checkpoint.interval=1',
    'default_hooks.checkpoint.max_keep_ckpts=10',
]
FIXED = {'OMP_NUM_THREADS': '1', 'COLUMNS': '80'}


def run(*command, cwd=ROOT, fails=False):
    """Combined output of a Python command."""
    result = subprocess.run(
        [sys.executable, '-W', 'ignore', *map(str, command)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **FIXED},
    )
    output = result.stdout + result.stderr
    assert (result.returncode != 0) == fails, output[-4000:]
    return output


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Work directory of four epochs in one go, and of two that were resumed for two more."""
    folder = tmp_path_factory.mktemp('train')
    train = ['tools/train.py', 'configs/demo.py', '--work-dir']
    whole = run(*train, folder / 'whole', '--cfg-options', *SMALL, 'train_cfg.max_epochs=4')
    run(*train, folder / 'parts', '--cfg-options', *SMALL, 'train_cfg.max_epochs=2')
    resumed = ['--resume', '--cfg-options', *SMALL, 'train_cfg.max_epochs=4']
    return folder, whole, run(*train, folder / 'parts', *resumed)


def test_last_line_says_where_everything_is(trained):
    folder, whole, _ = trained
    line = whole.strip().splitlines()[-1]
    assert line.startswith(f'checkpoint: {folder / "whole"}/best_NME_epoch_')
    words = line.split()
    assert Path(words[words.index('log:') + 1]).exists()
    assert sorted(path.name for path in (folder / 'whole' / 'pictures').iterdir()) == [
        'predictions.png',
        'schedule.png',
    ]


def test_the_first_epoch_is_near_the_top_and_the_log_file_has_the_rest(trained):
    folder, whole, _ = trained
    before = whole.partition('Epoch(train) [1]')[0].splitlines()
    assert len(before) < 30, before
    log = next((folder / 'whole').glob('*/*.log')).read_text()
    for text in ('System environment', 'Config:', 'Hooks will be executed', 'Exp name'):
        assert text in log
        assert text not in whole


def test_plain_log_lines_where_the_output_is_no_terminal(trained):
    _, whole, _ = trained
    assert 'Epoch(train) [1][2/2]' in whole
    assert 'it/s' not in whole


def test_report(trained):
    folder, *_ = trained
    report = json.loads((folder / 'whole' / 'report.json').read_text())
    assert report['seed'] == 3
    assert report['data']['train'] == 'SyntheticFaces'
    assert report['protocol'][0]['protocol'] == 'inter-ocular'
    assert [point['epoch'] for point in report['curve']] == [1, 2, 3, 4]
    assert report['last']['val'] == report['curve'][-1]
    assert report['best']['val'] == min(report['curve'], key=lambda point: point['NME'])
    assert report['command'].endswith('train_cfg.max_epochs=4')
    assert report['hardware']['cores'] == os.cpu_count()
    assert report['precision'] in ('bfloat16', 'float32')


def test_resumed_in_the_middle_of_the_schedule_gives_the_same_curve(trained):
    folder, _, resumed = trained
    whole, parts = (
        json.loads((folder / name / 'report.json').read_text()) for name in ('whole', 'parts')
    )
    assert 'resumed epoch: 2' in resumed
    assert parts['resumed_at_epoch'] == 2
    assert [point['epoch'] for point in parts['curve']] == [1, 2, 3, 4]
    assert parts['curve'][:2] == whole['curve'][:2]


def test_killed_before_the_last_validation(trained, tmp_path):
    """MMEngine has written the last checkpoint: to resume it is to validate it."""
    folder, *_ = trained
    killed = tmp_path / 'killed'
    shutil.copytree(folder / 'whole', killed)
    (killed / 'last_checkpoint').write_text(str(killed / 'epoch_4.pth'))
    whole = json.loads((killed / 'report.json').read_text())
    unfinished = {**whole, 'curve': whole['curve'][:3]}
    del unfinished['last'], unfinished['best']
    (killed / 'report.json').write_text(json.dumps(unfinished))
    train = ['tools/train.py', 'configs/demo.py', '--work-dir', killed, '--resume']
    run(*train, '--cfg-options', *SMALL, 'train_cfg.max_epochs=4')
    report = json.loads((killed / 'report.json').read_text())
    assert report['curve'] == whole['curve']
    assert (report['last'], report['best']) == (whole['last'], whole['best'])


def test_tool_test_writes_metrics_and_predictions(trained, tmp_path):
    folder, *_ = trained
    checkpoint = next((folder / 'whole').glob('best_*.pth'))
    command = ['tools/test.py', 'configs/demo.py', checkpoint, '--work-dir', tmp_path]
    files = ['--out', tmp_path / 'metrics.json', '--dump', tmp_path / 'faces.pkl']
    run(*command, *files, '--cfg-options', 'test_dataloader.dataset.num_samples=10')
    report = json.loads((folder / 'whole' / 'report.json').read_text())
    metrics = mmengine.load(tmp_path / 'metrics.json')
    assert metrics['NME'] == pytest.approx(report['best']['val']['NME'], abs=1e-4)
    faces = mmengine.load(tmp_path / 'faces.pkl')
    assert len(faces) == 10
    assert np.mean([face['nme'] for face in faces]) == pytest.approx(metrics['NME'] / 100)
    options = ['--cfg-options', 'test_dataloader.dataset.num_samples=10']
    run(*command, '--box', 'jitter', '--out', tmp_path / 'jitter.json', *options)
    assert mmengine.load(tmp_path / 'jitter.json')['NME'] != metrics['NME']
    run(*command, *options, '--box', tmp_path / 'none.json', fails=True)


def test_progress_bar_on_a_terminal(tmp_path):
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (40, 120))
    options = [*SMALL, 'train_cfg.max_epochs=1']
    process = subprocess.Popen(
        [sys.executable, '-W', 'ignore', 'tools/train.py', 'configs/demo.py']
        + ['--work-dir', str(tmp_path), '--cfg-options', *options],
        stdout=follower,
        stderr=follower,
        cwd=ROOT,
    )
    os.close(follower)
    output = b''
    while chunk := read(leader):
        output += chunk
    assert process.wait() == 0, output[-3000:]
    assert b'epoch 1/1: 100%' in output
    assert b'2/2 [' in output
    assert b'loss=' in output


def read(descriptor):
    """What a terminal shows next; empty when its program has ended."""
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b''


def test_a_script_that_is_not_there():
    assert 'no script at nosuch.py' in run('-m', 'fifa_mm', 'nosuch.py', fails=True)


COFW = """
_base_ = 'mmpose::face_2d_keypoint/topdown_heatmap/cofw/td-hm_hrnetv2-w18_8xb64-60e_cofw-256x256.py'
_base_.train_dataloader.dataset.pipeline.insert(
    5, dict(type='fifa_mm.FiducialFocus', patch_size=2, interval=1)
)
model = dict(backbone=dict(init_cfg=None))
faces = dict(
    data_root='{data}/samples/cofw/', ann_file='test_cofw.json', data_prefix=dict(img='')
)
train_dataloader = dict(batch_size=2, dataset=faces)
val_dataloader = dict(dataset=faces)
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=3, val_interval=3)
"""


def test_stock_tools_train_and_test_on_real_faces_until_the_schedule_has_ended(
    real_faces, tmp_path
):
    """MMPose's own train.py and test.py, unmodified, and its COFW config with the one line."""
    config = tmp_path / 'cofw.py'
    config.write_text(COFW.format(data=real_faces))
    train = run('-m', 'fifa_mm', MMPOSE_TOOLS / 'train.py', config, '--work-dir', tmp_path / 'run')
    assert 'Epoch(val) [3][1/1]    NME:' in train
    checkpoint = tmp_path / 'run' / 'epoch_3.pth'
    checkpoint = checkpoint if checkpoint.exists() else next((tmp_path / 'run').glob('best*.pth'))
    tested = run(
        '-m', 'fifa_mm', MMPOSE_TOOLS / 'test.py', config, checkpoint, '--work-dir', tmp_path
    )
    assert 'Epoch(test) [1/1]    NME:' in tested


SCRIPT = """
import sys
from torch.utils.data import DataLoader, Dataset
class Own(Dataset):  # defined by the script: a spawned worker has to find it there
    def __len__(self): return 2
    def __getitem__(self, index):
        import mmpose.models
        return index + len(sys.argv)
if __name__ == '__main__':
    loader = DataLoader(Own(), num_workers=1, multiprocessing_context='spawn')
    print([int(x) for x in loader], __file__, sys.argv)
"""


def test_launcher_reaches_spawned_workers(tmp_path):
    script = tmp_path / 'own.py'
    script.write_text(SCRIPT)
    assert f"[2, 3] {script} ['{script}', 'a']" in run('-m', 'fifa_mm', script, 'a')


def test_a_checkpoint_of_another_model_is_refused(trained, tmp_path):
    folder, *_ = trained
    checkpoint = next((folder / 'whole').glob('best_*.pth'))
    command = ['tools/test.py', 'configs/demo.py', checkpoint, '--work-dir', tmp_path]
    other = ['test_dataloader.dataset.num_samples=10', 'model.backbone.depth=34']
    refused = run(*command, '--cfg-options', *other, fails=True)
    assert f'{checkpoint} does not fit the model: ' in refused
    assert 'are not in it and would stay random, for example backbone.layer1.2.conv1.w' in refused
    allowed = run(*command, '--allow-random-weights', '--cfg-options', *other)
    assert 'Epoch(test) [1/1]    NME:' in allowed
