"""Our nick: another one where it is taken, and the way back to it.

    before we are let in   433, 436, 437: nick_, nick__, then nick with digits; 432: with digits at once
    after that             NICK each `times.regain`, and at once when whoever bears it leaves or takes
                           another; services are asked as soon as we are identified:

        REGAIN nick        they take it from its bearer, and give it to us (Libera)
        GHOST nick, NICK   where they do not know REGAIN, or nothing came of it (Debian's Atheme)
        RELEASE nick, NICK where they hold it themselves (432 or 437 for our own nick)

Services are asked by private message, never with a password: they know our account. They are asked less and
less often while nothing comes of it, as the nick may belong to somebody else. (Atheme 7.2 on InspIRCd has the
server know it, but does not know it itself, where we logged in after we were let in: seen. Then the nick is
ours again when its bearer leaves, or with the next connection.) A nick that we are given by
force (services' `Guest12345`) is noticed, and left as soon as they would let us.

Where the server cuts nicks (NICKLEN), our nick is what is left of the configured one.
"""

import asyncio
import re

import structlog

from bot.transports.irc.link import Message
from bot.transports.irc.standing import Standing
from bot.transports.wire import is_channel

log = structlog.get_logger(__name__)

NICKS = 12
"""How many nicks are tried before the connection is given up."""

ANSWER = 10.0
"""Seconds that services have for a request before the next one is tried."""

SELDOM = 3600.0
"""The longest pause, in seconds, between two times that services are asked for the nick."""

_TAKEN = frozenset({"432", "433", "436", "437"})
_HELD = frozenset({"432", "437"})
_UNKNOWN = re.compile(r"(?i)\b(?:unknown|invalid|no such|not (?:a )?(?:valid|known|recogni[sz]ed))\b")
"""How services say that they do not know a command: "Invalid command. Use /msg NickServ help …"."""


class OurNick:
    """Of one connection."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._registered = False
        self._tried = 0
        self._held = False
        self._asked: str | None = None
        self._asking: asyncio.TimerHandle | None = None
        self._times = 0
        self._not_before = 0.0
        self._knows_regain = True

    @property
    def wanted(self) -> str:
        """The configured nick, as the server would have it."""
        limit = self._standing.isupport.tokens.get("NICKLEN", "")
        length = int(limit) if re.fullmatch("[1-9][0-9]{0,3}", limit) else None
        return self._standing.settings.nick[:length]

    def open(self) -> None:
        """The connection begins."""
        self._standing.later(self._every, self._regularly)

    def identified(self) -> None:
        """We have become known to services, who will do something for us now."""
        self._times, self._not_before = 0, 0.0
        self._recover()

    def handle(self, message: Message) -> None:
        match message.verb:
            case "001":
                self._registered = True
                self._standing.nick = message[0]
            case verb if verb in _TAKEN and not is_channel(message[1]):
                self._taken(message)
            case "376" | "422" if self._standing.account is not None:
                self.identified()
            case "NICK" if self._standing.is_me(message.nick):
                self._became(message[0])
            case "NICK" | "QUIT" if message.nick and self._standing.isupport.same(message.nick, self.wanted):
                self._take()
            case "NOTICE" if self._standing.isupport.same(message.nick, self._standing.settings.services):
                self._answered(message[-1])

    # --- before we are let in --------------------------------------------------------------------------

    def _taken(self, message: Message) -> None:
        if not self._registered:
            self._next(erroneous=message.verb == "432")
        elif self._standing.isupport.same(message[1], self.wanted):
            self._held = message.verb in _HELD
            if self._asked == "NICK":
                self._stop()
                if self._held:
                    self._ask("RELEASE")

    def _next(self, *, erroneous: bool) -> None:
        self._tried += 1
        wanted = self._standing.settings.nick
        if erroneous and self._tried == 1:
            log.error(
                "the server does not take the configured nick",
                nick=wanted,
                remedy="set another `nick`: a shorter one, or one of letters and digits",
            )
        if self._tried <= 2 and not erroneous:
            nick = wanted + "_" * self._tried
        else:
            nick = f"{wanted[:6]}{self._standing.rng.randrange(100, 1000)}"
        if self._tried <= NICKS:
            self._standing.nick = nick
            self._standing.say("NICK", nick)
        elif self._standing.link is not None:
            self._standing.link.disconnect("no nick was free")

    # --- the way back ----------------------------------------------------------------------------------

    @property
    def _every(self) -> float:
        return self._standing.settings.times.regain.total_seconds()

    @property
    def _astray(self) -> bool:
        return self._registered and not self._standing.is_me(self.wanted)

    def _regularly(self) -> None:
        self._recover()
        self._standing.later(self._every, self._regularly)

    def _recover(self) -> None:
        """Ask services where they may be asked again, else the server."""
        if not self._astray or self._asked is not None:
            return
        now = self._standing.now()
        if self._standing.account is None or now < self._not_before:
            self._take()
            return
        self._not_before = now + min(SELDOM, self._every * 2.0 ** min(self._times, 16))
        self._times += 1
        self._ask("REGAIN" if self._knows_regain else "GHOST")

    def _ask(self, command: str) -> None:
        self._stop()
        self._asked = command
        self._standing.errand(
            "PRIVMSG", self._standing.settings.services, f"{command} {self.wanted}", trailing=True
        )
        self._asking = self._standing.later(ANSWER, self._go_on)

    def _answered(self, words: str) -> None:
        """Services said something. Their words are in many languages, so only what is asked next depends on
        them, and when."""
        if self._asked == "REGAIN" and _UNKNOWN.search(words):
            self._knows_regain = False
            self._go_on()
        elif self._asked in ("GHOST", "RELEASE"):
            self._go_on()

    def _go_on(self) -> None:
        """What was asked has been done, or will not be."""
        asked = self._asked
        self._stop()
        if not self._astray:
            return
        if asked == "REGAIN":
            self._ask("RELEASE" if self._held else "GHOST")
        else:
            self._take()
            if asked == "GHOST":
                self._asked = "NICK"  # in answer to which it is told whether services hold it now
                self._asking = self._standing.later(ANSWER, self._stop)

    def _stop(self) -> None:
        """Wait for nothing."""
        if self._asking is not None:
            self._asking.cancel()
        self._asked = self._asking = None

    def _take(self) -> None:
        if self._astray:
            self._standing.errand("NICK", self.wanted, urgent=True)

    def _became(self, nick: str) -> None:
        before, self._standing.nick = self._standing.nick, nick
        if self._standing.isupport.same(nick, self.wanted):
            self._stop()
            self._held = False
            if not self._standing.isupport.same(before, nick):
                log.info("the nick is ours again", nick=nick)
        elif not self._standing.isupport.same(before, nick):
            log.warning("the nick was changed by force", nick=nick, wanted=self.wanted)
            if self._standing.account is not None:
                self._recover()
