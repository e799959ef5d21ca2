"""Looking out for people of the map who are in none of our channels: MONITOR.

    MONITOR + nick,nick…     answered at once and whenever it changes: 730 online, 731 offline
    734                      the list is full: those nicks are not looked out for
    WHO nick %tcnaf,token    who is online is asked for by WHOX, which tells the account and who is away (354)

(IRCv3, "monitor" and "extended-monitor"; ircu's documentation of WHOX.) Looked out for is the nick that is
spelt like the account, and a nick is never an identity: only when the network itself says that this account
is behind it, somebody counts as there. From then on the server tells when the nick goes, so nobody else can
come to bear it unseen. What changes of the account or of being away is told by servers with extended-monitor;
of others it is asked for anew every so often. Without MONITOR or WHOX nobody is looked out for.

Whom to look out for is asked for again and again, since people come into channels and leave them. Lines are
full and few, and wait for their turn like all errands.
"""

from collections.abc import Callable, Sequence

import structlog

from bot.desk.fitting import pack
from bot.transports.irc.link import Message
from bot.transports.irc.standing import Standing
from bot.transports.wire import is_nick

log = structlog.get_logger(__name__)

MONITOR_TOKEN = "153"  # noqa: S105 - WHOX calls it a token; it is no secret

MOST = 500
"""Nicks that are looked out for where the server names no limit."""

BYTES = 400
"""Bytes of nicks in one MONITOR."""

ANEW = 30 * 60.0
"""Seconds after which it is asked anew who is behind a nick, where the server does not tell by itself."""

LookOut = Callable[[], Sequence[str]]
"""The accounts of the people who are in none of our channels now; of too many the first count."""


class Monitor:
    """The list of nicks that one connection looks out for. `lost_sight` is called with a nick that is looked
    out for no more."""

    def __init__(self, standing: Standing, wanted: LookOut, lost_sight: Callable[[str], None]) -> None:
        self._standing = standing
        self._wanted = wanted
        self._lost_sight = lost_sight
        self._nicks: dict[str, str] = {}
        self._asked_at: dict[str, float] = {}
        self._most = MOST

    def begin(self) -> None:
        """We are let in: what the server can do is known."""
        limit = self._standing.isupport.monitor
        if limit is not None and self._standing.isupport.whox:
            self._most = min(MOST, limit or MOST)
            self._later()

    def handle(self, message: Message) -> None:
        match message.verb:
            case "730":
                for nick in nicks(message[1]):
                    self._who(nick)
            case "731":
                for nick in nicks(message[1]):
                    self._asked_at.pop(self._fold(nick), None)
            case "734":
                self._full(nicks(message[2]))
            case "ACCOUNT" if message.nick and message[0] != "*":
                self._who(message.nick)

    def _later(self) -> None:
        self._standing.later(self._standing.settings.times.look_out.total_seconds(), self._look)

    def _look(self) -> None:
        """Bring the list to what is wanted now."""
        wanted = [name for name in self._wanted() if is_nick(name) and not self._standing.is_me(name)]
        nicks = {self._fold(name): name for name in wanted[: self._most]}
        gone = [key for key in self._nicks if key not in nicks]
        come = tuple(name for key, name in nicks.items() if key not in self._nicks)
        for names in pack(tuple(self._nicks[key] for key in gone), BYTES, ","):
            self._standing.errand("MONITOR", "-", names)
        for key in gone:
            self._forget(key)
        for names in pack(come, BYTES, ","):
            self._standing.errand("MONITOR", "+", names)
        self._nicks |= {self._fold(name): name for name in come}
        if "extended-monitor" not in self._standing.caps:
            now = self._standing.now()
            for key in [key for key, asked in self._asked_at.items() if now - asked >= ANEW]:
                self._who(self._nicks[key])
        self._later()

    def _who(self, nick: str) -> None:
        """Ask who is behind a nick that we look out for."""
        key = self._fold(nick)
        if key in self._nicks:
            self._asked_at[key] = self._standing.now()
            self._standing.errand("WHO", nick, f"%tcnaf,{MONITOR_TOKEN}")

    def _full(self, refused: Sequence[str]) -> None:
        keys = [key for key in map(self._fold, refused) if key in self._nicks]
        if keys:
            self._most = len(self._nicks) - len(keys)
            log.info("the server looks out for no more nicks", most=self._most)
        for key in keys:
            self._forget(key)

    def _forget(self, key: str) -> None:
        if self._asked_at.pop(key, None) is not None:
            self._lost_sight(self._nicks[key])
        del self._nicks[key]

    def _fold(self, nick: str) -> str:
        return self._standing.isupport.fold(nick)


def nicks(told: str) -> tuple[str, ...]:
    """The nicks of `nick!user@host,nick…`."""
    return tuple(each.partition("!")[0] for each in told.split(",") if each.partition("!")[0])
