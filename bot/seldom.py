"""What is told again only after a while: how often it happens meanwhile is anybody's to choose.

A moment that lies in the future is taken to be long ago: the clock was set. Bounded: least recently told goes
first. Pure; must import nothing of ours.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST = 2000
"""Keys that are remembered."""


@dataclass(slots=True)
class Seldom:
    """When each key was told last. Moments are those of one clock: dates, or seconds."""

    every: timedelta
    most: int = MOST
    _told: OrderedDict[Hashable, tuple[float, str]] = field(default_factory=OrderedDict)

    def due(self, key: Hashable, at: datetime | float, by: str = "") -> bool:
        """Whether `key` may be told. The event `by` which it was told last may tell it again: it is decided
        anew."""
        last = self._told.get(key)
        return last is None or bool(by and last[1] == by) or not self._lately(last[0], _seconds(at))

    def tell(self, key: Hashable, at: datetime | float, by: str = "") -> bool:
        """Whether `key` may be told; if so it has been."""
        if not self.due(key, at, by):
            return False
        self._told[key] = _seconds(at), by
        self._told.move_to_end(key)
        while len(self._told) > self.most:
            self._told.popitem(last=False)
        return True

    def lately(self, at: datetime | float) -> int:
        """How many keys were told a short while ago."""
        return sum(self._lately(then, _seconds(at)) for then, _ in self._told.values())

    def _lately(self, then: float, at: float) -> bool:
        return 0 <= at - then < self.every.total_seconds()


def _seconds(at: datetime | float) -> float:
    return at.timestamp() if isinstance(at, datetime) else at
