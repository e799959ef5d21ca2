"""How fast lines may be written, and which of several waiting ones comes next.

What waits, waits in lanes: one for every speaker (or nobody in particular) in every target. Within a lane the
order is that of its queue, only its head is looked at. Limits are token buckets, one of the connection, one
of every target, and a pause between two lines of a lane. (Measured on servers as they are set up by default:
five lines at once and then two a second are tolerated, more ends the connection; a channel takes one a second
after a few at once, and drops the rest. Libera's FAQ asks for one line in two seconds.)

Who is next, among the lanes that may be written to now:

    1. every fourth time whose head was queued first, so that nobody waits for ever;
    2. else whoever is not restrained, and of these the highest purpose (`Purpose.rank`);
    3. then the lane that was written to longest ago, then the target, then whose head was queued first.

One token of the connection, and one of every target, is kept for lanes that were not written to in the last
minute: neither a busy channel nor a busy speaker in it holds up what somebody else is told. A lane that is
`restrained`, because its speaker says more than anybody may, gets one line a minute, and only where nobody
was told anything for so long that all tokens are there: so a flood leaves whoever talks with the desk
meanwhile all but one of them.

Values and pure functions. Times are seconds of a monotonic clock and come in as arguments; a clock that steps
back stands still here.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, NamedTuple, TypeVar

from immutables import Map
from pydantic import BaseModel, ConfigDict, Field

from bot.desk.model import Purpose

Target = TypeVar("Target", bound=Hashable)

FRESH_AFTER = 60.0
"""Seconds without a line after which a lane may have the token that is kept back, and a restrained one its
next line."""

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
    target_burst: int = Field(
        3, ge=1, le=100, description="How many lines may go to one channel at once after a pause."
    )
    target_rate: float = Field(
        1.0,
        gt=0.0,
        le=1000.0,
        description="How many lines a second may go to one channel after that, and to one person.",
    )


class Lane(NamedTuple, Generic[Target]):
    """What waits for one speaker (their key; empty: nobody in particular) in one target."""

    target: Target
    speaker: str = ""


class Head(NamedTuple):
    """The first line of a lane: what it is for, and its number, which rises with time."""

    purpose: Purpose
    number: int
    restrained: bool = False


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
    targets: Map[Target, Bucket] = field(default_factory=Map)
    written: Map[Lane[Target], float] = field(default_factory=Map)
    turn: int = 0

    @classmethod
    def start(cls, settings: PaceSettings, now: float) -> "Pace[Target]":
        """Nothing was written yet: the whole burst is there."""
        return cls(settings, Bucket(settings.rate, settings.burst, settings.burst, now))

    def pick(self, heads: Mapping[Lane[Target], Head], now: float) -> Lane[Target] | None:
        """Whose head is to be written now; None where nothing may be."""
        ready = [lane for lane, head in heads.items() if self._ready_at(lane, head) <= now + _ENOUGH]
        if not ready:
            return None
        if self.turn % OLDEST_EVERY == OLDEST_EVERY - 1:
            return min(ready, key=lambda lane: heads[lane].number)
        return min(
            ready,
            key=lambda lane: (
                heads[lane].restrained,
                heads[lane].purpose.rank,
                self.written.get(lane, NEVER),
                self._reached(lane.target),
                heads[lane].number,
            ),
        )

    def ready_at(self, heads: Mapping[Lane[Target], Head], now: float) -> float | None:
        """From when on `pick` names one of `heads` if nothing is written until then; None without heads."""
        return min((max(now, self._ready_at(lane, head)) for lane, head in heads.items()), default=None)

    def sent(self, lane: Lane[Target], now: float) -> "Pace[Target]":
        """After a line of `lane` was written. Raises ValueError where the connection, or the target, has no
        token left.

        What was written over a minute ago no longer matters, and is forgotten.
        """
        at = max(now, self.connection.at)
        memory = max(FRESH_AFTER, 1.0 / self.settings.target_rate)
        recent: Map[Lane[Target], float] = Map(
            [(each, then) for each, then in self.written.items() if at - then < memory]
        )
        full = self._target(lane.target).take(at)
        return replace(
            self,
            connection=self.connection.take(at),
            targets=self._not_full(at).set(lane.target, full),
            written=recent.set(lane, at),
            turn=self.turn + 1,
        )

    def unsent(self, lane: Lane[Target]) -> "Pace[Target]":
        """After a line of `lane` was not written after all: the connection has its token again."""
        bucket = self.connection
        given_back = replace(bucket, tokens=min(bucket.burst, bucket.tokens + 1.0))
        written = self.written.delete(lane) if lane in self.written else self.written
        return replace(self, connection=given_back, written=written)

    def throttled(self, target: Target, until: float) -> "Pace[Target]":
        """`target` takes nothing more before `until`, as the server says."""
        bucket = replace(self._target(target), tokens=0.0, at=until - 1.0 / self.settings.target_rate)
        return replace(self, targets=self._not_full(self.connection.at).set(target, bucket))

    def _ready_at(self, lane: Lane[Target], head: Head) -> float:
        at, target = self.written.get(lane), self._target(lane.target)
        if head.restrained:
            all_of_them = max(
                self.connection.ready_at(self.settings.burst), target.ready_at(self.settings.target_burst)
            )
            return all_of_them if at is None else max(all_of_them, at + FRESH_AFTER)
        one = max(self.connection.ready_at(), target.ready_at())
        two = max(
            self.connection.ready_at(min(2.0, self.settings.burst)),
            target.ready_at(min(2.0, self.settings.target_burst)),
        )
        if at is None:
            return one
        return max(at + 1.0 / self.settings.target_rate, min(two, max(one, at + FRESH_AFTER)))

    def _target(self, target: Target) -> Bucket:
        settings = self.settings
        whole = Bucket(settings.target_rate, settings.target_burst, settings.target_burst, NEVER)
        return self.targets.get(target, whole)

    def _reached(self, target: Target) -> float:
        """When a line went to `target` last, as far as that is remembered."""
        bucket = self.targets.get(target)
        return NEVER if bucket is None else bucket.at

    def _not_full(self, at: float) -> Map[Target, Bucket]:
        """The targets that still have to recover."""
        return Map({each: bucket for each, bucket in self.targets.items() if bucket.holds(at) < bucket.burst})
