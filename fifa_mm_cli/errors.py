"""What is said of an error that is the user's to mend."""

import logging
import sys


def one_line(error: BaseException) -> str:
    """Its message; of an error in a dataloader worker, which PyTorch gives a traceback, the end."""
    text = str(error).strip()
    if text.startswith('Caught ') and 'Original Traceback' in text:
        text = text.splitlines()[-1].partition(': ')[2]
    if is_unknown_name(error):
        text = text.strip("'").partition('. ')[0]
    return text


def is_unknown_name(error: BaseException) -> bool:
    """Whether a config has a type that no registry of MMEngine knows."""
    return (
        isinstance(error, KeyError) and 'is not in the' in str(error) and 'registry' in str(error)
    )


def keep_traceback(error: BaseException) -> None:
    """Write it to the log file of the run, if there is one: it may be an error of the program."""
    module = sys.modules.get('mmengine.logging')
    if module is None:
        return
    logger = module.MMLogger.get_current_instance()
    record = logger.makeRecord(
        logger.name,
        logging.ERROR,
        __file__,
        0,
        str(error),
        (),
        (type(error), error, error.__traceback__),
    )
    for handler in logger.handlers:
        if isinstance(handler, logging.FileHandler):
            handler.handle(record)
