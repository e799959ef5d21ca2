"""One room where the desk is to be, and when it is to be tried again to come in.

A closed door is tried again, less and less often. To put the desk out is a wish: it comes back after minutes,
later each time, and after a ban it tries hardly ever; an invitation, or the end of the ban, is as good as a
word that it may come, and holds at once, but not without end.

Pure: times are seconds of a monotonic clock, and come in with chance as arguments.
"""

import math
import random
from dataclasses import dataclass

from bot.transports.base import backoff
from bot.transports.matrix.doors import Door
from bot.transports.matrix.settings import MatrixTimes

SELDOM = 3600.0
"""The longest pause, in seconds, between two attempts at a door that somebody would have to open."""

PUT_OUT, BARRED = 120.0, 6 * 3600.0
"""Seconds until the desk comes back after it was put out, doubling each time; the most, also after a ban."""

FORGIVEN = 7 * 86400.0
"""Seconds after which it no longer counts that the desk was put out."""

ENTERING = 60.0
"""Seconds after a join within which /sync has to tell of the room."""

AGAIN = 60.0
"""Seconds between two invitations into one room that are followed."""


@dataclass(slots=True)
class Seat:
    """`name`: that of the configuration; of another room that was upgraded, its id. `why`: why we are not in,
    in a few words; `servers`: those that know the room."""

    name: str
    why: str = ""
    again_at: float = 0.0
    servers: tuple[str, ...] = ()
    _attempts: int = 0
    _put_out: int = 0
    _out_at: float = -math.inf
    _hurried: float = -math.inf

    def closed(
        self, door: Door, after: float | None, times: MatrixTimes, now: float, rng: random.Random
    ) -> bool:
        """It was not to be entered; whether that is news. `after`: seconds that the server wants to be left
        alone."""
        first = times.retry.total_seconds()
        most = times.reconnect_most.total_seconds() if door.passes else SELDOM
        pause = max(backoff(self._attempts, first, max(first, most), rng), after or 0.0)
        if self._put_out and not door.passes:
            pause = max(pause, self._stay_out(rng))
        self._attempts += 1
        self.again_at = now + pause
        news = self.why != door.why
        self.why = door.why
        return news

    def entering(self, now: float) -> None:
        """The server lets us in, and will tell of the room."""
        self.again_at = now + ENTERING

    def inside(self) -> bool:
        """We are in; whether that had been refused before."""
        refused = bool(self.why)
        self._attempts, self.why, self.again_at = 0, "", 0.0
        return refused

    def out(self, by: str, why: str, *, banned: bool, now: float, rng: random.Random) -> float:
        """We were put out; for how many seconds we stay away."""
        self._put_out = self._put_out + 1 if now - self._out_at < FORGIVEN else 1
        self._out_at = now
        pause = BARRED if banned else self._stay_out(rng)
        self.again_at = now + pause
        self.why = f"{'banned' if banned else 'put out'} by {by}{f' ({why})' if why else ''}"
        return pause

    def hurry(self, now: float) -> None:
        """Somebody opened the door."""
        if now - self._hurried >= AGAIN:
            self._hurried = now
            self.at_once()

    def at_once(self) -> None:
        """There is another door to try."""
        self.again_at, self._attempts = 0.0, 0

    def _stay_out(self, rng: random.Random) -> float:
        return backoff(self._put_out - 1, PUT_OUT, BARRED, rng)
