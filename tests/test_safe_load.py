"""Checkpoints load as they were saved, and nothing in them is executed."""

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.runner.checkpoint import CheckpointLoader, _load_checkpoint

from fifa_mm.safe_load import (
    UnreadableCheckpointError,
    UnsafeCheckpointError,
    load_checkpoint,
    wanted_imports,
)

ARRAYS = [
    np.arange(6, dtype='f4').reshape(2, 3),
    np.asfortranarray(np.arange(6, dtype='>i8').reshape(2, 3)),
    np.array([], 'u1'),
    np.array(3.5),
    np.array([True, False]),
    np.array([1 + 2j]),
    np.array(['left eye', 'ä']),
    np.array([b'ab']),
    np.zeros((2, 0), 'f2'),
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'epoch_1.pth'


def saved(content, path, **options):
    torch.save(content, path, **options)
    return path


@pytest.mark.parametrize('array', ARRAYS, ids=lambda array: f'{array.dtype}{array.shape}')
@pytest.mark.parametrize('zipped', [True, False])
def test_arrays(path, array, zipped):
    file = saved({'a': array, 'b': [(array, 1)]}, path, _use_new_zipfile_serialization=zipped)
    loaded = load_checkpoint(file)
    assert loaded['a'].dtype == array.dtype
    assert np.array_equal(loaded['a'], array)
    assert loaded['a'].flags.writeable
    assert loaded['b'][0][0] is loaded['a']


@pytest.mark.parametrize('value', [np.float32(0.5), np.int64(-3), np.bool_(True), np.str_('a')])
def test_scalars(path, value):
    loaded = load_checkpoint(saved([value], path))[0]
    assert (type(loaded), loaded) == (type(value), value)


def test_what_mmengine_saves(path):
    hub = MessageHub.get_instance('test_safe_load')
    hub.update_scalar('train/loss', 1.5)
    hub.update_scalar('train/loss', np.float32(2.5))
    hub.update_info('best_score', np.float64(3.25))
    weights = torch.nn.Linear(2, 1).state_dict()
    content = {
        'meta': {'epoch': 1, 'dataset_meta': {'sigmas': np.ones(3, 'f4'), 'links': [(0, 1)]}},
        'state_dict': weights,
        'message_hub': hub.state_dict(),
        'optimizer': {'state': {0: {'step': torch.tensor(1.0)}}, 'param_groups': [{'lr': 0.1}]},
    }
    before = copy.deepcopy(HistoryBuffer._statistics_methods)
    loaded = load_checkpoint(saved(content, path))
    assert HistoryBuffer._statistics_methods == before
    assert loaded.keys() == content.keys()
    assert isinstance(loaded['state_dict'], OrderedDict)
    assert loaded['state_dict']._metadata == weights._metadata
    buffer = loaded['message_hub']['log_scalars']['train/loss']
    assert type(buffer) is HistoryBuffer
    assert buffer.mean() == 2.0
    assert (buffer.statistics('max'), buffer.current(), buffer.max_length) == (2.5, 2.5, 1000000)
    buffer.update(4.0)
    restored = MessageHub.get_instance('test_safe_load_2')
    restored.load_state_dict(loaded['message_hub'])
    assert restored.get_scalar('train/loss').current() == 4.0
    assert restored.get_info('best_score') == 3.25


@pytest.mark.parametrize('load', [_load_checkpoint, torch.load])
def test_mmengine_and_plain_torch_load_that_way_without_a_warning(path, load, recwarn, capfd):
    saved({'meta': {'sigmas': np.ones(2, 'u1')}, 'state_dict': {}}, path)
    assert load(str(path), map_location='cpu')['meta']['sigmas'].tolist() == [1, 1]
    assert not recwarn
    assert 'weights_only' not in capfd.readouterr().err


def test_what_the_caller_of_torch_load_chooses_stays(path):
    saved({1, 2}, path)
    assert torch.load(path, weights_only=False) == {1, 2}
    assert torch.load(path, pickle_module=pickle) == {1, 2}
    saved(pytest.raises, path)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)


def test_an_address(path, monkeypatch):
    """The file behind it is where PyTorch would have left it."""
    saved({'state_dict': {'w': torch.ones(1)}, 'sigmas': np.ones(2)}, path)
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(path.parent))
    (path.parent / 'checkpoints').mkdir()
    path.rename(path.parent / 'checkpoints' / path.name)
    load = CheckpointLoader.load_checkpoint
    assert load(f'https://example.org/{path.name}', 'cpu')['sigmas'].tolist() == [1, 1]
    saved({'state_dict': print}, path.parent / 'checkpoints' / path.name)
    with pytest.raises(UnsafeCheckpointError, match=r'checkpoints/epoch_1\.pth .*builtins\.print'):
        load(f'https://example.org/{path.name}', 'cpu')


def test_the_text_that_mmengine_would_execute_gets_the_name_of_today(path):
    loaded = load_checkpoint(saved({'meta': {'config': 'a = 1'}}, path))
    assert loaded == {'meta': {'cfg': 'a = 1'}}


@pytest.mark.parametrize(
    ('value', 'wanted'),
    [
        (print, r'builtins\.print'),
        (np.array([1, None], dtype=object), 'an array of Python objects'),
        (np.zeros(1, [('a', 'f4')]), 'an array of type|numpy'),
        (np.zeros(1, 'M8[s]'), 'an array of type'),
        (np.matrix([1]), r'numpy\.matrix|numpy\.matrixlib'),
    ],
)
def test_more_than_data(path, value, wanted):
    with pytest.raises(UnsafeCheckpointError, match=f'{wanted}.*FIFA_MM_TRUST={path}'):
        load_checkpoint(saved({'a': value}, path))


def test_trust_names_files(path, monkeypatch):
    saved({'a': print}, path)
    other = path.with_name('other.pth')
    monkeypatch.setenv('FIFA_MM_TRUST', str(other))
    with pytest.raises(UnsafeCheckpointError):
        load_checkpoint(path)
    monkeypatch.setenv('FIFA_MM_TRUST', f'{other}:{path.parent}/../{path.parent.name}/{path.name}')
    assert load_checkpoint(path) == {'a': print}


@pytest.mark.parametrize('share', [0.0, 0.3, 0.9, 0.999])
@pytest.mark.parametrize('zipped', [True, False])
def test_part_of_a_file(path, share, zipped):
    content = {'a': torch.ones(1000), 'log': HistoryBuffer([1.0], [1])}
    saved(content, path, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(UnreadableCheckpointError, match=rf'{path} cannot be read: truncated'):
        load_checkpoint(path)


@pytest.mark.parametrize('content', [b'\0' * 100, b'no pickle', b'PK\x03\x04', b'\x80\x02]q\0.'])
def test_no_checkpoint(path, content):
    path.write_bytes(content)
    with pytest.raises(UnreadableCheckpointError, match='cannot be read'):
        load_checkpoint(path)


def test_missing_file(path):
    with pytest.raises(FileNotFoundError):
        load_checkpoint(path)


@pytest.mark.parametrize('protocol', range(5))
def test_imports_are_found_in_every_form_of_pickle(path, protocol):
    path.write_bytes(pickle.dumps([print, OrderedDict()], protocol) + pickle.dumps(eval, protocol))
    found = wanted_imports(path)
    assert {'builtins.print', 'builtins.eval'} <= found
    assert found <= {'builtins.print', 'builtins.eval', 'collections.OrderedDict'}
