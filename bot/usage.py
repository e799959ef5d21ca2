"""What became of questions, counted: how the knowledge base is used, without a word of what anybody said.

Imports `knowledge.drafts` alone of ours, so that the store and the report can both know it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from knowledge.drafts import DraftState


class End(StrEnum):
    """Who answered a question: the base, a person, nobody; or it has not ended yet."""

    BASE = "base"
    PEOPLE = "people"
    NOBODY = "nobody"
    OPEN = "open"


@dataclass(slots=True)
class Told:
    """What questions say of one entry. `asked`: those for which it was told, was the best candidate, or was
    refused. `answered`: those that ended with it. `refused`: those whose asker said that it was not it.
    `confirmed`: accounts that said that it was, as far as they did not change their minds."""

    asked: int = 0
    answered: int = 0
    refused: int = 0
    confirmed: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """`since`: what was asked before is not counted. `weeks` by their Mondays, `sections` by name ("": none),
    `entries` by id, those of which nothing was asked left out. `waiting`: the oldest queued drafts."""

    since: datetime
    weeks: Mapping[date, Mapping[End, int]] = field(default_factory=dict)
    sections: Mapping[str, Mapping[End, int]] = field(default_factory=dict)
    entries: Mapping[str, Told] = field(default_factory=dict)
    drafts: Mapping[DraftState, int] = field(default_factory=dict)
    waiting: tuple["Waiting", ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that waits for a review: of a `new` entry, or of a change; a `remark` is neither yet."""

    number: int
    entry: str
    new: bool
    at: datetime
    remark: bool = False

    @property
    def kind(self) -> str:
        """What it is, for people; nothing for a change."""
        return "a remark" if self.remark else "a new entry" if self.new else ""
