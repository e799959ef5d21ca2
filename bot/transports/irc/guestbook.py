"""What is remembered of channels from one connection to the next, for as long as the process lives: who
trusts us with a place to sit in, and who threw us out.

Someone who is thrown out comes back, later each time; who is thrown out again and again is not wanted, and
knocks twice an hour at most. Bounded; pure: times are seconds of a monotonic clock and come in as arguments.
"""

from collections import deque

from routing.presence import fold

MOST = 20
"""Channels into which the desk may be invited beside the configured ones."""

HOUR = 3600.0
OFTEN = 3
"""KICKs within an hour after which an operator wants us out."""

BARRED_FOR = 1800.0
"""Seconds until it is tried again after that."""


class Guestbook:
    """Of one network."""

    def __init__(self) -> None:
        self._invited: dict[str, str] = {}
        self._kicks: dict[str, deque[float]] = {}
        self._asked: dict[str, float] = {}

    @property
    def invited(self) -> tuple[str, ...]:
        """The channels that we were invited into, in that order."""
        return tuple(self._invited.values())

    def invite(self, channel: str) -> bool:
        """Remember an invitation; False where there are too many."""
        if len(self._invited) >= MOST and fold(channel) not in self._invited:
            return False
        self._invited.setdefault(fold(channel), channel)
        return True

    def forget(self, channel: str) -> bool:
        """The invitation holds no longer; False where there was none."""
        self._kicks.pop(fold(channel), None)
        self._asked.pop(fold(channel), None)
        return self._invited.pop(fold(channel), None) is not None

    def kick(self, channel: str, now: float) -> int:
        """We were thrown out; how many times within the hour, this one included."""
        kicks = self._kicks.setdefault(fold(channel), deque(maxlen=OFTEN))
        kicks.append(now)
        return sum(now - at < HOUR for at in kicks)

    def barred(self, channel: str, now: float) -> float:
        """Seconds during which we had better stay out."""
        kicks = self._kicks.get(fold(channel), ())
        recent = [at for at in kicks if now - at < HOUR]
        return max(0.0, recent[-1] + BARRED_FOR - now) if len(recent) >= OFTEN else 0.0

    def may_ask(self, channel: str, now: float) -> bool:
        """Whether it is time to ask the services for help with this channel: once an hour. It then counts as
        done."""
        at = self._asked.get(fold(channel))
        if at is not None and now - at < HOUR:
            return False
        self._asked[fold(channel)] = now
        return True
