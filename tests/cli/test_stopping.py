"""Signals end a process with one line, its number and no child; a save becomes whole."""

import os
import signal
import subprocess
import sys
import time

import pytest

START = """
import multiprocessing, os, signal, sys, threading, time, types
from fifa_mm_cli import stopping

def ready():
    print('ready', flush=True)

def work():
    time.sleep(600)
"""
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def start(code, **options):
    process = subprocess.Popen(
        [sys.executable, '-c', START + code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    assert process.stdout.readline() == 'ready\n', process.stderr.read()
    return process


def ended(process):
    """Exit status and standard error."""
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def alive(pid):
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


@pytest.mark.parametrize('number', SIGNALS)
@pytest.mark.parametrize('context', ['fork', 'spawn'])
def test_the_process_and_its_children_end(number, context):
    process = start(f"""
if __name__ == '__main__':
    stopping.end_on_signals('train', '; it goes on')
    context = multiprocessing.get_context({context!r})
    children = [context.Process(target=time.sleep, args=(600,)) for _ in range(2)]
    for child in children:
        child.start()
    time.sleep(0.2)
    ready()
    print(*[child.pid for child in children], flush=True)
    work()
""")
    children = process.stdout.readline().split()
    process.send_signal(number)
    assert ended(process) == (
        128 + number,
        f'train: stopped by {signal.Signals(number).name}; it goes on\n',
    )
    assert len(children) == 2
    assert not any(map(alive, children))


def test_a_terminals_ctrl_c_reaches_the_workers_too():
    """The whole group gets it; nobody prints a traceback."""
    process = start(
        """
stopping.end_on_signals('train')
child = multiprocessing.get_context('fork').Process(target=work)
child.start()
time.sleep(0.2)
ready()
work()
""",
        start_new_session=True,
    )
    os.killpg(process.pid, signal.SIGINT)
    assert ended(process) == (130, 'train: stopped by SIGINT\n')


def test_a_long_call_does_not_delay_the_end():
    """As a backward pass, during which Python calls no handler."""
    process = start("""
import hashlib
stopping.end_on_signals('train')
ready()
hashlib.pbkdf2_hmac('sha256', b'', b'', 2 * 10**9)  # for many minutes
""")
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (143, 'train: stopped by SIGTERM\n')


SAVE = """
module = types.ModuleType('fifa_mm.hooks.checkpoint_hook')
module.SAVING = threading.RLock()
sys.modules[module.__name__] = module
stopping.end_on_signals('train')
with module.SAVING:
    ready()
    end = time.monotonic() + {seconds}
    while time.monotonic() < end:
        time.sleep(0.01)
    open({path!r}, 'w').close()
work()
"""


def test_a_save_becomes_whole(tmp_path):
    process = start(SAVE.format(seconds=1, path=str(tmp_path / 'whole')))
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 143
    assert (tmp_path / 'whole').exists()


@pytest.mark.parametrize('signals', [1, 2])
def test_a_save_that_takes_long_does_not(tmp_path, signals):
    process = start(SAVE.format(seconds=600, path=str(tmp_path / 'whole')))
    for _ in range(signals):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    assert ended(process)[0] == 130
    assert not (tmp_path / 'whole').exists()


def test_what_is_ignored_stays_so():
    """As under ``nohup``."""
    process = start("""
signal.signal(signal.SIGHUP, signal.SIG_IGN)
stopping.end_on_signals('train')
ready()
time.sleep(0.3)
print('lives', flush=True)
work()
""")
    process.send_signal(signal.SIGHUP)
    assert process.stdout.readline() == 'lives\n'
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 143


def test_output_that_nobody_reads_does_not_keep_it():
    process = start("""
stopping.end_on_signals('train')
ready()
os.set_blocking(1, False)
try:
    while True:
        os.write(1, b'x' * 4096)  # until the pipe is full
except BlockingIOError:
    os.set_blocking(1, True)
sys.stdout.write('x')  # waits for the flush
work()
""")
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 143
    process.communicate()


def test_only_the_first_rank_speaks():
    process = start(
        "stopping.end_on_signals('train')\nready()\nwork()", env={**os.environ, 'RANK': '1'}
    )
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (143, '')


def test_gathered_signals_end_nothing():
    process = start("""
stopping.end_on_signals('reproduce')
signals = stopping.gather_signals()
ready()
while len(signals) < 2:
    time.sleep(0.01)
print(*map(int, signals), file=sys.stderr)
""")
    process.send_signal(signal.SIGHUP)
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (0, '1 15\n')


def test_with_its_parent():
    """A process that is a part of another one ends when that is killed, and so do its workers."""
    program = START.replace("'", '"') + (
        'stopping.end_with_parent(int(sys.argv[1]), "train")\n'
        'child = multiprocessing.get_context("fork").Process(target=work)\n'
        'child.start()\n'
        'print(os.getpid(), child.pid, flush=True)\n'
        'work()\n'
    )
    process = start(f"""
import subprocess
part = subprocess.Popen(
    [sys.executable, '-c', {program!r}, str(os.getpid())], stdout=subprocess.PIPE, text=True)
ready()
print(part.stdout.readline(), end='', flush=True)
work()
""")
    parts = process.stdout.readline().split()
    assert all(map(alive, parts))
    process.kill()
    process.wait()
    for _ in range(600):
        if not any(map(alive, parts)):
            break
        time.sleep(0.1)
    assert not any(map(alive, parts))
    process.stdout.close()
    process.stderr.close()
