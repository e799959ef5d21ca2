"""The one seam between the desk and a network: what a transport is, and how the sending of a line can end.

A line ends in one of three ways, and nothing else is ever reported of it:

    Receipt       the server is known to have taken it
    NotSent       it reached nobody, for certain: it was never written, or the server refused it
    Unconfirmed   it was written, and nothing more is known

`NotSent` with `later` is no fate at all: nothing was written because there was no connection (or the channel
is not joined yet), so the same line may be sent again as it is. After `Unconfirmed` it must not be.

Must not import any particular network.
"""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from bot.desk.events import Event, Fate
from bot.desk.model import Failure, Line

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
"""What time it is: aware, UTC."""

Inbox = Callable[[Event], Awaitable[None]]
"""Where a transport brings what happened, one event after the other, in the order of the network."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The server took the line.

    `text` is what stands in it, as others read it: with the address, perhaps cut. `message` is the network's
    id of the message, where it told one.
    """

    at: datetime
    text: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """How the desk sits on a network at one moment.

    `missing`: venues of the configuration that it is not in. `identified`: whether it is logged in to its
    account there; None where none is configured. `mute`: venues that it is in and may say nothing in.
    `reasons`: why it is not in some of `missing`, and may say nothing in those of `mute`, in a few words.
    `waits`: in how many seconds it tries again to come into some of them; it is another number at each
    moment, and no part of how things stand.
    """

    connected: bool
    missing: tuple[str, ...] = ()
    identified: bool | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    waits: Mapping[str, float] = field(default_factory=dict, compare=False)
    mute: tuple[str, ...] = ()

    @property
    def absences(self) -> tuple[str, ...]:
        """The missing ones, each with the reason, where it is known."""
        return tuple(
            f"{each} ({self.reasons[each]})" if each in self.reasons else each for each in self.missing
        )


class NotSent(Exception):
    """The line certainly reached nobody. `detail` is for the log and for operators, in the server's words.

    `later`: there was no connection to write it to; the same line may be sent again as it is. `after`: in how
    many seconds, where the server said so.
    """

    def __init__(
        self, failure: Failure, detail: str = "", *, later: bool = False, after: float | None = None
    ) -> None:
        super().__init__(f"{failure}: {detail}" if detail else str(failure))
        self.failure = failure
        self.detail = detail
        self.later = later
        self.after = after


class Unconfirmed(Exception):
    """The line was written, and nobody knows what became of it: the connection ended, or no word came."""

    @property
    def failure(self) -> Failure:
        return Failure.UNCONFIRMED


class ShutOut(Exception):
    """A network lets the desk in no more, whatever it tries: the desk ends, for an operator has to see to it.
    `why`: in the server's words; `remedy`: what they can do."""

    def __init__(self, network: str, why: str, remedy: str) -> None:
        super().__init__(f"{network}: {why}: {remedy}")
        self.network = network
        self.why = why
        self.remedy = remedy


class Transport(Protocol):
    """A network as the desk sees it. Four of a kind pass one contract suite (`tests/transports`)."""

    @property
    def network(self) -> str:
        """The network's name in the configuration; every venue and speaker of this transport bears it."""

    @property
    def me(self) -> str:
        """The desk's own name there now; before the first connection the one it will ask for."""

    @property
    def connected(self) -> bool:
        """Whether a line can be written now. It may be False again by the time one is."""

    @property
    def idempotent(self) -> bool:
        """Whether the network takes a line, by its number, only once, so that one of which nobody knows
        whether it arrived is to be sent again. Where it cannot vouch for that, of one that had `begun` before
        the start, `send` raises `Unconfirmed`."""

    async def run(self, inbox: Inbox) -> None:
        """Be connected until `close`: hand every event to `inbox`, in order, one at a time.

        A lost connection is made again after a pause that grows (capped, with jitter); each loss is told as
        `RosterLost`. An exception of `inbox` costs that event only. Returns after `close`, when every event
        has been handed over; a second `run` of the same transport is not foreseen. Cancelling it hangs up.
        Raises `ShutOut` where trying again is of no use.
        """

    async def send(self, line: Line, addressee: str | None, members: tuple[str, ...]) -> Receipt:
        """Write one line and wait until the server is known to have taken it.

        `addressee`: the nick of that moment to put before the text; it is left out in private. `members`: the
        nicks in that venue, none of which but the addressee's and `line.unbroken` will stand in the line
        unbroken. Lines are written in the order of the calls. Pacing is the caller's.

        Raises `NotSent` and `Unconfirmed`, and nothing else.
        """

    async def close(self, reason: str) -> None:
        """Say goodbye with `reason`, let what was written leave, and end `run`. Twice does no harm."""


class Door(Transport, Protocol):
    """A transport to a network of the configuration."""

    @property
    def attendance(self) -> Attendance:
        """How the desk sits there now."""


class Settling(Door, Protocol):
    """A door that is told when nothing more comes of an event, for it keeps what it came with until then."""

    def settled(self, event: Event, fate: Fate) -> None: ...


async def hand_over(event: Event, inbox: Inbox) -> None:
    """Bring one event to the inbox. A defect there costs this event and is logged; the transport goes on."""
    try:
        await inbox(event)
    except Exception:  # the network is read on
        log.exception("an event was not taken", happened=type(event).__name__, id=event.id)


def backoff(attempt: int, first: float, cap: float, rng: random.Random) -> float:
    """Seconds to wait before the next attempt, `attempt` (from 0) having failed in a row: doubling from
    `first` up to `cap`, of which a random half is taken off, so that many clients do not return as one."""
    return min(cap, first * 2.0 ** min(attempt, 32)) * rng.uniform(0.5, 1.0)
