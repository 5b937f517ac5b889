"""Bad arguments and files of the commands that use MMPose: the exact line, before any work."""

from pathlib import Path

import pytest

import fifa_mm_cli

ROOT = Path(__file__).resolve().parents[2]
REPRODUCE = 'reproduce 7 --data synthetic --recipe tiny --cells hrnet --work-dirs work'
NUMBER = 'must be a number above 0 or None'
SIDE = 'size must be an integer of at least 128 and a multiple of 128 or None'
FILE = "[Errno 20] Not a directory: 'file'"
FORMATS = '.json, .yaml, .yml, .pkl, .pickle'
LINES = [
    (
        'reproduce 7 --data synthetic --cells vgg',
        "no cell of table 7 matches 'vgg': it has hrnet, hrnet_fifa, hrnet_fifa_siamese, adnet, "
        'adnet_fifa, adnet_fifa_siamese, shfan, shfan_fifa, shfan_fifa_siamese, farl, farl_fifa, '
        'farl_fifa_siamese, slpt, slpt_fifa, slpt_fifa_siamese',
    ),
    (f'{REPRODUCE} --budget 0', f'--budget {NUMBER}, got 0.0'),
    (f'{REPRODUCE} --budget -5', f'--budget {NUMBER}, got -5.0'),
    (f'{REPRODUCE} --budget nan', f'--budget {NUMBER}, got nan'),
    (f'{REPRODUCE} --budget inf', f'--budget {NUMBER}, got inf'),
    (f'{REPRODUCE} --seeds 0', '--seeds must be an integer of at least 1, got 0'),
    (f'{REPRODUCE} --seeds -1', '--seeds must be an integer of at least 1, got -1'),
    (f'{REPRODUCE} --size -128', f'{SIDE}, got -128'),
    (f'{REPRODUCE} --size 200', f'{SIDE}, got 200'),
    (f'{REPRODUCE} --size 0', f'{SIDE}, got 0'),
    (f'{REPRODUCE} --size 100', f'{SIDE}, got 100'),
    (
        f'{REPRODUCE} --size 128 --results file',
        "[Errno 20] Not a directory: 'file/table7/synthetic_128_tiny'",
    ),
    (
        'reproduce 7 --data synthetic --size 128 --recipe tiny --cells hrnet --work-dirs file',
        "[Errno 20] Not a directory: 'file/table7/synthetic_128_tiny'",
    ),
    ('convert vit.pth file/out.pth', FILE),
    ('convert vit.pth .', "[Errno 21] Is a directory: '.'"),
    (
        'convert vit.pth out.pth --img-size -5',
        'img_size must be an integer of at least 1 or None, got -5',
    ),
    (
        'convert vit.pth out.pth --img-size 0',
        'img_size must be an integer of at least 1 or None, got 0',
    ),
    ('convert none.pth out.pth', 'none.pth can not be found.'),
    ('test demo w.pth --out file/a.json', FILE),
    ('test demo w.pth --dump file/a.pkl', FILE),
    ('test demo w.pth --out .', f"--out must end in {FORMATS}, got '.'"),
    ('test demo w.pth --out a.txt', f"--out must end in {FORMATS}, got 'a.txt'"),
    ('test demo w.pth --dump a.json', "--dump must end in .pkl, .pickle, got 'a.json'"),
    ('test demo none.pth', 'no checkpoint at none.pth'),
    ('test demo .', 'no checkpoint at .'),
    ('test demo w.pth --work-dir file', "[Errno 20] Not a directory: '{}/file'"),
    ('train demo --work-dir file/a', "[Errno 20] Not a directory: '{}/file/a'"),
    ('train demo --cfg-options a', "--cfg-options must be KEY=VALUE, got 'a'"),
    ('train demo --cfg-options =3', "--cfg-options must be KEY=VALUE, got '=3'"),
    ('train cut.py', "cut.py is no config: '(' was never closed (<unknown>, line 1)"),
    (
        'train binary.py',
        "binary.py is no config: 'utf-8' codec can't decode byte 0x89 in position 0: invalid start "
        'byte',
    ),
    ('train file.py', 'file.py has no `model`'),
    ('train nonesuch', 'no config at nonesuch, and none of that name in {root}/configs'),
    ('predict a.jpg --config demo --checkpoint none.pth --out-dir file', FILE),
    (
        'predict a.jpg --config demo --checkpoint none.pth --whole-image',
        'no checkpoint at none.pth',
    ),
    ('export demo none.pth --out file/a.onnx', FILE),
    ('export demo none.pth --out a.onnx', 'no checkpoint at none.pth'),
]


@pytest.mark.parametrize(('arguments', 'message'), LINES, ids=[line for line, _ in LINES])
def test_line(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('fifa_mm_cli.reproduce.gather_signals', list)  # of this process
    for name in ('file', 'file.py', 'vit.pth', 'w.pth'):
        (tmp_path / name).touch()
    (tmp_path / 'cut.py').write_text('model = dict(')
    (tmp_path / 'binary.py').write_bytes(b'\x89PNG')
    command, *rest = arguments.split()
    with pytest.raises(SystemExit) as stop:
        fifa_mm_cli.main([command, *rest])
    assert str(stop.value) == f'fifa_mm {command}: {message.format(tmp_path, root=ROOT)}'
    assert not list(tmp_path.rglob('*.log'))


def test_a_type_that_no_registry_has(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        fifa_mm_cli.main(['train', 'demo', '--cfg-options', 'model.backbone.type=Resnet'])
    assert str(stop.value) == 'fifa_mm train: Resnet is not in the mmpose::model registry'
