"""From the original downloads of face datasets to MMPose's annotation files."""

from fifa_mm.datasets.prepare.convert import SOURCES, check, prepare
from fifa_mm.datasets.prepare.files import MissingDataError
from fifa_mm.datasets.prepare.source import Source

__all__ = ['SOURCES', 'MissingDataError', 'Source', 'check', 'prepare']
