"""What bringing drafts into the knowledge base is, whatever the base lies in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from knowledge.drafts import Draft


@dataclass(frozen=True, slots=True)
class Signature:
    """Whom a commit names. `beside`: of an author, who wrote it with them."""

    name: str
    email: str
    beside: tuple["Signature", ...] = ()

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class NotPublished(Exception):
    """The base is as it was. `why`: in a line, with the remedy. `conflict`: somebody changed meanwhile what
    the draft changes."""

    def __init__(self, why: str, *, conflict: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.conflict = conflict


@dataclass(frozen=True, slots=True)
class Done:
    """What a draft wanted is done. `commit`: the id of the commit that did it; empty where the base is no git
    repository, or where there was nothing left to do. `note`: what is worth telling all the same, in a line.
    `away`: why the remote repository could not be reached; `unpushed`: how many commits of drafts it does not
    have then.
    """

    commit: str = ""
    note: str = ""
    away: str = ""
    unpushed: int = 0


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """The base and its remote repository were brought together. `problem`: a line where that is not so.
    `moved`: whether files of the base may have changed. `away`: why the remote repository cannot be reached,
    where that is the problem. `unpushed`: how many commits of drafts it does not have; None where that is not
    known."""

    problem: str = ""
    moved: bool = False
    away: str = ""
    unpushed: int | None = 0


Check: TypeAlias = Callable[[str, Path], None]
"""Raises NotPublished where a text may not become what the file at this path says."""


class Base(Protocol):
    """A knowledge base that can be written. All methods wait, for git, for disks and networks; one is called
    at a time. What a killed process left half done is put in order by whichever is called next."""

    warning: str
    """Why this base has no history, or nothing."""

    def publish(self, draft: Draft, author: Signature, reviewer: Signature, check: Check) -> Done:
        """Have the base say what the draft wants; once, however often it is called. Raises NotPublished."""

    def revert(self, draft: Draft, reviewer: Signature) -> Done:
        """Undo what publishing the draft did, and nothing else. Raises NotPublished."""

    def catch_up(self) -> CaughtUp:
        """Put in order what was left half done, bring in what is new in the remote repository, and push what
        is left, as far as it is configured."""
