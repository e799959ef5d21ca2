"""How fast lines may be written, and which of several waiting ones comes next.

Two limits, each a token bucket: one of the connection, one of every target. (Measured on servers as they are
set up by default: five lines at once and then two a second are tolerated, more ends the connection; a channel
takes one a second and drops the rest. Libera's FAQ asks for one line in two seconds.)

Who is next, among the targets that may be written to now:

    1. every fourth time whose head was queued first, so that nobody waits for ever;
    2. else the highest purpose (`Purpose.rank`);
    3. then the target that was written to longest ago, then whose head was queued first.

One token of the connection is kept for targets that were not written to in the last minute: a busy channel
does not hold up a ping elsewhere. Within a target the order is that of its queue: only its head is looked at.

Values and pure functions. Times are seconds of a monotonic clock and come in as arguments; a clock that steps
back stands still here.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from immutables import Map
from pydantic import BaseModel, ConfigDict, Field

from bot.desk.model import Purpose

Target = TypeVar("Target", bound=Hashable)

FRESH_AFTER = 60.0
"""Seconds without a line after which a target may have the token that is kept back."""

OLDEST_EVERY = 4
NEVER = float("-inf")

_ENOUGH = 1e-9
"""What tokens may lack to count as whole: the rounding of floating point."""


class PaceSettings(BaseModel):
    """How fast the desk may write on one network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    burst: int = Field(4, ge=1, le=100, description="How many lines may be written at once after a pause.")
    rate: float = Field(
        0.5, gt=0.0, le=1000.0, description="How many lines a second may be written after that."
    )
    target_rate: float = Field(
        1.0, gt=0.0, le=1000.0, description="How many lines a second may go to one channel or person."
    )


@dataclass(frozen=True, slots=True)
class Bucket:
    """A token bucket: `tokens` were in it at `at`; it gains `rate` a second and holds at most `burst`."""

    rate: float
    burst: float
    tokens: float
    at: float

    def holds(self, at: float) -> float:
        return min(self.burst, self.tokens + max(0.0, at - self.at) * self.rate)

    def take(self, at: float) -> "Bucket":
        """The bucket after one token was taken. Raises ValueError where there is none."""
        left = self.holds(at) - 1.0
        if left < -_ENOUGH:
            raise ValueError("no token")
        return replace(self, tokens=max(0.0, left), at=max(self.at, at))

    def ready_at(self, tokens: float = 1.0) -> float:
        """When it holds `tokens`, which must not be more than `burst`."""
        return self.at + max(0.0, tokens - self.tokens) / self.rate


@dataclass(frozen=True, slots=True)
class Pace(Generic[Target]):
    """What was written so far, as far as it matters for what may be written next."""

    settings: PaceSettings
    connection: Bucket
    written: Map[Target, float] = field(default_factory=Map)
    turn: int = 0

    @classmethod
    def start(cls, settings: PaceSettings, now: float) -> "Pace[Target]":
        """Nothing was written yet: the whole burst is there."""
        return cls(settings, Bucket(settings.rate, settings.burst, settings.burst, now))

    def pick(self, heads: Mapping[Target, tuple[Purpose, int]], now: float) -> Target | None:
        """Whose head is to be written now; None where nothing may be. `heads`: target -> what its first line
        is for, and the line's number, which rises with time."""
        ready = [target for target in heads if self._ready_at(target) <= now + _ENOUGH]
        if not ready:
            return None
        if self.turn % OLDEST_EVERY == OLDEST_EVERY - 1:
            return min(ready, key=lambda target: heads[target][1])
        return min(
            ready,
            key=lambda target: (heads[target][0].rank, self.written.get(target, NEVER), heads[target][1]),
        )

    def ready_at(self, heads: Mapping[Target, tuple[Purpose, int]], now: float) -> float | None:
        """From when on `pick` names one of `heads` if nothing is written until then; None without heads."""
        return min((max(now, self._ready_at(target)) for target in heads), default=None)

    def sent(self, target: Target, now: float) -> "Pace[Target]":
        """After a line was written to `target`. Raises ValueError where the connection has no token left.

        What was written over a minute ago no longer matters, and is forgotten.
        """
        at = max(now, self.connection.at)
        memory = max(FRESH_AFTER, 1.0 / self.settings.target_rate)
        recent = Map({each: then for each, then in self.written.items() if at - then < memory})
        return replace(
            self, connection=self.connection.take(at), written=recent.set(target, at), turn=self.turn + 1
        )

    def _ready_at(self, target: Target) -> float:
        one = self.connection.ready_at()
        at = self.written.get(target)
        if at is None:
            return one
        kept = min(2.0, self.settings.burst)
        fresh = max(one, at + FRESH_AFTER)
        return max(at + 1.0 / self.settings.target_rate, min(self.connection.ready_at(kept), fresh))
