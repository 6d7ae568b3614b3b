"""What is done with a return of any blade: read, check, compare, match, write."""

from collectory.blade import Edition
from collectory.engine.checking.check import Result, Skipped, check, findings_of
from collectory.engine.dataset import Dataset, Notice
from collectory.engine.reading.file import read_path, read_path_before, read_return
from collectory.engine.reading.keyed import read_keyed
from collectory.engine.reading.template import read_template
from collectory.engine.reading.xml import read_xml
from collectory.engine.refusal import Refusal
from collectory.engine.registry import blades, edition, editions, extra_rules
from collectory.engine.tables import dataset_of_tables as read_tables

Edition.checker = staticmethod(findings_of)

__all__ = [
    "Dataset",
    "Notice",
    "Refusal",
    "Result",
    "Skipped",
    "blades",
    "check",
    "edition",
    "editions",
    "extra_rules",
    "read_keyed",
    "read_path",
    "read_path_before",
    "read_return",
    "read_tables",
    "read_template",
    "read_xml",
]
