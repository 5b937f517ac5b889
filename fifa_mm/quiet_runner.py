"""A terminal that shows what a person needs; the log file holds everything."""

import logging
from typing import Any

from mmengine.logging import MMLogger
from mmengine.runner import Runner

MOST_LINES = 10  # of a message on the terminal; environment, config and hooks have hundreds
# MMEngine's words about itself, at every start or every epoch.
NOISE = (
    'Distributed training is not used, all SyncBatchNorm',
    'Exp name: ',
    '"FileClient" will be deprecated',
    '"HardDiskBackend" is the alias',
)


class QuietRunner(Runner):
    """MMEngine's ``Runner`` without the dump of environment, config and hooks on the terminal."""

    def build_logger(
        self, log_level: int | str = 'INFO', log_file: str | None = None, **kwargs: Any
    ) -> MMLogger:
        logger = super().build_logger(log_level, log_file, **kwargs)
        quiet(logger)
        file = next((h for h in logger.handlers if isinstance(h, logging.FileHandler)), None)
        if file is not None:
            logger.info(f'environment, config and hooks are in {file.baseFilename}')
        return logger


def quiet(logger: logging.Logger) -> None:
    """Filter what the logger's handlers show that write to no file."""
    for handler in logger.handlers:
        if not isinstance(handler, logging.FileHandler) and is_for_a_person not in handler.filters:
            handler.addFilter(is_for_a_person)


def is_for_a_person(record: logging.LogRecord) -> bool:
    """Whether a message belongs on the terminal."""
    text = record.getMessage()
    if record.levelno > logging.WARNING:
        return True
    return text.count('\n') < MOST_LINES and not text.startswith(NOISE)
