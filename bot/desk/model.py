"""The nouns of the desk, as immutable values: speakers, questions, pings, prompts, lines.

Nothing here decides anything. A question's state is only ever changed by `bot.desk.lifecycle`; numbers,
times and revisions come from outside. All times are aware and in UTC.

Imports of ours: `knowledge` and `routing` values only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from knowledge.confidence import Band
from knowledge.index import Match
from routing.candidates import Candidate
from routing.presence import Venue, fold

CONTROL = "control"
"""The network of those who operate the process from its own machine. No network of the configuration bears
that name."""


BEHIND = " <"
"""Between a bridge's session and who is behind it, in theirs; no other session holds a blank."""


class Role(IntEnum):
    """What a speaker may do; each includes those below it. Rights come from accounts alone."""

    ANYBODY = 0
    RESPONDER = 1
    EDITOR = 2
    OPERATOR = 3


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who said a line: an account where the network proved it on that very line, else a session.

    `nick` is only how to address them at that moment; it is never compared to decide a right. On Matrix
    account and nick are both the user id. `granted`: what their rank in the room gives them, by what the
    server said of it for this very line; it is never stored. `also`: the keys of their other accounts, where
    they are known to have some (`Reference.known`).
    """

    network: str
    nick: str
    account: str | None = None
    session: str = ""
    granted: Role = field(default=Role.ANYBODY, compare=False)
    also: tuple[str, ...] = field(default=(), compare=False)

    @property
    def key(self) -> str:
        """The one identity that counts for this line."""
        return account_key(self.network, self.account) if self.account else self.session_key

    @property
    def session_key(self) -> str:
        return f"{self.network}/session/{self.session}"

    @property
    def bridged(self) -> bool:
        """Whether they are on another network, and a bridge says what they say. Their nick is none here."""
        return BEHIND in self.session

    @property
    def bridge(self) -> str:
        """The session of the bridge that says what they say; empty where there is none."""
        return self.session.partition(BEHIND)[0] if self.bridged else ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key under which this speaker may have been remembered."""
        own = (self.key, self.session_key) if self.account and self.session else (self.key,)
        return (*own, *self.also)

    def is_same(self, other: "Speaker") -> bool:
        """Whether both lines come from accounts of one person, or else from one session."""
        return bool(set(self.keys) & set(other.keys))


def account_key(network: str, account: str) -> str:
    return f"{network}/account/{fold(account)}"


def of_session(key: str) -> bool:
    """Whether `key` is that of a speaker without an account. No network's name holds a slash."""
    return key.split("/")[1:2] == ["session"]


TAKEN_BACK = "(taken back)"
"""What is kept in the place of a text whose speaker took it back."""


class State(StrEnum):
    """Where a question stands. `bot.desk.lifecycle` holds what leads from one to the other."""

    OPEN = "open"
    TOLD = "told"
    OFFERED = "offered"
    ASKED = "asked"
    ENGAGED = "engaged"
    PROPOSED = "proposed"
    KEPT = "kept"
    ANSWERED = "answered"
    HANDED_OVER = "handed over"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"

    @property
    def ended(self) -> bool:
        return self in ENDED


ENDED = frozenset({State.ANSWERED, State.HANDED_OVER, State.EXPIRED, State.WITHDRAWN})

NOT_WITHDRAWN = frozenset(State) - {State.WITHDRAWN}
"""While a question stands in one of these, what waits to be said about it may be said."""


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """One line of the talk about a question, once a responder is in it.

    `person` is the responder's id in the map, or None where the asker said it. `passed`: it reached the other
    side, by being said where they are or by being relayed. `shared`: its speaker lets it go anywhere.
    `message`: the network's id of it, where it has one. `corrected`: the other side was told of a correction.
    """

    at: datetime
    nick: str
    text: str
    venue: Venue
    person: str | None = None
    passed: bool = False
    shared: bool = False
    message: str | None = None
    corrected: bool = False

    @property
    def asks_back(self) -> bool:
        return self.text.rstrip().endswith("?")


@dataclass(frozen=True, slots=True)
class Question:
    """What is tracked, from the first line to its end.

    `revision` counts writes (the store refuses a stale one); `step` counts deadlines: the pending one is
    keyed by (number, step) and falls at `due`, which is None exactly when the question has ended.
    `entries` are ids of candidate entries, the one told or the best first; `refused` those that were not it.
    `directed_to` is the person that somebody named with `not me → …`; `placed` the section in which a person
    placed the question, empty where they said that it is none of those that it seems to be about, None where
    nobody has. `unsaid` is a text for the asker of which nobody knows whether it arrived. `message_id` is the
    network's id of the message it was asked in, `thread` that of the one with which its thread began, where
    it was asked in one. `parts`: the ids of the messages of which its text is made, each with what of it that
    was.
    """

    number: int
    venue: Venue
    asker: Speaker
    text: str
    asked_at: datetime
    due: datetime | None
    state: State = State.OPEN
    step: int = 1
    revision: int = 0
    message_id: str | None = None
    last_line_at: datetime | None = None
    entries: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    section: str | None = None
    directed_to: str | None = None
    placed: str | None = None
    responder: str | None = None
    replies: tuple[ReplyLine, ...] = ()
    outcome: str = ""
    unsaid: str = ""
    ended_at: datetime | None = None
    thread: str | None = None
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def root(self) -> str | None:
        """The id of the message with which the thread of the talk about it begins."""
        return self.thread or self.message_id


class PingState(StrEnum):
    """What became of one attempt at one person."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    REFUSED = "refused"
    PASSED = "passed"

    @property
    def pending(self) -> bool:
        """Whether the person may still be about to react."""
        return self in {PingState.QUEUED, PingState.DELIVERED, PingState.UNCONFIRMED, PingState.ACKNOWLEDGED}


class Failure(StrEnum):
    """Why a line did not reach anybody.

    `REFUSED`: the server does not let it pass there. `NOT_PRIVATELY`: whom it was for takes no private lines
    from us. `THROTTLED`: the server takes no more just now.
    """

    ABSENT = "absent"
    REFUSED = "refused"
    NOT_PRIVATELY = "takes no private lines"
    THROTTLED = "throttled"
    UNCONFIRMED = "unconfirmed"
    OUTDATED = "outdated"
    ASLEEP = "asleep"
    OVER_BUDGET = "over budget"
    UNSENDABLE = "unsendable"


class PingKind(StrEnum):
    """What for somebody is pinged: to answer, to say which section it is, because they had put it off until
    now, because they said that they would answer and have not."""

    ANSWER = "answer"
    TRIAGE = "triage"
    PUT_OFF = "put off"
    FOLLOW_UP = "follow up"


@dataclass(frozen=True, slots=True)
class Ping:
    """One attempt at one person for one step of one question; (question, step) occurs once.

    `role`: theirs in the section. `sections`: to what the question seemed to belong then, the likeliest
    first; a triager was told of them in this order. `until`: when its person wants to look at it, where they
    said `later`. `delivered_at`: when it may have been read first; `took`: how much of their waking time
    passed from then to their first word. `failure`: why it reached nobody, where it did not.
    """

    question: int
    step: int
    person: str
    venue: Venue
    nick: str
    at: datetime
    reason: str
    state: PingState = PingState.QUEUED
    kind: PingKind = PingKind.ANSWER
    role: str = ""
    sections: tuple[str, ...] = ()
    until: datetime | None = None
    delivered_at: datetime | None = None
    took: timedelta | None = None
    failure: Failure | None = None

    @property
    def shut(self) -> bool:
        """Whether its venue lets none pass: somewhere else its person may well be reached."""
        return self.failure in {Failure.REFUSED, Failure.NOT_PRIVATELY}

    def is_current(self, question: Question) -> bool:
        """Whether the question, whose ping it is, waits for the one who was pinged."""
        if question.state is State.ENGAGED:
            return question.responder == self.person
        return self.state.pending and question.state is State.ASKED


class Placing(StrEnum):
    """How somebody said in which section a question belongs."""

    TRIAGED = "triaged"
    PASSED_ON = "passed on"


class PromptKind(StrEnum):
    ANSWER = "answer"
    OFFER = "offer"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Prompt:
    """An open invitation to one speaker in one venue to say a bare word.

    `options` are entry ids behind `1`, `2`, `3`; `more` is the text that `more` goes on with. `event`, known
    once it is stored: by which event it was opened, so that its lines are known. What a triager chooses from
    is no prompt: their ping holds it.
    """

    speaker: str
    venue: Venue
    kind: PromptKind
    expires: datetime
    question: int | None = None
    options: tuple[str, ...] = ()
    more: str = ""
    event: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a reaction did, so that it can be taken back.

    `message`: the network's id of the reaction, `target` that of the message which it stands on; `word`: what
    it was read as. `step`: the question's, to which it led. `before`: the question as it was until then (its
    text stays as it is now), with the `prompt` or the `ping` that it answered.
    """

    network: str
    message: str
    target: str
    speaker: str
    word: str
    step: int
    before: Question
    prompt: Prompt | None = None
    ping: Ping | None = None


class Purpose(StrEnum):
    """What a line is for; it decides its rank among targets and what its failure means."""

    PING = "ping"
    RELAY = "relay"
    ANSWER = "answer"
    TELL = "tell"
    REPLY = "reply"

    @property
    def rank(self) -> int:
        """The smaller, the sooner, between targets; within a target order is never changed."""
        return list(Purpose).index(self)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must still hold when a line is about to be written; anything None is not asked.

    `question` must stand in one of `states` (and at `step`); `person` must be awake, reachable and within
    budget; after `not_after` the line is no longer worth saying. `present`: the addressee must be provably
    there.
    """

    question: int | None = None
    states: frozenset[State] = frozenset()
    step: int | None = None
    person: str | None = None
    present: bool = False
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One outbox row: one wire line on IRC, one event on Matrix.

    `text` has no address; the transport puts the addressee's nick of that moment before it where the venue is
    public. `unbroken` are nicks besides the addressee's that the line may hold as they are. `begun`: its row
    says that it is being written, or was. Where the network can show it: `reply_to` is the id of the message
    in that venue to which this is the reply, `thread` that of the one with which its thread begins, and
    `notify` says that the addressee is to be notified and not only told. `message`: the id that the network
    gave it, once it was said.
    """

    venue: Venue
    text: str
    purpose: Purpose
    addressee: Speaker | None = None
    question: int | None = None
    unbroken: tuple[str, ...] = ()
    conditions: Conditions = field(default_factory=Conditions)
    id: int = 0
    event: str = ""
    queued_at: datetime | None = None
    begun: bool = False
    reply_to: str | None = None
    thread: str | None = None
    notify: bool = False
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What consulting the knowledge and the map gave for one text. `owners`: who owns what it names, where it
    is short enough to name a thing."""

    text: str
    band: Band
    matches: tuple[Match, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    repairs: tuple[tuple[str, str], ...] = ()
    facets: Mapping[str, str] = field(default_factory=dict)
    empty: bool = False
    owners: tuple[Candidate, ...] = ()
