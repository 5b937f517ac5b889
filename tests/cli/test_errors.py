"""One line of an error, and its traceback in the log file."""

import logging

import pytest
from mmengine.logging import MMLogger
from torch.utils.data import DataLoader

from fifa_mm.datasets.named_errors import FaceError
from fifa_mm_cli.errors import keep_traceback, one_line

TEXT = 'ann.json: face 7 (a.jpg): 68 landmarks, got 66: too few'


class Bad:
    def __len__(self):
        return 1

    def __getitem__(self, index):
        raise FaceError(TEXT)


@pytest.mark.parametrize('workers', [0, 1])
def test_line_of_an_error_in_a_worker(workers):
    with pytest.raises(FaceError) as caught:
        list(DataLoader(Bad(), num_workers=workers))
    assert one_line(caught.value) == TEXT


def test_traceback_goes_to_the_file_alone(tmp_path, capfd):
    MMLogger.get_instance('errors', log_file=str(tmp_path / 'a.log'), log_level='INFO')
    try:
        raise ValueError('shapes (2,) and (3,)')
    except ValueError as error:
        keep_traceback(error)
    finally:
        logger = MMLogger._instance_dict.pop('errors')
        for handler in logger.handlers:
            if isinstance(handler, logging.FileHandler):
                handler.close()
    text = (tmp_path / 'a.log').read_text()
    assert 'Traceback' in text
    assert text.strip().endswith('ValueError: shapes (2,) and (3,)')
    assert capfd.readouterr() == ('', '')
