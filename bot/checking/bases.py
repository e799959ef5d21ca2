"""What is wrong with a base as a whole. Imports of ours: the readers of `knowledge`."""

from pathlib import Path

from knowledge.documents import Problem, Severity
from knowledge.library import NO_ENTRY, Read, Snapshot


def of_base(folder: Path, read: Read | Snapshot) -> tuple[Problem, ...]:
    """What is wrong with a base, also that there is none."""
    if read.entries or any(each.severity is Severity.ERROR for each in read.problems):
        return read.problems
    return (*read.problems, Problem(str(folder), 1, 1, NO_ENTRY))
