"""Leaks: what stands somewhere in the text of a file and must not become public. A leaf."""

from dataclasses import dataclass

from knowledge.composing import Severity

MOST = 50
"""Findings of each kind in one text."""


@dataclass(frozen=True, slots=True)
class Leak:
    """What stands at `offset` and should not. What is found is never repeated: complaints go to logs and
    channels."""

    rule: str
    offset: int
    message: str
    suggestion: str
    severity: Severity
