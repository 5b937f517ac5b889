"""Signals end trainings, tests and whole tables, and leave what is whole and no process."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from faults.processes import Command, processes, wait_for
from mmengine.dataset import worker_init_fn
from mmengine.runner import runner as host

from fifa_mm.lock import locked_work_dir
from fifa_mm.resume import checkpoints, newest_checkpoint

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='counts processes in /proc')
ROOT = Path(__file__).resolve().parents[2]
slow = pytest.mark.slow
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
CONFIG = f"""
_base_ = '{ROOT}/configs/demo.py'
loader = dict(num_workers=2, persistent_workers=True, batch_size={{batch}})
train_dataloader = dict(dataset=dict(num_samples={{samples}}), **loader)
val_dataloader = dict(dataset=dict(num_samples={{tested}}), **loader)
test_dataloader = dict(dataset=dict(num_samples={{tested}}), **loader)
train_cfg = dict(max_epochs=1000, val_interval=1)
env_cfg = dict(mp_cfg=dict(mp_start_method='{{context}}'))
"""


@pytest.fixture
def train(tmp_path):
    """A function that starts a training in ``tmp_path / 'run'``; it is killed in the end."""
    commands = []

    def start(*arguments, context='fork', samples=4, tested=4, batch=2, **options):
        config = tmp_path / 'small.py'
        values = {'context': context, 'samples': samples, 'tested': tested, 'batch': batch}
        config.write_text(CONFIG.format(**values))
        arguments = arguments or ('train', config, '--work-dir', tmp_path / 'run')
        arguments = [config if part == 'CONFIG' else part for part in arguments]
        commands.append(Command(arguments, tmp_path / f'output{len(commands)}', **options))
        return commands[-1]

    yield start
    for command in commands:
        for pid in processes(command.pid):
            os.kill(pid, signal.SIGKILL)


def in_its_third_epoch(command, folder):
    command.wait_for((folder / 'epoch_2.pth').exists)


def ends_well(command, number, said):
    """It ends with its status and line, at once; returns the seconds it took."""
    status, seconds = command.wait()
    assert status == 128 + number, command.lines()[-20:]
    assert wait_for(lambda: not processes(command.pid), 5) < 5
    last = command.lines()[-1]
    assert last == f'fifa_mm {said.replace("SIG", signal.Signals(number).name)}'
    assert not [line for line in command.lines() if 'Traceback' in line]
    return seconds


@pytest.mark.parametrize(
    ('number', 'context', 'group'),
    [
        (signal.SIGTERM, 'fork', False),
        pytest.param(signal.SIGHUP, 'fork', False, marks=slow),
        pytest.param(signal.SIGINT, 'fork', True, marks=slow),
        pytest.param(signal.SIGTERM, 'fork', True, marks=slow),
        pytest.param(signal.SIGHUP, 'fork', True, marks=slow),
    ],
)
def test_training(train, tmp_path, number, context, group):
    """To the trainer, or as a terminal does to its whole group."""
    command = train(context=context)
    in_its_third_epoch(command, tmp_path / 'run')
    command.wait_for(lambda: len(command.workers()) == 4)
    (os.killpg if group else os.kill)(command.pid, number)
    text = 'train: stopped by SIG; --resume goes on after the last epoch saved'
    seconds = ends_well(command, number, text)
    print(f'\ntraining, {signal.Signals(number).name}: ended in {seconds:.1f} s')
    assert newest_checkpoint(tmp_path / 'run') == str(checkpoints(tmp_path / 'run')[0])
    assert not list((tmp_path / 'run').glob('.*.part'))
    with locked_work_dir(tmp_path / 'run'):
        pass


def slow_disk(folder, seconds):
    """Every checkpoint after the second epoch's takes long to reach the disk."""
    fsync = os.fsync

    def slow_fsync(descriptor):
        name = os.readlink(f'/proc/self/fd/{descriptor}')
        if '.pth.' in name and (folder / 'epoch_2.pth').exists():
            (folder / 'saving').touch()
            time.sleep(seconds)
        fsync(descriptor)

    os.fsync = slow_fsync


@pytest.mark.parametrize('seconds', [1, pytest.param(60, marks=slow)])
def test_during_a_save(train, tmp_path, seconds):
    """A save of a second becomes whole, one of a minute leaves what was whole before."""
    folder = tmp_path / 'run'
    command = train(prepare=lambda: slow_disk(folder, seconds))
    command.wait_for((folder / 'saving').exists)
    before = checkpoints(folder)[0]
    os.kill(command.pid, signal.SIGINT)
    took = ends_well(
        command, signal.SIGINT, 'train: stopped by SIG; --resume goes on after the last epoch saved'
    )
    print(f'\nduring a save of {seconds} s, SIGINT: ended in {took:.1f} s')
    assert Path(newest_checkpoint(folder)) == checkpoints(folder)[0]
    assert bool(list(folder.glob('.*.pth.*.part'))) == (seconds == 60)
    assert checkpoints(folder)[0].name >= before.name


@pytest.mark.parametrize('number', [pytest.param(number, marks=slow) for number in SIGNALS])
def test_test(train, tmp_path, number):
    training = train()
    in_its_third_epoch(training, tmp_path / 'run')
    os.kill(training.pid, signal.SIGKILL)
    training.wait()
    weights = checkpoints(tmp_path / 'run')[0]
    command = train('test', 'CONFIG', weights, '--work-dir', tmp_path / 'test', tested=2000)
    command.wait_for(lambda: len(command.workers()) == 2)
    time.sleep(1)
    os.kill(command.pid, number)
    seconds = ends_well(command, number, 'test: stopped by SIG')
    print(f'\ntest, {signal.Signals(number).name}: ended in {seconds:.1f} s')


@pytest.mark.parametrize('context', ['fork', pytest.param('spawn', marks=slow)])
def test_kill_of_the_parent(train, tmp_path, context):
    """Workers end by themselves, also where a lot waits in the pipe for the parent."""
    command = train(context=context, samples=400, batch=32)
    command.wait_for(lambda: len(command.workers()) >= 2)
    time.sleep(3)
    os.kill(command.pid, signal.SIGKILL)
    command.wait()
    seconds = wait_for(lambda: not processes(command.pid), 60)
    print(f'\nkill -9 of a trainer with workers by {context}: they end in {seconds:.1f} s')


@slow
def test_workers_stay_otherwise(train):
    """The test above finds what it looks for."""

    def undo():
        host.default_worker_init_fn = worker_init_fn

    command = train(samples=400, batch=32, prepare=undo)
    command.wait_for(lambda: len(command.workers()) >= 2)
    time.sleep(3)
    os.kill(command.pid, signal.SIGKILL)
    command.wait()
    time.sleep(30)
    assert processes(command.pid)


@slow
@pytest.mark.parametrize('number', [*SIGNALS, signal.SIGKILL])
def test_reproduce(train, tmp_path, number):
    """The trainer is in a session of its own, with its workers."""
    work_dirs = tmp_path / 'work'
    arguments = ['7', '--data', 'synthetic', '--size', '128', '--recipe', 'cpu']
    arguments += ['--cells', 'hrnet', '--work-dirs', work_dirs, '--results', tmp_path / 'results']
    command = train('reproduce', *arguments)
    lock = work_dirs / 'table7' / 'synthetic_128_cpu' / 'hrnet_seed0' / 'training.lock'

    def trainer():
        """Its process id; at first the parent holds the lock."""
        words = lock.read_text().split() if lock.exists() else []
        return next((int(word) for word in words if word.isdigit() and int(word) != command.pid), 0)

    command.wait_for(lambda: len(processes(trainer() or -1)) > 1)
    trainer = trainer()
    time.sleep(5)
    os.kill(command.pid, number)
    status, seconds = command.wait()
    assert status == (-9 if number == signal.SIGKILL else 128 + number), command.lines()
    seconds += wait_for(lambda: not processes(trainer) and not processes(command.pid), 60)
    print(f'\nreproduce, {signal.Signals(number).name}: all ended in {seconds:.1f} s')
    assert 'Traceback' not in command.output.read_text()
    if number != signal.SIGKILL:
        assert command.lines()[-1] == 'hrnet seed 0: stopped, goes on from its last epoch next time'


def test_two_trainings_in_one_folder(train, tmp_path):
    first = train()
    in_its_third_epoch(first, tmp_path / 'run')
    before = sorted(path.name for path in (tmp_path / 'run').iterdir() if path.suffix != '.pth')
    second = train()
    status, _ = second.wait()
    assert status == 1
    assert second.lines()[-1].startswith(
        f'fifa_mm train: {tmp_path}/run is in use by another process (process {first.pid} on '
    )
    after = sorted(path.name for path in (tmp_path / 'run').iterdir() if path.suffix != '.pth')
    assert after == before
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    third = train()
    third.wait_for(third.workers)
