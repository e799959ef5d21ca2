"""What somebody proposes to change in the base, and what becomes of it.

A draft holds the whole text of an entry's file as it is to be (`now`), and the text that it was made from
(`was`, empty for a new entry), so that it can be laid over what the file says by the time it is published. A
`now` of nothing is a remark: words that nobody has made an entry of yet. Pure: numbers, keys and times come
from outside. The table below is the only way from one state to the next.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class Origin(StrEnum):
    """What a draft came of: an answer that its asker confirmed, somebody's `suggest`, phrasings of questions
    whose askers confirmed the entry, or an editor's own edit."""

    ANSWER = "answer"
    SUGGESTION = "suggestion"
    PHRASINGS = "phrasings"
    EDIT = "edit"


class DraftState(StrEnum):
    """Where a draft stands. One that is being published or reverted is work that is under way, whatever
    happens to the process meanwhile."""

    QUEUED = "queued"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    REJECTED = "rejected"
    REVERTING = "reverting"
    REVERTED = "reverted"

    @property
    def under_way(self) -> bool:
        """Whether the base is being changed for it, or is about to be."""
        return self in {DraftState.PUBLISHING, DraftState.REVERTING}


LIVE = frozenset({DraftState.QUEUED, DraftState.PUBLISHING, DraftState.REVERTING})
"""The states in which something is still to be done about a draft."""


class Review(StrEnum):
    """What can happen to a draft."""

    AMEND = "amend"
    PUBLISH = "publish"
    WRITTEN = "written"
    FAIL = "fail"
    REJECT = "reject"
    REVERT = "revert"
    UNWRITTEN = "unwritten"
    DOUBT = "doubt"


_S, _R = DraftState, Review

TRANSITIONS: dict[tuple[DraftState, Review], DraftState] = {
    (_S.QUEUED, _R.AMEND): _S.QUEUED,
    (_S.QUEUED, _R.PUBLISH): _S.PUBLISHING,
    (_S.QUEUED, _R.REJECT): _S.REJECTED,
    # The base was changed, or refused it: then it waits for a review again, and `reason` says why.
    (_S.PUBLISHING, _R.WRITTEN): _S.PUBLISHED,
    (_S.PUBLISHING, _R.FAIL): _S.QUEUED,
    (_S.PUBLISHED, _R.REVERT): _S.REVERTING,
    (_S.PUBLISHED, _R.DOUBT): _S.PUBLISHED,
    (_S.REVERTING, _R.UNWRITTEN): _S.REVERTED,
    (_S.REVERTING, _R.FAIL): _S.PUBLISHED,
}


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a text: the key of their account (or session), and what they were called then."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed change of one entry.

    `key`: unlike that of any other draft, for all times; its commit bears it. `author` and `reviewer` are the
    keys of accounts (or of a session: `suggest` needs no account), with the names that people are told.
    `entry`: the id of the entry that it makes or changes. `note`: what its author said about it.
    `question`: the number of the question that it came of. `reason`: why it was rejected, or could not be
    published or reverted. `commit`: the id of the commit that published it, `undone` of the one that reverted
    it; empty where the base is no git repository. `revision` counts writes: the store refuses a stale one.
    `co_authors`: who else said what it was made of. `amended_by`: the keys of those besides its authors who
    wrote in it since. `told`: its author has heard that it was rejected, or never will. `doubt`: why what it
    published may not be right after all, and `doubted_at`, since when.
    """

    number: int
    key: str
    origin: Origin
    author: str
    author_name: str
    at: datetime
    entry: str
    now: str
    was: str = ""
    note: str = ""
    question: int | None = None
    state: DraftState = DraftState.QUEUED
    revision: int = 0
    reviewer: str = ""
    reviewer_name: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    commit: str = ""
    undone: str = ""
    amended_by: tuple[str, ...] = ()
    told: bool = False
    co_authors: tuple[Author, ...] = ()
    doubt: str = ""
    doubted_at: datetime | None = None

    @property
    def is_new(self) -> bool:
        """Whether it makes an entry, instead of changing one."""
        return not self.was

    @property
    def written_by(self) -> frozenset[str]:
        """The keys of all who wrote it, or in it."""
        return frozenset({self.author, *(each.key for each in self.co_authors), *self.amended_by})

    @property
    def is_remark(self) -> bool:
        """Whether nobody has made an entry of it yet."""
        return not self.now


class NotAllowed(ValueError):
    """The table has no row for this state and step: the caller has a defect, not the user."""


def may(draft: Draft, review: Review) -> bool:
    """Whether the table lets `review` happen to the draft as it stands."""
    return (draft.state, review) in TRANSITIONS


def reviewed(draft: Draft, review: Review, **changes: Any) -> Draft:
    """The draft after `review`; `changes` are further fields to set. Raises NotAllowed."""
    try:
        state = TRANSITIONS[draft.state, review]
    except KeyError:
        raise NotAllowed(f"draft {draft.number} is {draft.state}: no “{review}”") from None
    return replace(draft, **changes, state=state)
