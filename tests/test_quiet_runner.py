"""The terminal shows few lines, the log file all of them."""

import logging

import pytest
from mmengine.logging import MMLogger

from fifa_mm.quiet_runner import is_for_a_person, quiet


def record(text, level=logging.INFO):
    return logging.LogRecord('mmengine', level, __file__, 1, text, (), None)


@pytest.mark.parametrize(
    ('text', 'level', 'shown'),
    [
        ('Epoch(train) [1][2/2]  loss: 0.1', logging.INFO, True),
        ('FaceLandmarkMetric\n300w: 8 faces\n  faces\nfull  8', logging.INFO, True),
        ('Config:\n' + 'a = 1\n' * 300, logging.INFO, False),
        ('Hooks will be executed in the following order:\n' + 'hook\n' * 90, logging.INFO, False),
        ('Exp name: demo_20261124', logging.INFO, False),
        ('"FileClient" will be deprecated in future.', logging.WARNING, False),
        ('3 of 4 faces are left out', logging.WARNING, True),
        ('Traceback\n' * 100, logging.ERROR, True),
    ],
)
def test_what_a_person_needs(text, level, shown):
    assert is_for_a_person(record(text, level)) is shown


def test_the_file_has_everything(tmp_path, capsys):
    path = tmp_path / 'a.log'
    logger = MMLogger(f'quiet_{tmp_path.name}', log_file=str(path))
    quiet(logger)
    quiet(logger)
    assert [len(handler.filters) for handler in logger.handlers] == [2, 1]  # MMEngine has one
    logger.info('Config:\n' + 'a = 1\n' * 300)
    logger.info('Epoch 1')
    shown = capsys.readouterr().out
    assert 'Epoch 1' in shown
    assert 'a = 1' not in shown
    assert path.read_text().count('a = 1') == 300
