"""Sitting in the configured channels: joining, coming back after a KICK, learning who is there.

After each join the members are asked for with WHOX where the server has it (`WHO #c %tcnaf,token`, ircu's
documentation of it; answered by 354), one channel at a time: it tells accounts and who is away, which NAMES
does not. No channel is ever joined because somebody in chat wants it; an invitation to a configured channel
only shortens the wait.
"""

import asyncio
from collections import deque

import structlog

from bot.desk.fitting import pack
from bot.transports.irc.link import Message
from bot.transports.irc.standing import Standing

log = structlog.get_logger(__name__)

WHO_TOKEN = "152"  # noqa: S105 - WHOX calls it a token; it is no secret
WHO_PAUSE = 2.0
"""Seconds between two WHO: they count as lines, and some servers as more."""

WHO_PATIENCE = 60.0
JOIN_BYTES = 400
"""Bytes of channel names in one JOIN."""

# modern.ircdocs.horse; 437 also Solanum and Bahamut, 480 and 489 Solanum and InspIRCd.
_NOT_JOINED = frozenset({"403", "405", "437", "471", "473", "474", "475", "476", "477", "480", "489"})


class Channels:
    """Where we are supposed to be, and where we are."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._attempts: dict[str, int] = {}
        self._inside: set[str] = set()
        self._ask: deque[str] = deque()
        self._asking: str | None = None
        self._turn: asyncio.TimerHandle | None = None

    def inside(self, channel: str) -> bool:
        return self._fold(channel) in self._inside

    def wanted(self, channel: str) -> bool:
        return any(self._standing.isupport.same(name, channel) for name in self._configured)

    @property
    def missing(self) -> tuple[str, ...]:
        """The configured channels that we are not in."""
        return tuple(name for name in self._configured if not self.inside(name))

    def join(self) -> None:
        """Join all of them."""
        for names in pack(self._configured, JOIN_BYTES, ","):
            self._standing.say("JOIN", names)

    def handle(self, message: Message) -> None:
        match message.verb:
            case "JOIN" if self._standing.is_me(message.nick):
                self._inside.add(self._fold(message[0]))
                self._attempts.pop(self._fold(message[0]), None)
            case "PART" if self._standing.is_me(message.nick):
                self._out(message[0])
            case "KICK" if self._standing.is_me(message[1]):
                log.warning("kicked", venue=message[0])
                self._out(message[0])
            case "INVITE" if self.wanted(message[1]) and not self.inside(message[1]):
                self._standing.say("JOIN", message[1])
            case "366" if self.inside(message[1]) and self._standing.isupport.whox:
                self._ask.append(message[1])
                if self._asking is None:
                    self._next_who()
            case "315" if self._asking is not None and self._fold(message[1]) == self._fold(self._asking):
                self._next_after(WHO_PAUSE)
            case "263" if message[1].upper() == "WHO" and self._asking is not None:
                self._ask.append(self._asking)
                self._next_after(WHO_PATIENCE)
            case verb if verb in _NOT_JOINED and self.wanted(message[1]) and not self.inside(message[1]):
                log.warning("could not join", venue=message[1], numeric=verb)
                self._join_later(message[1])

    def _out(self, channel: str) -> None:
        self._inside.discard(self._fold(channel))
        if self.wanted(channel):
            self._join_later(channel)

    def _join_later(self, channel: str) -> None:
        attempt = self._attempts.get(self._fold(channel), 0)
        self._attempts[self._fold(channel)] = attempt + 1

        def again() -> None:
            if not self.inside(channel):
                self._standing.say("JOIN", channel)

        self._standing.later(self._standing.pause(attempt), again)

    def _next_who(self) -> None:
        self._asking = self._ask.popleft() if self._ask else None
        if self._asking is None:
            return
        self._standing.say("WHO", self._asking, f"%tcnaf,{WHO_TOKEN}")
        self._next_after(WHO_PATIENCE)

    def _next_after(self, seconds: float) -> None:
        if self._turn is not None:
            self._turn.cancel()
        self._turn = self._standing.later(seconds, self._next_who)

    def _fold(self, channel: str) -> str:
        return self._standing.isupport.fold(channel)

    @property
    def _configured(self) -> tuple[str, ...]:
        return tuple(channel.name for channel in self._standing.settings.channels)
