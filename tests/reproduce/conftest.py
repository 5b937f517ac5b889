"""A training that takes a second: a script in the place of tools/train.py."""

import json

import pytest
from mmengine.config import Config

from fifa_mm.reproduce import training

FAKE = """
import fcntl, json, os, sys, time
from pathlib import Path

config = Path(sys.argv[1])
folder = config.parent
behaviour = json.loads((folder.parent / 'behaviour.json').read_text())
assert '--resume' in sys.argv


def write(report):
    (folder / 'part').write_text(json.dumps(report))
    os.replace(folder / 'part', folder / 'report.json')


held = open(folder / 'training.lock', 'w')
fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
checkpoint = folder / 'last_checkpoint'
first = int(checkpoint.read_text()) if checkpoint.exists() else 0
curve = [{'epoch': n + 1, 'NME': 9.0 - n} for n in range(first)]
with open(folder / 'starts', 'a') as starts:
    starts.write(f'{first}\\n')
for epoch in range(first, 3):
    if behaviour.get('crash') == epoch:
        raise OSError(28, 'No space left on device')
    if behaviour.get('killed') == epoch:
        print('INFO - The best checkpoint is saved', flush=True)
        os.kill(os.getpid(), behaviour['signal'])
    if behaviour.get('status') and epoch == 1:
        os._exit(behaviour['status'])
    if behaviour.get('nan') == epoch:
        sys.exit('AssertionError\\nloss become infinite or NaN!')
    time.sleep(behaviour.get('seconds', 0))
    (folder / f'epoch_{epoch + 1}.pth').write_text('')
    checkpoint.write_text(str(epoch + 1))
    curve.append({'epoch': epoch + 1, 'NME': 9.0 - epoch})
    write({'curve': curve, 'command': 'fake'})
nme = behaviour.get('nme', 7.0)
entry = {'test': {'NME': nme, 'FR': 0.0, 'AUC': 50.0},
         'faces': {'id': [1, 2, 3], 'nme': [0.06, 0.07, 0.08]}}
report = {'curve': curve, 'seconds': 1.0, 'best': entry, 'last': entry}
write(report)
"""


@pytest.fixture
def fake_training(tmp_path, monkeypatch):
    """A function that says how the trainings below ``tmp_path / 'work'`` behave."""
    script = tmp_path / 'fake_train.py'
    script.write_text(FAKE)
    monkeypatch.setattr(training, 'TRAIN', script)
    monkeypatch.setattr(training, 'POLL', 0.02)

    def behave(folder, **behaviour):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / 'behaviour.json').write_text(json.dumps(behaviour))

    return behave


@pytest.fixture
def config():
    return Config(
        {'model': {'type': 'A'}, 'train_cfg': {'max_epochs': 3}, 'randomness': {'seed': 0}}
    )
