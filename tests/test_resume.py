"""A training goes on from the newest checkpoint that can be read, and says which cannot."""

import os
import shutil

import pytest
import torch
from mmengine.runner import runner as host

from fifa_mm import resume
from fifa_mm.resume import checkpoints, newest_checkpoint
from fifa_mm.safe_load import UnreadableCheckpointError, UnsafeCheckpointError


@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'run'


def save(path, clock=[1_700_000_000], **content):  # noqa: B006
    """Write a checkpoint a second after the last one."""
    path.parent.mkdir(exist_ok=True)
    torch.save({'meta': {}, 'state_dict': {}, 'message_hub': {}, **content}, path)
    clock[0] += 1
    os.utime(path, (clock[0], clock[0]))


def save_and_point(path):
    save(path)
    pointer = path.with_name('last_checkpoint')
    pointer.write_text(str(path))
    os.utime(pointer, (path.stat().st_atime, path.stat().st_mtime))


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def names(paths):
    return [path.name for path in paths]


def test_mmengine_asks_here():
    assert host.find_latest_checkpoint is newest_checkpoint


def test_the_one_that_the_pointer_names(folder):
    for epoch in (8, 9, 10):
        save_and_point(folder / f'epoch_{epoch}.pth')
    save(folder / 'best_NME_epoch_9.pth')
    assert newest_checkpoint(folder) == str(folder / 'epoch_10.pth')
    assert names(checkpoints(folder)) == ['epoch_10.pth', 'epoch_9.pth', 'epoch_8.pth']


def test_one_that_was_written_after_the_pointer(folder):
    save_and_point(folder / 'epoch_1.pth')
    save(folder / 'epoch_2.pth')
    assert newest_checkpoint(folder) == str(folder / 'epoch_2.pth')


def test_a_training_that_went_back(folder):
    """Resumed from an early checkpoint by name: later ones are of another branch."""
    for epoch in (3, 9):
        save(folder / f'epoch_{epoch}.pth')
    save_and_point(folder / 'epoch_4.pth')
    assert newest_checkpoint(folder) == str(folder / 'epoch_4.pth')
    cut(folder / 'epoch_4.pth')
    os.utime(folder / 'epoch_4.pth', (1_700_000_000, 1_700_000_000))
    assert newest_checkpoint(folder) == str(folder / 'epoch_3.pth')


@pytest.mark.parametrize('pointer', ['', 'gone', None])
@pytest.mark.parametrize('unit', ['epoch', 'iter'])
def test_pointer_lost(folder, unit, pointer):
    for number in (90, 100):
        save(folder / f'{unit}_{number}.pth')
    if pointer is not None:
        (folder / 'last_checkpoint').write_text(
            pointer and str(folder / 'gone' / f'{unit}_100.pth')
        )
    assert newest_checkpoint(folder) == str(folder / f'{unit}_100.pth')


def test_moved_folder(folder):
    for epoch in (1, 2):
        save_and_point(folder / f'epoch_{epoch}.pth')
    moved = folder.with_name('moved')
    shutil.move(folder, moved)
    assert newest_checkpoint(moved) == str(moved / 'epoch_2.pth')


def test_another_template_and_folder(folder):
    save(folder.with_name('elsewhere') / 'state-7.pth')
    save(folder.with_name('elsewhere') / 'epoch_9.pth')
    folder.mkdir()
    (folder / 'last_checkpoint').write_text(str(folder.with_name('elsewhere') / 'state-7.pth'))
    assert names(checkpoints(folder)) == ['state-7.pth']


def test_another_storage(folder):
    folder.mkdir()
    (folder / 'last_checkpoint').write_text('s3://bucket/run/epoch_2.pth')
    assert newest_checkpoint(folder) == 's3://bucket/run/epoch_2.pth'


@pytest.mark.parametrize('damage', [cut, lambda path: path.write_bytes(b'')])
def test_unreadable_ones_are_named(folder, damage, monkeypatch):
    for epoch in (1, 2, 3):
        save_and_point(folder / f'epoch_{epoch}.pth')
    damage(folder / 'epoch_3.pth')
    damage(folder / 'epoch_2.pth')
    said = []
    monkeypatch.setattr(resume, 'print_log', lambda text, *_: said.append(text))
    assert newest_checkpoint(folder) == str(folder / 'epoch_1.pth')
    for epoch, line in zip((3, 2), said, strict=True):
        assert f'epoch_{epoch}.pth cannot be read' in line
        assert line.endswith('going on from epoch_1.pth')


def test_no_state_of_a_training(folder):
    save_and_point(folder / 'epoch_1.pth')
    torch.save({'state_dict': {}}, folder / 'epoch_2.pth')
    assert newest_checkpoint(folder) == str(folder / 'epoch_1.pth')


def test_none_can_be_read(folder):
    for epoch in (1, 2):
        save_and_point(folder / f'epoch_{epoch}.pth')
        (folder / f'epoch_{epoch}.pth').write_bytes(b'')
    with pytest.raises(UnreadableCheckpointError, match=r'no check.*epoch_2\.pth.*epoch_1\.pth'):
        newest_checkpoint(folder)


def test_one_that_would_execute_code_is_not_passed_over(folder):
    save_and_point(folder / 'epoch_1.pth')
    save(folder / 'epoch_2.pth', extra=print)
    with pytest.raises(UnsafeCheckpointError, match=r'epoch_2\.pth'):
        newest_checkpoint(folder)


def test_nothing_there(folder):
    assert newest_checkpoint(folder) is None
    folder.mkdir()
    (folder / 'report.json').write_text('{"curve": []}')
    assert newest_checkpoint(folder) is None


def test_a_curve_without_a_checkpoint(folder):
    folder.mkdir()
    (folder / 'report.json').write_text('{"curve": [{"epoch": 1}, {"epoch": 2}]}')
    with pytest.raises(FileNotFoundError, match='curve of a training of 2 validations'):
        newest_checkpoint(folder)
