"""A training that ends, crashes, diverges, is stopped, killed, or wanted twice."""

import os
import signal
import subprocess
import sys
import time

import pytest
from mmengine.config import Config

from fifa_mm.lock import BusyError
from fifa_mm.reproduce.training import Training, claimed


def never():
    return False


@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'work' / 'cell_seed0'


def train(config, folder, stopped=never):
    """Points seen, whether it ended, its outcome."""
    points = []
    with claimed(folder):
        training = Training(config, folder)
        ended = training.watch(points.append, stopped)
        return points, ended, training.outcome() if ended else None


def test_one_that_ends(fake_training, config, folder):
    fake_training(folder.parent, seconds=0.15)
    points, ended, (status, report) = train(config, folder)
    assert ended
    assert status == 'done'
    assert report['last']['test']['NME'] == 7.0
    assert points[-1]['epoch'] == 3


def test_forget_keeps_the_best_checkpoint(fake_training, config, folder):
    fake_training(folder.parent)
    with claimed(folder):
        training = Training(config, folder)
        training.watch(print, never)
        (folder / 'best_NME_epoch_2.pth').touch()
        training.forget()
    assert [path.name for path in folder.glob('*.pth')] == ['best_NME_epoch_2.pth']
    assert not (folder / 'last_checkpoint').exists()


def test_one_that_crashes_leaves_the_reason(fake_training, config, folder):
    fake_training(folder.parent, crash=1)
    _, ended, (status, content) = train(config, folder)
    assert ended
    assert status == 'crashed'
    assert content['reason'] == 'OSError: [Errno 28] No space left on device'
    assert 'Traceback' in (folder / 'train.log').read_text()
    fake_training(folder.parent)
    assert train(config, folder)[2][0] == 'done'
    assert (folder / 'starts').read_text().split() == ['0', '1']


@pytest.mark.parametrize(
    ('behaviour', 'reason'),
    [
        ({'killed': 1, 'signal': 9}, 'killed by SIGKILL'),
        ({'killed': 1, 'signal': 11}, 'killed by SIGSEGV'),
        ({'status': 143}, 'killed by SIGTERM'),  # as fifa_mm train ends itself
        ({'status': 3}, 'no output, exit status 3'),
    ],
)
def test_one_that_is_killed_is_called_killed(fake_training, config, folder, behaviour, reason):
    fake_training(folder.parent, **behaviour)
    assert train(config, folder)[2] == (
        'crashed',
        {'reason': reason, 'log': str(folder / 'train.log')},
    )


@pytest.mark.parametrize('behaviour', [{'nan': 1}, {'nme': None}])
def test_one_that_diverges(fake_training, config, folder, behaviour):
    """At a loss that is not finite; at predictions that are not, when it has ended."""
    fake_training(folder.parent, **behaviour)
    status, content = train(config, folder)[2]
    assert status == 'diverged'
    assert 'infinite or NaN' in content['reason']


def test_one_that_is_stopped_goes_on(fake_training, config, folder):
    fake_training(folder.parent, seconds=0.3)
    reached = folder / 'last_checkpoint'
    _, ended, _ = train(config, folder, stopped=lambda: reached.exists())
    assert not ended
    _, ended, (status, _) = train(config, folder)
    assert ended
    assert status == 'done'
    starts = list(map(int, (folder / 'starts').read_text().split()))
    assert starts[0] == 0
    assert starts[1] >= 1


def test_one_whose_parent_was_killed_is_not_joined(fake_training, config, folder):
    """The orphan holds its lock until it ends; then its work is there."""
    fake_training(folder.parent, seconds=0.7)
    program = (
        'from mmengine.config import Config; from pathlib import Path\n'
        'from fifa_mm.reproduce import training\n'
        f'training.TRAIN = Path({str(folder.parent.parent / "fake_train.py")!r})\n'
        f'folder = Path({str(folder)!r})\n'
        'with training.claimed(folder):\n'
        '    one = training.Training(Config({"a": 1}), folder)\n'
        '    one.watch(print, lambda: False)\n'
    )
    parent = subprocess.Popen([sys.executable, '-W', 'ignore', '-c', program])
    while not (folder / 'starts').exists():
        assert parent.poll() is None
        time.sleep(0.02)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    with (
        pytest.raises(BusyError, match=r'cell_seed0 is in use by another process'),
        claimed(folder),
    ):
        pass
    for _ in range(500):
        try:
            with claimed(folder):
                break
        except BusyError:
            time.sleep(0.02)
    assert 'last' in (folder / 'report.json').read_text()


def test_another_config_in_the_folder_is_refused(fake_training, config, folder):
    fake_training(folder.parent)
    train(config, folder)
    other = Config({**config.to_dict(), 'optim_wrapper': 'B'})
    with pytest.raises(ValueError, match=r'cell_seed0 was made with another config .*remove it'):
        train(other, folder)
    seeded = Config({**config.to_dict(), 'randomness': {'seed': 3}})
    assert train(seeded, folder)[2][0] == 'done'


def test_a_report_without_a_checkpoint_is_not_gone_on_from(fake_training, config, folder):
    fake_training(folder.parent)
    folder.mkdir(parents=True)
    (folder / 'report.json').write_text('{"curve": [{"epoch": 9, "NME": 1}]}')
    with claimed(folder):
        training = Training(config, folder)
        training.watch(print, never)
        assert [point['epoch'] for point in training.epochs()] == [1, 2, 3]
