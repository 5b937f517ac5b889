"""Code in a checkpoint is not executed, whichever way the file comes in."""

import runpy
import sys
from pathlib import Path

import pytest
import torch
from faults import malicious
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.model import BaseModel
from mmengine.runner import Runner
from mmengine.runner.checkpoint import _load_checkpoint
from mmpose.apis import init_model
from mmpose.models import ResNet
from torch import nn

from fifa_mm import Landmarker, PlainViT
from fifa_mm.safe_load import UnsafeCheckpointError, load_checkpoint

ROOT = Path(__file__).resolve().parents[2]
LOADED_BY_TRUST = [
    kind for kind in malicious.KINDS if kind.__name__ not in ('legacy_tar', 'plain_pickle')
]


class Number(BaseModel):
    def __init__(self):
        super().__init__()
        self.number = nn.Parameter(torch.ones(()))

    def forward(self, side, mode='tensor'):
        return {'loss': self.number * side.mean()}


class Ones(BaseDataset):
    def load_data_list(self):
        return [{}, {}]

    def prepare_data(self, index):
        return {'side': torch.ones(1)}


def runner(folder, **options):
    return Runner(
        model=Number(),
        work_dir=str(folder / 'run'),
        train_dataloader={
            'batch_size': 2,
            'dataset': Ones(),
            'sampler': {'type': 'DefaultSampler', 'shuffle': True},
            'collate_fn': {'type': 'default_collate'},
        },
        train_cfg={'by_epoch': True, 'max_epochs': 2},
        optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 0.1}},
        default_scope='mmpose',
        log_level='ERROR',
        experiment_name=folder.name,
        **options,
    )


def tool(name, *arguments):
    def start(monkeypatch):
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, 'argv', [name, *map(str, arguments)])
        try:
            runpy.run_path(str(ROOT / 'tools' / name), run_name='__main__')
        except SystemExit as stop:
            raise stop.__cause__ or stop from None

    return start


def init_cfg(path, _):
    ResNet(18, init_cfg={'type': 'Pretrained', 'checkpoint': str(path)}).init_weights()


def init_cfg_of_a_vit(path, _):
    arch = {'width': 64, 'depth': 1, 'heads': 1}
    PlainViT(arch, 32, init_cfg={'type': 'Pretrained', 'checkpoint': str(path)}).init_weights()


def load_from(path, _):
    runner(path.parent, load_from=str(path)).train()


def resume(path, _):
    runner(path.parent, load_from=str(path), resume=True).train()


def resume_from_the_newest(path, _):
    (path.parent / 'run').mkdir()
    (path.parent / 'run' / 'last_checkpoint').write_text(str(path))
    runner(path.parent, resume=True).train()


def model(path, _):
    config = Config.fromfile(ROOT / 'configs' / 'demo.py')
    init_model(config, str(path), device='cpu')


def landmarker(path, _):
    """As `fifa_mm predict` and `export` load it."""
    Landmarker(ROOT / 'configs' / 'demo.py', path, detector=None)


def convert(path, monkeypatch):
    if path.name == 'torchscript.pth':
        pytest.skip('is read without being run')
    tool('convert_checkpoint.py', path, path.with_name('out.pth'))(monkeypatch)


def test_tool(path, monkeypatch):
    tool('test.py', 'configs/demo.py', path, '--work-dir', path.parent)(monkeypatch)


test_tool.__test__ = False
CHEAP = [init_cfg, init_cfg_of_a_vit, load_from, resume, resume_from_the_newest, model, convert]
ENTRIES = [(kind, entry) for entry in CHEAP for kind in malicious.KINDS]
DEAR = [landmarker, test_tool]
ENTRIES += [(malicious.in_meta, entry) for entry in DEAR]
ENTRIES += [
    pytest.param(kind, entry, marks=pytest.mark.slow)
    for entry in DEAR
    for kind in malicious.KINDS
    if kind is not malicious.in_meta
]


@pytest.fixture
def canary(tmp_path):
    return tmp_path / 'canary'


def written(kind, canary):
    path = canary.with_name(f'{kind.__name__}.pth')
    kind(path, f'touch {canary}')
    assert not canary.exists()
    return path


@pytest.mark.parametrize(('kind', 'entry'), ENTRIES)
def test_refused_at_every_entry(canary, monkeypatch, kind, entry):
    path = written(kind, canary)
    with pytest.raises(
        UnsafeCheckpointError, match=f'{path} is not loaded.* set FIFA_MM_TRUST={path}'
    ):
        entry(path, monkeypatch)
    assert not canary.exists()


@pytest.mark.filterwarnings("ignore:'torch.load' received a zip file")  # of TorchScript, as it says
@pytest.mark.parametrize('kind', malicious.KINDS)
def test_files_are_what_they_say(canary, monkeypatch, kind):
    """Trusted, each executes its command: the others are no accident."""
    path = written(kind, canary)
    monkeypatch.setenv('FIFA_MM_TRUST', str(path))
    if kind in LOADED_BY_TRUST:
        _load_checkpoint(str(path))
    else:  # the command is executed before the file turns out to be no checkpoint
        with pytest.raises((EOFError, RuntimeError)):
            _load_checkpoint(str(path))
    assert canary.exists()


def test_mmengines_own_list_of_safe_names_is_not(canary):
    """Why it is not used: with it, ``weights_only`` loading executes a command."""
    checkpoint = pytest.importorskip('mmengine.runner.checkpoint')
    if not hasattr(checkpoint, 'get_torch_safe_globals'):
        pytest.skip('MMEngine 0.10.7 has none')
    path = written(malicious.own_setstate, canary)
    with torch.serialization.safe_globals(checkpoint.get_torch_safe_globals()):
        torch.load(path, weights_only=True)
    assert canary.exists()


def test_bytes_taken_for_pointers(tmp_path):
    malicious.bytes_as_pointers(tmp_path / 'a.pth', '')
    with pytest.raises(UnsafeCheckpointError, match=r'numpy\.ndarray'):
        load_checkpoint(tmp_path / 'a.pth')


def test_text_of_a_config_is_not_executed_when_a_run_is_resumed(canary):
    first = runner(canary.parent)
    first.train()
    path = canary.parent / 'run' / 'epoch_1.pth'
    content = load_checkpoint(path)
    content['meta']['config'] = f'import os\nos.system("touch {canary}")'
    torch.save(content, path)
    again = runner(canary.parent, load_from=str(path), resume=True)
    again.train()
    assert again.epoch == 2
    assert not canary.exists()


def test_weights_of_a_program_are_read_without_running_it(canary, monkeypatch):
    path = written(malicious.torchscript, canary)
    entry = tool('convert_checkpoint.py', path, path.with_name('out.pth'))
    with pytest.raises(ValueError, match='no Vision Transformer'):
        entry(monkeypatch)
    assert not canary.exists()
