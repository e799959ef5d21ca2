"""Sitting in channels: joining, coming back after a KICK, following invitations, learning who is there.

After each join the members are asked for with WHOX where the server has it (`WHO #c %tcnaf,token`, ircu's
documentation of it; answered by 354), one channel at a time: it tells accounts and who is away, which NAMES
does not.

Nobody in chat can make the desk join a channel, but for the accounts of `invited_by`, whose invitations hold
as long as the process lives (`bot.transports.irc.guestbook`); an account is believed on the very line of the
invitation. An invitation into a configured channel only shortens the wait; where the desk was put out again
and again, but one of them in half an hour does. Where it finds itself in a channel that nobody wanted (a
forward, SAJOIN), it leaves. A door that is closed (`bot.transports.irc.doors`) is tried again, less and less
often; ChanServ is asked to open it, at most once an hour.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping

import structlog

from bot.desk.fitting import pack
from bot.transports.base import backoff
from bot.transports.irc.doors import DOORS, Door
from bot.transports.irc.doors import door as door_of
from bot.transports.irc.guestbook import BARRED_FOR, Guestbook
from bot.transports.irc.keys import has_key, key_to
from bot.transports.irc.link import Message
from bot.transports.irc.standing import Standing
from bot.transports.irc.uninvited import Uninvited
from bot.transports.plain import plain
from bot.transports.wire import is_channel

log = structlog.get_logger(__name__)

WHO_TOKEN = "152"  # noqa: S105 - WHOX calls it a token; it is no secret
WHO_PATIENCE = 60.0
"""Seconds until the next channel is asked about where no answer ends."""

JOIN_BYTES = 400
"""Bytes of channel names in one JOIN."""

UNANSWERED = 60.0
"""Seconds after which a JOIN without an answer counts as refused."""

SELDOM = 3600.0
"""The longest pause, in seconds, between two attempts at a door that somebody would have to open."""

AGAIN = 60.0
"""Seconds between two invitations into one channel that are followed."""

CHANSERV = "ChanServ"
FAREWELL = "nobody has put this channel into my configuration"


class Channels:
    """Where we are supposed to be on one connection, and where we are."""

    def __init__(self, standing: Standing, guestbook: Guestbook) -> None:
        self._standing = standing
        self._guestbook = guestbook
        self._inside: set[str] = set()
        self._attempts: dict[str, int] = {}
        self._refused: dict[str, str] = {}
        self._put_out: dict[str, str] = {}
        self._again_at: dict[str, float] = {}
        self._next: dict[str, asyncio.TimerHandle] = {}
        self._hurried: dict[str, float] = {}
        self._uninvited = Uninvited(standing)
        self._ask: deque[str] = deque()
        self._asking: str | None = None
        self._turn: asyncio.TimerHandle | None = None

    def inside(self, channel: str) -> bool:
        return self._fold(channel) in self._inside

    def wanted(self, channel: str) -> bool:
        """Whether we are supposed to be there."""
        return self._among(channel, self._configured) or self._among(channel, self._guestbook.invited)

    def closed(self, channel: str) -> str | None:
        """Why we were not let into it, where the server has said so; None where we may still come in."""
        numeric = self._refused.get(self._fold(channel), "")
        if numeric not in DOORS or self.inside(channel):
            return None
        return f"{numeric} {self._door(channel).why}"

    @property
    def missing(self) -> tuple[str, ...]:
        """The configured channels that we are not in."""
        return tuple(name for name in self._configured if not self.inside(name))

    @property
    def reasons(self) -> Mapping[str, str]:
        """Why we are not in some of them, in a few words each."""
        told = ((name, self._why_not(name)) for name in self.missing)
        return {name: why for name, why in told if why}

    @property
    def waits(self) -> Mapping[str, float]:
        """In how many seconds it is tried again to come into some of them."""
        now = self._standing.now()
        due = ((name, self._again_at.get(self._fold(name))) for name in self.missing)
        return {name: max(0.0, at - now) for name, at in due if at is not None}

    def _why_not(self, channel: str) -> str | None:
        key = self._fold(channel)
        numeric = self._refused.get(key)
        if numeric is None:
            return self._put_out.get(key)
        return self._door(channel).why if numeric in DOORS else numeric

    def _door(self, channel: str) -> Door:
        """What we stood before at the last attempt."""
        numeric = self._refused[self._fold(channel)]
        return door_of(numeric, keyed=has_key(self._standing, channel))

    def join(self) -> None:
        """Join all of them, but for those where we had better wait."""
        now = self._standing.now()
        names = tuple(dict.fromkeys((*self._configured, *self._guestbook.invited)))
        waits = {name: self._guestbook.barred(name, now) for name in names}
        at_once = tuple(name for name in names if not waits[name] and not has_key(self._standing, name))
        for packed in pack(at_once, JOIN_BYTES, ","):
            self._standing.errand("JOIN", packed, urgent=True)
        for name in names:
            if waits[name]:
                self._try_in(waits[name], name)
            elif has_key(self._standing, name):
                self._try(name)
            else:
                self._await_answer(name)

    def handle(self, message: Message) -> None:
        match message.verb:
            case "JOIN" if self._standing.is_me(message.nick):
                self._came_in(message[0])
            case "PART" if self._standing.is_me(message.nick):
                self._out(message, message[1])
            case "KICK" if self._standing.is_me(message[1]):
                self._out(message, message[2])
            case "INVITE" if self._standing.is_me(message[0]) and not self.inside(message[1]):
                self._invited(message)
            case "366" if (
                self.inside(message[1]) and self.wanted(message[1]) and self._standing.isupport.whox
            ):
                self._ask.append(message[1])
                if self._asking is None:
                    self._next_who()
            case "315" if self._asking is not None and self._fold(message[1]) == self._fold(self._asking):
                self._next_who()
            case verb if verb in DOORS and self.wanted(message[1]) and not self.inside(message[1]):
                self._closed(message[1], verb)
            case "900":
                for name in self.missing:
                    if self._refused.get(self._fold(name)) in _OPEN_TO_ACCOUNTS:
                        self._try(name)

    # --- coming in -------------------------------------------------------------------------------------

    def _came_in(self, channel: str) -> None:
        key = self._fold(channel)
        self._inside.add(key)
        if not self.wanted(channel):
            log.warning(
                "in a channel that nobody configured; it is left again",
                venue=channel,
                remedy=_line_for(channel),
            )
            self._standing.errand("PART", channel, FAREWELL, trailing=True, urgent=True)
            return
        self._attempts.pop(key, None)
        if (waits := self._next.pop(key, None)) is not None:
            waits.cancel()
        self._again_at.pop(key, None)
        refused = self._refused.pop(key, None) is not None
        if self._put_out.pop(key, None) is not None:
            log.info("back in a channel", venue=channel)
        elif refused:
            log.info("joined at last", venue=channel)

    def _closed(self, channel: str, numeric: str) -> None:
        key, door = self._fold(channel), door_of(numeric, keyed=has_key(self._standing, channel))
        seconds = self._try_later(channel, passes=door.passes)
        if self._refused.get(key) != numeric:
            self._refused[key] = numeric
            log.warning(
                "could not join",
                venue=channel,
                why=door.why,
                numeric=numeric,
                again_in=f"{seconds:.0f} s",
                remedy=door.remedy.format(channel=channel),
            )
        if (
            door.opener
            and self._standing.account is not None
            and self._guestbook.may_ask(channel, self._standing.now())
        ):
            self._standing.errand("PRIVMSG", CHANSERV, f"{door.opener} {channel}", trailing=True)

    def _try_later(self, channel: str, *, passes: bool) -> float:
        """Try it again, later each time; in how many seconds."""
        attempt = self._attempts.get(self._fold(channel), 0)
        self._attempts[self._fold(channel)] = attempt + 1
        if passes:
            seconds = self._standing.pause(attempt)
        else:
            first = self._standing.settings.times.retry.total_seconds()
            seconds = backoff(attempt, first, max(first, SELDOM), self._standing.rng)
        self._try_in(seconds, channel)
        return seconds

    def _try_in(self, seconds: float, channel: str) -> None:
        self._wait(seconds, channel, lambda: self._try(channel))
        self._again_at[self._fold(channel)] = self._standing.now() + seconds

    def _try(self, channel: str) -> None:
        if self.wanted(channel) and not self.inside(channel):
            self._again_at.pop(self._fold(channel), None)
            self._standing.errand("JOIN", channel, *key_to(self._standing, channel), urgent=True)
            self._await_answer(channel)

    def _await_answer(self, channel: str) -> None:
        def unanswered() -> None:
            self._try_later(channel, passes=True)

        self._wait(UNANSWERED, channel, unanswered)

    def _wait(self, seconds: float, channel: str, action: Callable[[], None]) -> None:
        """Do it then, and nothing else that was to be done about the channel."""
        key = self._fold(channel)
        if key in self._next:
            self._next[key].cancel()
        self._next[key] = self._standing.later(seconds, action)

    # --- being put out, being asked in -----------------------------------------------------------------

    def _out(self, message: Message, words: str) -> None:
        channel, now = message[0], self._standing.now()
        self._inside.discard(self._fold(channel))
        if not self.wanted(channel):
            return
        by = "the server" if not message.nick or self._standing.is_me(message.nick) else message.nick
        told = {"venue": channel, "by": by, "words": plain(words)}
        if not self._among(channel, self._configured):
            self._guestbook.forget(channel)
            log.warning("put out of a channel; the invitation there is forgotten", **told)
            return
        self._put_out[self._fold(channel)] = f"put out by {by}"
        times = self._guestbook.kick(channel, now)
        barred = self._guestbook.barred(channel, now)
        if barred:
            log.error(
                "put out of a channel again and again: an operator there does not want the desk",
                **told,
                again_in=f"{barred:.0f} s",
                remedy=f"talk with the operators of {channel}, or take it out of the configuration",
            )
            self._try_in(barred, channel)
        else:
            seconds = self._standing.pause(times - 1)
            log.warning("put out of a channel", **told, again_in=f"{seconds:.0f} s")
            self._try_in(seconds, channel)

    def _invited(self, message: Message) -> None:
        channel, now = message[1], self._standing.now()
        if self.wanted(channel):
            key = self._fold(channel)
            # Any member may invite; those who have put us out again and again need not do so every minute.
            pause = BARRED_FOR if self._guestbook.barred(channel, now) else AGAIN
            if now - self._hurried.get(key, -pause) >= pause:
                self._hurried[key] = now
                self._try(channel)
        elif is_channel(channel) and not self._trusted(message):
            self._uninvited.tell(channel, message.nick, self._proven(message))
        elif is_channel(channel):
            told = {"venue": channel, "by": message.tags["account"]}
            if self._guestbook.invite(channel):
                log.info("invited into a channel", **told, to_stay=_line_for(channel))
                self._try(channel)
            else:
                log.warning("invited into too many channels; the invitation is not followed", **told)

    def _trusted(self, message: Message) -> bool:
        account = self._proven(message)
        return bool(account) and self._among(account, self._standing.settings.invited_by)

    def _proven(self, message: Message) -> str:
        """The account on that very line; empty where there is none."""
        return str(message.tags.get("account") or "") if "account-tag" in self._standing.caps else ""

    # --- who is there ----------------------------------------------------------------------------------

    def _next_who(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
        self._asking = self._ask.popleft() if self._ask else None
        if self._asking is not None:
            self._standing.errand("WHO", self._asking, f"%tcnaf,{WHO_TOKEN}")
            self._turn = self._standing.later(WHO_PATIENCE, self._next_who)

    def _fold(self, channel: str) -> str:
        return self._standing.isupport.fold(channel)

    def _among(self, name: str, names: Iterable[str]) -> bool:
        return any(self._standing.isupport.same(name, each) for each in names)

    @property
    def _configured(self) -> tuple[str, ...]:
        return tuple(channel.name for channel in self._standing.settings.channels)


_OPEN_TO_ACCOUNTS = frozenset({"477", *(numeric for numeric, door in DOORS.items() if door.opener)})


def _line_for(channel: str) -> str:
    """What the configuration has to say for the desk to stay."""
    return f'channels: [{{name: "{channel}", visibility: members}}]'
