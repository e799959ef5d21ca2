"""What is to be done: what `decide` returns, and the store carries out in one transaction.

Imperative, immutable. Only `Say` ever reaches a network, and only after its row is committed. What is not
`Stored` is no business of the store: the river hands it on once the transaction stands.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.desk.model import Line, Ping, Placing, Prompt, Question, Speaker
from knowledge.votes import Vote
from routing.presence import Venue
from routing.wishes import Wish


@dataclass(frozen=True, slots=True)
class SaveQuestion:
    """Write the question as it is now. `question.revision` is the one that was read: the store refuses the
    whole transaction where it has moved on, and writes `revision + 1`. Revision 0 means: it is new."""

    question: Question


@dataclass(frozen=True, slots=True)
class SavePing:
    """Write a ping, new or with a new state; its key is (question, step)."""

    ping: Ping


@dataclass(frozen=True, slots=True)
class OpenPrompt:
    """Open a prompt; it takes the place of one that the speaker had in that venue."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class ClosePrompts:
    """Close what `speaker` (a speaker's key) was prompted for about `question`, in every venue."""

    speaker: str
    question: int | None = None


@dataclass(frozen=True, slots=True)
class Promote:
    """Everything that was remembered under a session belongs to the account from now on."""

    session_key: str
    network: str
    account: str


@dataclass(frozen=True, slots=True)
class Say:
    """Queue one line. A `complaint` tells somebody that what they said was of no use; the river lets one
    through for each speaker a minute."""

    line: Line
    complaint: bool = False


@dataclass(frozen=True, slots=True)
class SettleLine:
    """The line's fate is known: it leaves the queue as `sent`, `unconfirmed` or `dropped: …`."""

    line: int
    fate: str


@dataclass(frozen=True, slots=True)
class Explain:
    """Keep why it was decided so, for `why` and for the log."""

    question: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SaveVote:
    """Write a vote; it takes the place of one that the account cast on that entry before."""

    vote: Vote


@dataclass(frozen=True, slots=True)
class SaveFacet:
    """Remember what an account (its key) told of itself; a `value` of None: forget it."""

    account: str
    facet: str
    value: str | None


@dataclass(frozen=True, slots=True)
class SaveCorrection:
    """Write what a person (id) said about where a question belongs; it takes the place of what they said of
    it before. Its text is the question's, which may be learned from, but told only to whom may read it."""

    question: int
    by: str
    section: str
    how: Placing


@dataclass(frozen=True, slots=True)
class SaveWish:
    """Remember what a person (their id in the map) wishes of how they are asked, as `routing.wishes` writes
    it; a `value` of None: forget it."""

    person: str
    wish: Wish
    value: str | None


class Order(StrEnum):
    """What may be ordered of the running process."""

    RELOAD = "reload"
    PAUSE = "pause"
    RESUME = "resume"
    DRAIN = "drain"


@dataclass(frozen=True, slots=True)
class Operate:
    """What the process itself is to do, on whose order, and where that was given. Carried out once the
    transaction stands; it touches no table, and an event that leads to nothing else needs none."""

    order: Order
    by: Speaker
    venue: Venue


Stored = (
    SaveQuestion
    | SavePing
    | OpenPrompt
    | ClosePrompts
    | Promote
    | Say
    | SettleLine
    | Explain
    | SaveVote
    | SaveFacet
    | SaveWish
    | SaveCorrection
)
"""What a transaction carries out."""

Effect = Stored | Operate
