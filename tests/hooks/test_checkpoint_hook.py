"""The old checkpoint goes when the new one is whole."""

import errno
import shutil

import pytest
from faults.small_training import build
from mmengine.fileio import LocalBackend
from mmpose.registry import HOOKS

from fifa_mm import WholeCheckpointHook
from fifa_mm.safe_load import load_checkpoint


def names(folder):
    return sorted(path.name for path in folder.glob('*') if path.suffix in ('.pth', '.part'))


@pytest.fixture
def events(monkeypatch):
    """What is written and removed, and whether it was whole."""
    seen = []
    put, remove = LocalBackend.put, LocalBackend.remove

    def record_put(self, obj, path):
        put(self, obj, path)
        seen.append(('put', path.rpartition('/')[2]))
        load_checkpoint(path)

    def record_remove(self, path):
        seen.append(('remove', path.rpartition('/')[2]))
        remove(self, path)

    monkeypatch.setattr(LocalBackend, 'put', record_put)
    monkeypatch.setattr(LocalBackend, 'remove', record_remove)
    return seen


def test_stock_configs_get_it():
    assert isinstance(HOOKS.build({'type': 'CheckpointHook'}), WholeCheckpointHook)


@pytest.mark.parametrize('keep', [1, 2])
def test_order(tmp_path, events, keep):
    build(tmp_path / 'run', epochs=4, keep=keep).train()
    best = [name for action, name in events if action == 'put' and name.startswith('best')]
    assert names(tmp_path / 'run') == sorted(
        [f'epoch_{epoch}.pth' for epoch in range(5 - keep, 5)] + best[-1:]
    )
    for place, (action, name) in enumerate(events):
        if action == 'remove' and name.startswith('epoch'):
            epoch = int(name[6:-4])
            assert ('put', f'epoch_{epoch + keep}.pth') in events[:place]
        elif action == 'remove':
            better = best[best.index(name) + 1]
            epoch = int(better[:-4].rpartition('_')[2])
            assert ('put', better) in events[:place]
            assert events[place - 1] == ('put', f'epoch_{epoch}.pth')  # which names the better


@pytest.mark.parametrize('keep', [1, 2])
@pytest.mark.parametrize('victim', ['epoch_3.pth', 'best'])
def test_a_disk_that_is_full(tmp_path, monkeypatch, keep, victim):
    put, written = LocalBackend.put, []

    def full(self, obj, path):
        written.append(path.rpartition('/')[2])
        if written[-1].startswith(victim) and len(written) > 3:
            raise OSError(errno.ENOSPC, 'No space left on device', path)
        put(self, obj, path)

    with monkeypatch.context() as patch:
        patch.setattr(LocalBackend, 'put', full)
        with pytest.raises(OSError, match='No space left'):
            build(tmp_path / 'run', epochs=5, keep=keep).train()
    for name in names(tmp_path / 'run'):
        load_checkpoint(tmp_path / 'run' / name)
    resumed = build(tmp_path / 'run', epochs=5, keep=keep)
    resumed.train()
    assert resumed.epoch == 5
    whole = build(tmp_path / 'whole', epochs=5, keep=keep)
    whole.train()
    assert resumed.model.numbers.tolist() == whole.model.numbers.tolist()
    assert names(tmp_path / 'run') == names(tmp_path / 'whole')


def test_the_original_of_a_copied_folder_keeps_its_best(tmp_path):
    build(tmp_path / 'run', epochs=2).train()
    before = names(tmp_path / 'run')
    shutil.copytree(tmp_path / 'run', tmp_path / 'copy')
    (tmp_path / 'copy' / 'last_checkpoint').write_text(str(tmp_path / 'copy' / 'epoch_2.pth'))
    build(tmp_path / 'copy', epochs=6).train()
    assert names(tmp_path / 'run') == before
    assert len([name for name in names(tmp_path / 'copy') if name.startswith('best')]) == 1


@pytest.mark.parametrize('path', ['', '/', '/a/..', '.', None])
def test_a_best_checkpoint_that_is_no_file(tmp_path, path):
    hook = WholeCheckpointHook(save_best='NME', rule='less')
    hook.out_dir, hook.file_backend = str(tmp_path), LocalBackend()
    assert hook._in_own_folder(path) is None


def test_parts_that_a_kill_left(tmp_path):
    (tmp_path / 'run').mkdir()
    (tmp_path / 'run' / '.epoch_1.pth.123.part').write_bytes(b'')
    build(tmp_path / 'run', epochs=1).train()
    assert not list((tmp_path / 'run').glob('.*.part'))
