"""What happened: the one vocabulary in which every transport, the timers and the outbox speak to the desk.

Past tense, immutable, complete from the start: a transport without reactions simply never sends `Reacted`.
Every event has an `id` that is the same when it is seen again (a replay, a crash between receiving and
committing), so that handling it twice changes nothing, and an `at` in UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.desk.changes import Changes
from bot.desk.model import Failure, Speaker
from bot.desk.upstream import Upstream
from routing.presence import Venue


@dataclass(frozen=True, slots=True)
class Happened:
    """What all events share. `id` is unique for ever; `at` is aware, UTC."""

    id: str
    at: datetime


class Vouched(StrEnum):
    """What a network vouches for, by an event, about the account of its speaker.

    LINE: the event itself says which it is, or that there is none. STATE: it says nothing of it, but the
    network tells of every change, so what it last told of the speaker holds. NOTHING: it says nothing, and a
    change may have gone unseen.
    """

    LINE = "line"
    STATE = "state"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Heard(Happened):
    """A line was said in a venue.

    `me` is the desk's own name there at that moment. `message` is the network's id of the message, where it
    has one; `relates_to` that of the message it replies to, `thread` that of the one with which its thread
    began. `replayed`: from history, not live. `late`: said while the desk was away, at `said_at`, answered by
    nobody since, and to be handled now, at `at`.
    `from_bot`: marked as a bot's by the network. `notice`: of the kind that must never be answered. `own`:
    our echo.
    `joined_text` is set by intake where the line goes on from earlier ones: all of them together. `vouched`:
    how the speaker's account is known. `relayed_by`: the nick that said it in the speaker's name, where the
    network tells so (RELAYMSG). `crowded`, set by intake: too much is said on the network at once, and that
    is all that is to be told; `over`: the same of this speaker alone.
    """

    speaker: Speaker
    venue: Venue
    text: str
    me: str
    message: str | None = None
    relates_to: str | None = None
    replayed: bool = False
    late: bool = False
    said_at: datetime | None = None
    from_bot: bool = False
    notice: bool = False
    own: bool = False
    joined_text: str | None = None
    vouched: Vouched = Vouched.LINE
    relayed_by: str | None = None
    thread: str | None = None
    crowded: bool = False
    over: bool = False

    @property
    def spoken_at(self) -> datetime:
        """When it was said."""
        return self.said_at or self.at


@dataclass(frozen=True, slots=True)
class Edited(Happened):
    """The speaker changed the message `message`; `text` is what it says now. `me`: what the desk is called
    there."""

    speaker: Speaker
    venue: Venue
    message: str
    text: str
    me: str = ""


@dataclass(frozen=True, slots=True)
class Redacted(Happened):
    """The message `message` was taken back by `speaker`. A reaction is a message, too."""

    speaker: Speaker
    venue: Venue
    message: str


@dataclass(frozen=True, slots=True)
class Reacted(Happened):
    """`speaker` put the reaction `key` (an emoji) on the message `message`; `me` as in `Heard`. `reaction` is
    the network's id of the reaction itself, by which it may be taken back (`Redacted`)."""

    speaker: Speaker
    venue: Venue
    message: str
    key: str
    me: str
    reaction: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable(Happened):
    """`speaker` said something in `venue` that cannot be decrypted: `message` is its id. Told once of each
    message; what becomes readable later is `Heard` then."""

    speaker: Speaker
    venue: Venue
    message: str


@dataclass(frozen=True, slots=True)
class Joined(Happened):
    """`speaker` was seen in `venue`: joined just now, or (`present`) found there when we came.

    The speaker's account is what the server says; `vouched`: whether it says anything of it.
    """

    speaker: Speaker
    venue: Venue
    present: bool = False
    away: bool = False
    vouched: Vouched = Vouched.LINE


@dataclass(frozen=True, slots=True)
class Left(Happened):
    """A nick left one venue, or (`venue` None) the network."""

    network: str
    nick: str
    venue: Venue | None = None


@dataclass(frozen=True, slots=True)
class Renamed(Happened):
    """A nick became another; the session goes on."""

    network: str
    nick: str
    new_nick: str


@dataclass(frozen=True, slots=True)
class AccountChanged(Happened):
    """The server says that a nick is now logged in as `account`, or (None) no longer."""

    network: str
    nick: str
    account: str | None


@dataclass(frozen=True, slots=True)
class AwayChanged(Happened):
    """The server says that a nick went away or came back."""

    network: str
    nick: str
    away: bool


@dataclass(frozen=True, slots=True)
class Sighted(Happened):
    """A nick that we look out for, although it shares no venue with us, is online, and the server says that
    `account` is behind it; or (None) it is offline, or no longer looked out for."""

    network: str
    nick: str
    account: str | None
    away: bool = False


@dataclass(frozen=True, slots=True)
class RosterLost(Happened):
    """We lost sight: our connection ended (`venue` None), or we left one venue. All that was known of who is
    there is void."""

    network: str
    venue: Venue | None = None


@dataclass(frozen=True, slots=True)
class Delivered(Happened):
    """An outbox line was written and the server is known to have taken it. `to`: where it was said, and to
    which nick, or session behind a bridge, where to one. `message`: the network's id of it, where it gave
    one."""

    line: int
    to: tuple[Venue, str] | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryFailed(Happened):
    """An outbox line reached nobody, or (`UNCONFIRMED`) nobody knows."""

    line: int
    reason: Failure
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DeadlinePassed(Happened):
    """The deadline (question, step) fell due. `text` is the question's, so that it can be consulted."""

    question: int
    step: int
    text: str


@dataclass(frozen=True, slots=True)
class ReferenceChanged(Happened):
    """Knowledge and map were read anew.

    `changes`: how what is in use now differs from what was. `problems` are printable, each with its file,
    line and column, empty where all is well; `kept` says what stays in use as it was because of them: any of
    "configuration", "knowledge", "map". `applied`: settings that were changed and hold now, each with what it
    is, where that may be told; `later`: the names of those that were changed and need a restart. `gone`: ids
    that there are votes on and no entries any more. `asked`: who ordered it, and where.
    `published`: those of the entries that the desk itself has just published, of which is told there.
    `repeated`, set by intake: these same problems were told already; `mended`: those that were told are no
    more. `by`: who committed the file of the first problem as it is now, and in which commit; None where that
    is not known.
    """

    changes: Changes = field(default_factory=Changes)
    problems: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    asked: tuple[Speaker, Venue] | None = None
    repeated: bool = False
    published: tuple[str, ...] = ()
    mended: bool = False
    by: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Proposed(Happened):
    """An editor hands over the whole text of an entry's file (`now`), made from `was` (empty: a new entry),
    by the control socket or the command line. `note`: what they say about it. `number`: of the draft whose
    place it is to take."""

    speaker: Speaker
    venue: Venue
    now: str
    was: str = ""
    note: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Published(Happened):
    """What was under way for a draft is done: the base holds it, or, where it was to be reverted, no more.
    `commit`: its id, empty where the base is no git repository. `note`: what is worth telling all the same,
    in a line: that it is not pushed yet, and why."""

    draft: int
    commit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PublishingFailed(Happened):
    """What was under way for a draft could not be done, and the base is as it was. `why`: in a line, with the
    remedy."""

    draft: int
    why: str


@dataclass(frozen=True, slots=True)
class UpstreamChanged(Happened):
    """The knowledge base and its remote repository are at odds (`now`), or no longer: `before` is then how
    they stood when that was last told."""

    now: Upstream
    before: Upstream = field(default_factory=Upstream)


@dataclass(frozen=True, slots=True)
class DigestDue(Happened):
    """A week's digest (like 2026-W48) may be told to editors who have not had it."""

    week: str


class Fate(StrEnum):
    """What became of an event: it was handled; its speaker was told that what they said was of no use; or it
    could not be handled, by a defect or because the store is out of order."""

    WELL = "well"
    COMPLAINED = "complained"
    FAILED = "failed"


Event = (
    Heard
    | Edited
    | Redacted
    | Reacted
    | Unreadable
    | Joined
    | Left
    | Renamed
    | AccountChanged
    | AwayChanged
    | Sighted
    | RosterLost
    | Delivered
    | DeliveryFailed
    | DeadlinePassed
    | ReferenceChanged
    | Proposed
    | Published
    | PublishingFailed
    | UpstreamChanged
    | DigestDue
)
