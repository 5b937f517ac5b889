"""The command ``fifa_mm``: what it imports when, and what it says."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fifa_mm_cli
from fifa_mm.launch import mmpose_tool
from fifa_mm.reproduce import profiles, recipes, tables
from fifa_mm_cli.mmpose_arguments import prepared

TOOLS = Path(__file__).resolve().parents[2] / 'tools'
IMPORTED = """
import atexit, sys
atexit.register(lambda: print(*sys.modules))
from fifa_mm_cli import main
main(sys.argv[1:])
"""
NEEDING_NO_MMPOSE = [name for name in fifa_mm_cli.COMMANDS if not fifa_mm_cli.load(name).MMPOSE]


def imported(*arguments):
    """Names of the modules that a command imports, with the exit status."""
    result = subprocess.run(
        [sys.executable, '-c', IMPORTED, *arguments], capture_output=True, text=True
    )
    return set(result.stdout.splitlines()[-1].split()), result.returncode


@pytest.mark.parametrize('name', fifa_mm_cli.COMMANDS)
def test_help_and_bad_arguments_import_neither_mmpose_nor_torch(name):
    for argument, expected in (('--help', 0), ('--no-such-option', 2)):
        modules, status = imported(*name.split(), argument)
        assert status == expected
        assert modules & {'mmpose.registry', 'mmengine', 'mmcv', 'torch'} == set()


def test_commands_that_need_no_mmpose():
    assert {'evaluate', 'plot', 'summarize', 'prepare-data', 'doctor'} <= set(NEEDING_NO_MMPOSE)
    modules, status = imported('evaluate', 'no.json', 'no.json', '--protocol', 'box')
    assert status == 1
    assert 'fifa_mm.metrics.predictions' in modules
    assert modules & {'mmpose.registry', 'mmengine', 'mmcv', 'torch'} == set()


def test_every_command_is_listed_and_every_tool_is_a_command(capsys):
    fifa_mm_cli.main(['--help'])
    listed = capsys.readouterr().out
    assert all(f'\n  {name} ' in listed for name in fifa_mm_cli.COMMANDS)
    for path in TOOLS.glob('*.py'):
        (name,) = re.findall(r"run\('(.*)'\)", path.read_text())
        assert name in fifa_mm_cli.COMMANDS


@pytest.mark.parametrize('arguments', [[], ['trian'], ['--version']])
def test_unknown_command(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        fifa_mm_cli.main(arguments)
    assert stop.value.code == 2
    assert 'no command' in capsys.readouterr().err


@pytest.mark.parametrize('name', ['train', 'test'])
def test_arguments_are_those_of_mmposes_tool(name, monkeypatch):
    parser = argparse.ArgumentParser()
    fifa_mm_cli.load(name).add_arguments(parser)
    short = ['demo', 'w.pth'] if name == 'test' else ['demo']
    command = [*short, '--show-dir', 'a', '--launcher', 'pytorch', '--wait-time', '2']
    command += [] if name == 'test' else ['--resume', '--amp', '--no-validate', '--auto-scale-lr']
    command += ['--work-dir', 'w', '--local-rank', '3']
    command += ['--cfg-options', 'a.b=1', 'c=[1,2]', 'd="[(1,2),(3,4)]"', 'e=x']
    monkeypatch.setenv('LOCAL_RANK', '3')
    for given in (short, command):
        ours = vars(prepared(parser.parse_args(given)))
        assert ours.pop('config').endswith('configs/demo.py')
        monkeypatch.setattr(sys, 'argv', ['tool.py', *given])
        theirs = vars(mmpose_tool(name).parse_args())
        assert theirs.pop('config') == 'demo'
        assert ours.pop('box', 'label') == 'label'
        assert ours.pop('allow_random_weights', False) is False
        assert ours == theirs


def test_reproduce_offers_what_there_is():
    command = fifa_mm_cli.load('reproduce')
    assert tuple(tables.TABLES) == command.TABLES
    assert tuple(profiles.PROFILES) == command.PROFILES
    assert tuple(recipes.RECIPES) == command.RECIPES


SPAWNED = """
import multiprocessing, sys
from fifa_mm_cli import main
def child(queue):
    queue.put('mmpose.registry' in sys.modules)
if __name__ == '__main__':
    context = multiprocessing.get_context('spawn')
    queue = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    print('mmpose.registry' in sys.modules, queue.get(timeout=120))
    process.join()
"""


def test_spawned_workers_of_a_command_register(tmp_path):
    script = tmp_path / 'fifa_mm'
    script.write_text(SPAWNED)
    result = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert result.stdout == 'False True\n', result.stderr
