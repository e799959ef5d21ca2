"""One thing that is to be said about a network: what it is about, how grave it is, and what to do.

Imports nothing of ours.
"""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """MISSING: the desk cannot do its work there, or breaks a rule; the check fails. ASK: nobody can see it
    from here, so it is put as a question."""

    MISSING = "missing"
    LOOK = "worth a look"
    ASK = "ask yourself"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Finding:
    """`topic`: what it is about, in a word, or a channel. `remedy`: what to do; empty where nothing is."""

    topic: str
    severity: Severity
    told: str
    remedy: str = ""


def missing(topic: str, told: str, remedy: str) -> Finding:
    return Finding(topic, Severity.MISSING, told, remedy)


def look(topic: str, told: str, remedy: str = "") -> Finding:
    return Finding(topic, Severity.LOOK, told, remedy)


def fine(topic: str, told: str) -> Finding:
    return Finding(topic, Severity.FINE, told)
