"""Which lines of a server are from the past: what stands in a batch of history (IRCv3, "chathistory",
"batch"), and what is older than any live line can be (bouncers replay without a batch).

The server's clock may be wrong, so the difference to ours is measured on lines that are live by their
nature.
"""

from datetime import UTC, datetime, timedelta

from bot.transports.irc.link import Message

OLD = timedelta(minutes=2)
"""Older than a dead connection is noticed, with the times that are set by default."""

MOST_BATCHES = 100
_HISTORY = ("chathistory", "playback")


class Replays:
    """The batches and the clock of one connection's server."""

    def __init__(self) -> None:
        self._history: dict[str, bool] = {}
        self._skew = timedelta()

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
        """A line that is live by its nature."""
        told = _told(message)
        if told is not None:
            self._skew = now - told

    def said(self, message: Message, now: datetime) -> tuple[datetime, bool]:
        """When it was said, and whether that is the past."""
        told, past = _told(message), self.history(message)
        if told is None:
            return now, past
        at = told + self._skew
        if past or now - at > OLD:
            return min(at, now), True
        return now, False


def _told(message: Message) -> datetime | None:
    time = message.tags.get("time")
    if not time:
        return None
    try:
        told = datetime.fromisoformat(time)
    except ValueError:
        return None
    if told.tzinfo is UTC:
        return told
    return told.astimezone(UTC) if told.tzinfo is not None else None
