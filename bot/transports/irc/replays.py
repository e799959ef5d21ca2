"""Which lines of a server are from the past: what stands in a batch of history (IRCv3, "chathistory",
"batch"), and what is older than our joining of that channel, or, privately, than the connection (bouncers
replay without a batch).

Both of the latter are read off the server's own clock, so that no step of ours makes anything old. Where its
clock is put back, lines that are live by their nature (PONG) tell; `bot.transports.irc.history` has one come
where old lines come unexpected. Its clock may also be wrong: the
difference to ours is measured on the same lines, to know when something was said.
"""

from datetime import UTC, datetime, timedelta

from bot.transports.irc.link import Message

CLOCKS = timedelta(seconds=30)
"""By how much the clocks of a network's servers may differ: a line bears the time of its speaker's server."""

OLD = timedelta(minutes=2)
"""Older than a dead connection is noticed, with the times that are set by default: what counts where the
server has not told when we came."""

MOST_BATCHES = 100
_HISTORY = ("chathistory", "playback")
_YEARS = range(1970, 9999)
"""Of a time outside of these nothing could be added or taken off."""


class Replays:
    """The batches and the clock of one connection's server."""

    def __init__(self) -> None:
        self._history: dict[str, bool] = {}
        self._skew = timedelta()
        self._began: datetime | None = None
        self._joined: dict[str, datetime] = {}

    def batch(self, message: Message) -> None:
        """A BATCH begins or ends."""
        reference, kind = message[0], message[1]
        if reference.startswith("+"):
            if len(self._history) >= MOST_BATCHES:
                self._history.pop(next(iter(self._history)))
            self._history[reference[1:]] = kind.endswith(_HISTORY) or self.history(message)
        else:
            self._history.pop(reference[1:], None)

    def history(self, message: Message) -> bool:
        """Whether it stands in a batch of history."""
        return bool(self._history) and self._history.get(message.tags.get("batch", ""), False)

    def measure(self, message: Message, now: datetime) -> None:
        """A line that is live by its nature: 001, PONG."""
        told = _told(message)
        if told is None:
            return
        self._skew = now - told
        self._began = told if self._began is None else min(told, self._began)
        self._joined = {venue: min(told, joined) for venue, joined in self._joined.items()}

    def joined(self, venue: str, message: Message) -> None:
        """We came into a channel; `venue` is the name by which `said` knows it."""
        told = _told(message)
        if told is None:
            self._joined.pop(venue, None)
        else:
            self._joined[venue] = told

    def said(self, message: Message, now: datetime, venue: str) -> tuple[datetime, bool]:
        """When it was said, and whether that is the past."""
        told, past = _told(message), self.history(message)
        if told is None:
            return now, past
        if not past:
            came = self._joined.get(venue, self._began)
            past = now - told - self._skew > OLD if came is None else told < came - CLOCKS
        return (min(told + self._skew, now), True) if past else (now, False)

    def told_at(self, at: datetime) -> datetime:
        """What the server's clock shows at `at`."""
        return at - self._skew


def second(message: Message) -> str | None:
    """When it was said by the server's clock, to the second: some keep no more of what they replay."""
    told = _told(message)
    return None if told is None else f"{told:%Y%m%dT%H%M%S}"


def _told(message: Message) -> datetime | None:
    time = message.tags.get("time")
    if not time:
        return None
    try:
        told = datetime.fromisoformat(time)
    except ValueError:
        return None
    if told.year not in _YEARS:
        return None
    if told.tzinfo is UTC:
        return told
    return told.astimezone(UTC) if told.tzinfo is not None else None
