"""A disk that fills: nothing that was whole is lost, a line says so, and it goes on with space."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from faults.kills import forked
from faults.processes import Command, processes
from faults.small_training import EPOCHS, build

from fifa_mm.datasets.prepare.files import ImageSizes
from fifa_mm.files import read_json, write_all, write_figure, write_json
from fifa_mm.plots.training import draw_schedule
from fifa_mm.resume import checkpoints
from fifa_mm.safe_load import load_checkpoint

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = 100_000  # that take space in a checkpoint: 0.4 MB
FULL = 'No space left on device'


class Disk:
    """A file system in memory, of some kilobytes."""

    def __init__(self, path: Path, kilobytes: int):
        self.path = path
        path.mkdir()
        self._mount('size', kilobytes)

    def resize(self, kilobytes: int) -> None:
        self._mount('remount,size', kilobytes)

    def _mount(self, option, kilobytes):
        command = ['mount', '-t', 'tmpfs', '-o', f'{option}={kilobytes}k', 'tmpfs', str(self.path)]
        subprocess.run(command, check=True, capture_output=True)

    def fill(self, left: int = 0) -> Path:
        """Fill it but for some bytes; returns the file to delete."""
        filler = self.path / 'filler'
        free = shutil.disk_usage(self.path).free
        filler.write_bytes(bytes(max(free - left, 0)))
        return filler

    def remove(self) -> None:
        subprocess.run(['umount', '--lazy', str(self.path)], check=True)


@pytest.fixture
def disk(tmp_path):
    """A function that makes a disk of some kilobytes."""
    if sys.platform != 'linux' or os.geteuid():
        pytest.skip('a small file system needs root on Linux')
    disks = []

    def make(kilobytes):
        try:
            disks.append(Disk(tmp_path / f'disk{len(disks)}', kilobytes))
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f'no small file system here: {error}')
        return disks[-1]

    yield make
    for each in disks:
        each.remove()


def whole(folder):
    """Every checkpoint and report can be read, and nothing half is left."""
    for path in folder.glob('*.pth'):
        load_checkpoint(path)
    if (folder / 'report.json').exists():
        read_json(folder / 'report.json')
    assert not list(folder.glob('.*.part'))


@pytest.mark.parametrize(
    'kilobytes',
    [1400, *(pytest.param(size, marks=pytest.mark.slow) for size in range(40, 3300, 160))],
)
def test_at_any_write_of_a_training(disk, tmp_path, kilobytes):
    """Logs, scalars, reports, checkpoints: whichever finds no space."""
    small = disk(kilobytes)
    work_dir, log = small.path / 'run', tmp_path / 'log'

    def train(folder=work_dir):
        build(folder, extra=NUMBERS).train()

    status = os.waitpid(forked(train, log), 0)[1]
    said = log.read_text()
    assert bool(status) == (FULL in said)
    whole(work_dir)
    reached = [load_checkpoint(path)['meta']['epoch'] for path in checkpoints(work_dir)]
    curve = []
    if (work_dir / 'report.json').exists():
        curve = read_json(work_dir / 'report.json')['curve']
    assert max(reached, default=0) >= (curve[-1]['epoch'] if curve else 0)
    small.resize(20 * kilobytes + 8000)
    assert os.waitpid(forked(train, log), 0)[1] == 0, log.read_text()[len(said) :]
    train(tmp_path / 'whole')
    ends = [
        load_checkpoint(folder / f'epoch_{EPOCHS}.pth')['state_dict']['numbers'].tolist()
        for folder in (work_dir, tmp_path / 'whole')
    ]
    assert ends[0] == ends[1]
    scores = [
        [(point['epoch'], point['NME']) for point in read_json(folder / 'report.json')['curve']]
        for folder in (work_dir, tmp_path / 'whole')
    ]
    assert scores[0] == scores[1]
    end = f'full after epoch {max(reached, default=0)}' if status else 'enough'
    print(f'\n{kilobytes} kB: {end}')


CONFIG = f"""
_base_ = '{ROOT}/configs/demo.py'
loader = dict(num_workers=0, persistent_workers=False, batch_size=2)
train_dataloader = dict(dataset=dict(num_samples=4), **loader)
val_dataloader = dict(dataset=dict(num_samples=2), **loader)
test_dataloader = dict(dataset=dict(num_samples=2), **loader)
train_cfg = dict(max_epochs=3, val_interval=1)
"""


@pytest.mark.parametrize('megabytes', [100, pytest.param(30, marks=pytest.mark.slow)])
def test_the_command_says_it_in_one_line(disk, tmp_path, megabytes):
    small = disk(1000 * megabytes)
    config = tmp_path / 'small.py'
    config.write_text(CONFIG)
    arguments = ['train', config, '--work-dir', small.path / 'run', '--resume']
    first = Command(arguments, tmp_path / 'output')
    assert first.wait()[0] == 1
    lines = first.lines()
    assert lines[-1].startswith(f"fifa_mm train: [Errno 28] {FULL}: '{small.path}/run/")
    assert not [line for line in lines if 'Traceback' in line or 'Logging error' in line]
    whole(small.path / 'run')
    small.resize(400_000)
    second = Command(arguments, tmp_path / 'output')
    assert second.wait()[0] == 0, second.lines()[-5:]
    assert len(read_json(small.path / 'run' / 'report.json')['curve']) == 3


def test_record(disk):
    small = disk(100)
    path = small.path / 'record.json'
    write_json(path, {'old': 1})
    filler = small.fill()
    with pytest.raises(OSError, match=f"{FULL}: '{path}'"):
        write_json(path, {'new': list(range(10_000))})
    assert read_json(path) == {'old': 1}
    filler.unlink()
    write_json(path, {'new': 2})
    assert sorted(item.name for item in small.path.iterdir()) == ['record.json']


def test_picture(disk):
    small = disk(400)
    path = small.path / 'schedule.png'
    figure = draw_picture()
    write_figure(path, figure)
    old = path.read_bytes()
    filler = small.fill(left=1000)
    with pytest.raises(OSError, match=f"{FULL}: '{path}'"):
        write_figure(path, figure)
    assert path.read_bytes() == old
    filler.unlink()
    write_figure(path, figure)


def draw_picture():
    import numpy as np

    from fifa_mm import FiducialFocus

    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    return draw_schedule(image, np.full((5, 2), 30.0), FiducialFocus(epoch=0))


def test_annotations(disk):
    """Of all splits or of none."""
    small = disk(200)
    paths = [small.path / f'{split}.json' for split in ('train', 'test')]
    write_all({path: ['old'] for path in paths})
    filler = small.fill(left=60_000)
    with pytest.raises(OSError, match=f"{FULL}: '{small.path}/t"):
        write_all({path: list(range(10_000)) for path in paths})
    assert [json.loads(path.read_text()) for path in paths] == [['old'], ['old']]
    filler.unlink()
    write_all({path: ['new'] for path in paths})
    assert len(list(small.path.iterdir())) == 2


def test_memory_of_image_sizes(disk, real_faces, tmp_path):
    """Its last line is cut: that image is decoded again."""
    small = disk(40)
    source = sorted((real_faces / 'raw300w').rglob('*.[jp][pn]g'))[0]
    images = [tmp_path / f'{number:0200}.jpg' for number in range(40)]
    for image in images:
        image.symlink_to(source)
    memory = small.path / 'sizes'
    ImageSizes(memory).read(images[:2])
    filler = small.fill()
    with pytest.raises(OSError, match=FULL):
        ImageSizes(memory).read(images)
    filler.unlink()
    assert all('size' in result for result in ImageSizes(memory).read(images).values())


@pytest.mark.slow
def test_reproduce(disk, tmp_path):
    """The cell is recorded as crashed for lack of space, and goes on when there is some."""
    small = disk(60_000)
    arguments = ['reproduce', '7', '--data', 'synthetic', '--size', '128', '--recipe', 'tiny']
    arguments += ['--cells', 'hrnet', '--work-dirs', small.path, '--results', tmp_path / 'results']
    first = Command(arguments, tmp_path / 'output')
    assert first.wait()[0] == 1
    assert [line for line in first.lines() if 'crashed' in line and FULL in line], first.lines()
    small.resize(4_000_000)
    second = Command(arguments, tmp_path / 'output')
    assert second.wait()[0] == 0, second.lines()
    for command in (first, second):
        for pid in processes(command.pid):
            os.kill(pid, signal.SIGKILL)


def test_weights_that_are_converted(disk, tmp_path):
    from fifa_mm import PlainViT

    model = PlainViT({'width': 128, 'depth': 2, 'heads': 2}, 32, style='vit')
    torch.save(model.state_dict(), tmp_path / 'vit.pth')
    small = disk(100)
    command = Command(['convert', tmp_path / 'vit.pth', small.path / 'out.pth'], tmp_path / 'log')
    assert command.wait()[0] == 1
    assert command.lines()[-1] == f"fifa_mm convert: [Errno 28] {FULL}: '{small.path}/out.pth'"
    assert list(small.path.iterdir()) == []
