"""What must be known of the stored state to decide on one event (`Concern`), and the answer (`Facts`).

`concerns` says what to read, the store reads it in one go, `decide` sees only the values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.desk.codes import NONE, Drawn
from bot.desk.links import Account
from bot.desk.model import Line, Ping, PingState, Prompt, Question, Reaction, State
from bot.desk.upstream import Upstream
from knowledge.drafts import Draft
from routing.people import Wishes
from routing.presence import Load, Roster, Venue


@dataclass(frozen=True, slots=True)
class Concern:
    """Which part of the stored state an event touches.

    `speaker_keys`: read the open prompts and the questions of these speakers. `person`: read the pings at
    this person. `numbers`: read these questions with their pings. `line`: read this outbox line with its
    question. `messages`: read the questions that were asked in these messages (network, id), or in the
    threads that begin with them, and our lines that are these messages, with their questions; `reactions`:
    and what reactions did that are these messages, or stand on them. `venue`: read the newest question
    asked there. `load`: read how often everybody was pinged. `explain`: read the reasons
    kept for every question read. `counts`: count all questions by state. `live`: read every question that has
    not ended. `running`: say how the process does. `facets`: read what the speakers told of themselves.
    `wishes`: read what everybody wishes of how they are asked; `load` reads that, too. `took`: read how long
    first words to pings took lately; with a `line`, only where that is a ping. `code`: read the code with
    this hash; `tries`: how many wrong ones this account (its key) said lately, and draw a fresh one.
    `drafts`: read every draft about which something is still to be done, and those of the questions read;
    `drafts_of`: the same, but only where any question is read: a draft may be made of it, or was;
    `draft_numbers`, `draft_keys`: read these drafts, too. `suggested`: count what these speakers (their keys)
    suggested within a day, and what all without an account did. `digests`: read who was told which digest,
    which published drafts came into doubt lately, and which entries were said to be not it.
    `talked`: read the questions in whose talk these messages (network, id) were said and of which a draft was
    made. `noted`: read the drafts, too, whose note names one of the questions read: they hold its phrasing.
    `rejected`: read the drafts of these authors (their keys) of which they have not heard yet that they were
    rejected.
    """

    speaker_keys: tuple[str, ...] = ()
    person: str | None = None
    numbers: tuple[int, ...] = ()
    line: int | None = None
    messages: tuple[tuple[str, str], ...] = ()
    reactions: bool = False
    venue: Venue | None = None
    load: bool = False
    explain: bool = False
    counts: bool = False
    live: bool = False
    running: bool = False
    facets: bool = False
    wishes: bool = False
    took: bool = False
    code: str | None = None
    tries: str | None = None
    drafts: bool = False
    drafts_of: bool = False
    draft_numbers: tuple[int, ...] = ()
    draft_keys: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    digests: bool = False
    talked: tuple[tuple[str, str], ...] = ()
    noted: bool = False
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A code by which two accounts may be linked: whom it was shown to, who must say it (the key of an
    account; None: any other), and until when."""

    account: Account
    said_by: str | None
    expires: datetime


@dataclass(frozen=True, slots=True)
class Sitting:
    """How the desk sits on one network: in how many `channels` it should be, and in which of them it is not;
    whether it is logged in, None where it has no account there. Of some of `missing`: for which `reasons`, in
    a few words, and when it tries again. `mute`: those that it is in and may say nothing in, with `reasons`,
    too. `called`: what one of the `channels` is called there."""

    connected: bool
    channels: int = 0
    missing: tuple[str, ...] = ()
    identified: bool | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    waits: Mapping[str, timedelta] = field(default_factory=dict)
    mute: tuple[str, ...] = ()
    called: str = "channel"


@dataclass(frozen=True, slots=True)
class Running:
    """How the process does at this moment, as an operator is told.

    `started`: when. `networks`: by name, how it sits there. `waiting`: outbox lines that are not written yet.
    `problems`: what was wrong with knowledge and map when they were last read. `gone`: ids that there are
    votes on and no entries any more. `upstream`: how the base stands to its remote repository.
    """

    started: datetime | None = None
    paused: bool = False
    networks: Mapping[str, Sitting] = field(default_factory=dict)
    waiting: int = 0
    problems: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    upstream: Upstream = field(default_factory=Upstream)


@dataclass(frozen=True, slots=True)
class Facts:
    """The stored state around one event, read at one instant.

    `questions` holds every question that any other field names. `own`: numbers of the speaker's questions,
    those that have not ended and those that ended within 14 days, newest first. `pinged`: pings at the
    speaker's person within 14 days, newest first. `pings`: all pings of the questions read, oldest first.
    `lines`: id of a message concerned -> our line that it is. `reactions`: what those did that are messages
    concerned, or stand on them. `latest`: the number of the newest
    question asked in the venue concerned. `explanations`: number -> reasons, oldest first. `facets`: what the
    speaker once told of themself, as facet -> value; some may no longer be declared.
    `wishes`: person (id) -> their wishes; the map may no longer have them. `took`: where somebody was pinged,
    and how much of their waking time passed until their first word; the newest pings first.
    `rooms`: network -> how many bytes a venue's name and a text share on one line there now; none where lines
    have no end.
    `code`: the code concerned, be it too old. `tries`: how many wrong ones, and since when. `drawn`: a fresh
    code. `drafts`: number -> draft, the oldest first; `next_draft`: the number of the next one.
    `suggested`: how many suggestions the speakers concerned made within a day, and all sessions together.
    `digests`: account key -> the last week whose digest it was told. `refused`: entry -> how many different
    askers said within 30 days that it was not it; some may be in the base no more.
    """

    next_number: int = 1
    prompts: tuple[Prompt, ...] = ()
    questions: Mapping[int, Question] = field(default_factory=dict)
    own: tuple[int, ...] = ()
    pinged: tuple[Ping, ...] = ()
    pings: tuple[Ping, ...] = ()
    line: Line | None = None
    lines: Mapping[str, Line] = field(default_factory=dict)
    reactions: tuple[Reaction, ...] = ()
    latest: int | None = None
    load: Load = field(default_factory=Load)
    explanations: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    counts: Mapping[State, int] = field(default_factory=dict)
    roster: Roster = field(default_factory=Roster)
    running: Running = field(default_factory=Running)
    facets: Mapping[str, str] = field(default_factory=dict)
    wishes: Mapping[str, Wishes] = field(default_factory=dict)
    took: tuple[tuple[Venue, timedelta], ...] = ()
    rooms: Mapping[str, int] = field(default_factory=dict)
    code: LinkCode | None = None
    tries: tuple[int, datetime | None] = (0, None)
    drawn: Drawn = NONE
    drafts: Mapping[int, Draft] = field(default_factory=dict)
    next_draft: int = 1
    suggested: tuple[int, int] = (0, 0)
    digests: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)

    def pings_of(self, number: int) -> tuple[Ping, ...]:
        return tuple(ping for ping in self.pings if ping.question == number)

    def asked(self, number: int) -> frozenset[str]:
        """Everybody who was pinged about this question, be it in vain."""
        return frozenset(ping.person for ping in self.pings_of(number))

    def asked_enough(self, number: int) -> frozenset[str]:
        """Who is not to be pinged about this question again: everybody whom a ping of it may have reached, or
        who two times was not there. What no server let pass there says nothing of them."""
        pings = self.pings_of(number)
        missed = [ping.person for ping in pings if ping.state is PingState.FAILED and not ping.shut]
        twice = {person for person in missed if missed.count(person) > 1}
        return frozenset({ping.person for ping in pings if ping.state is not PingState.FAILED} | twice)

    def shut(self, number: int) -> frozenset[tuple[str, str]]:
        """The keys of the venues that let no ping of this question pass."""
        return frozenset(ping.venue.key for ping in self.pings_of(number) if ping.shut)
