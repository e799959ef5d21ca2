"""What is to be done: what `decide` returns, and the store carries out in one transaction.

Imperative, immutable. Only `Say` ever reaches a network, and only after its row is committed. What is not
`Stored` is no business of the store: the river hands it on once the transaction stands.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.desk.links import Account
from bot.desk.model import Line, Ping, Placing, Prompt, Question, Reaction, Speaker
from knowledge.drafts import Draft
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
    """The line's fate is known: it leaves the queue as `sent`, `unconfirmed` or `dropped: …`. `message`: the
    network's id of it, where it gave one."""

    line: int
    fate: str
    message: str | None = None


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


@dataclass(frozen=True, slots=True)
class SaveReaction:
    """Keep what a reaction did."""

    reaction: Reaction


@dataclass(frozen=True, slots=True)
class DropReaction:
    """The reaction was taken back: it is forgotten, with what it voted."""

    reaction: Reaction


@dataclass(frozen=True, slots=True)
class Forget:
    """What was said of a question was taken back: wherever else it may be kept, it is forgotten: in lines
    that were said, in what reactions would bring back, and in votes of the asker (their key) on `entries`,
    cast from `since` to `until`: they hold what the question said at that moment. Where the `whole` of it was
    taken back, so are the reasons for what was decided before, and what `more` would tell."""

    question: int
    asker: str
    entries: tuple[str, ...]
    since: datetime
    until: datetime
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Unsay:
    """Lines about `question` that wait to be said because of the message `message` of `network` are dropped.
    (The event of a message that can be taken back is named after both.)"""

    question: int
    network: str
    message: str


@dataclass(frozen=True, slots=True)
class SaveCode:
    """Keep the hash of a code that `account` was shown; it takes the place of one shown before. `said_by`:
    the key of the account that must say it, None where any other may. It holds until `expires`."""

    account: Account
    hash: str
    said_by: str | None
    expires: datetime


@dataclass(frozen=True, slots=True)
class VoidCode:
    """The code that an account (its key) was shown holds no more."""

    account: str


@dataclass(frozen=True, slots=True)
class SaveTries:
    """An account (its key) has said so many wrong codes since then."""

    account: str
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """All accounts of these two are one person's."""

    one: Account
    other: Account


@dataclass(frozen=True, slots=True)
class Unlink:
    """The account is linked with no other any more."""

    account: Account


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """Write the draft as it is now, new or changed; as with a question, `draft.revision` is the one that was
    read, and 0 means that it is new. One that is left in a state `under_way` is work for whoever publishes:
    it is begun as soon as the transaction stands, and again after every start until it is done."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class RecallDraft:
    """What a draft that is being published was made of was taken back, edited, or not right: keep that as its
    `reason`, so that it does not wait again where it cannot be published. It counts as no write of the draft:
    whoever publishes it goes on."""

    draft: int
    reason: str


@dataclass(frozen=True, slots=True)
class SaveDigest:
    """The account (its key) was told the digest of this week, like 2026-W48."""

    account: str
    week: str


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
    | SaveReaction
    | DropReaction
    | Forget
    | Unsay
    | SaveCode
    | VoidCode
    | SaveTries
    | Link
    | Unlink
    | SaveDraft
    | RecallDraft
    | SaveDigest
)
"""What a transaction carries out."""

Effect = Stored | Operate
