"""Coming in: capabilities, the services account, the nick; and keeping them while the connection stands.

    CAP LS 302 -> REQ what is offered of `WANTED` -> AUTHENTICATE PLAIN, given an account -> CAP END -> 001

Connected and identified are two states: where logging in fails (services are often late after a restart of
the server), the connection is made without the account and logging in is tried again, on a timer and when the
server announces `sasl`. The account is only believed when the server says so (900, 901).

IRCv3: capability-negotiation, sasl-3.1 and sasl-3.2; PLAIN is RFC 4616.
"""

import asyncio
import base64
from collections import deque
from collections.abc import Callable, Iterable

import structlog

from bot.transports.irc.link import Message
from bot.transports.irc.standing import Standing

log = structlog.get_logger(__name__)

WANTED = frozenset(
    {
        "account-notify",
        "account-tag",
        "away-notify",
        "batch",
        "cap-notify",
        "chghost",
        "echo-message",
        "extended-join",
        "extended-monitor",
        "labeled-response",
        "message-tags",
        "multi-prefix",
        "server-time",
        "setname",
    }
)
REQUEST = 400
"""Bytes of names in one CAP REQ: few lines, since before registration five a second are a flood."""

CHUNK = 400
"""Characters of base64 in one AUTHENTICATE (IRCv3 sasl-3.1)."""

NICKS = 12
"""How many nicks are tried before the connection is given up."""

_NO_ACCOUNT = frozenset({"902", "904", "905", "906"})
_NICK_TAKEN = frozenset({"432", "433", "436", "437"})


class Registration:
    """Handles what the server says about capabilities, account and nick. `password`: None without account."""

    def __init__(self, standing: Standing, password: str | None, welcomed: Callable[[], None]) -> None:
        self._standing = standing
        self._password = password
        self._welcomed = welcomed
        self._registered = False
        self._offered: dict[str, str] = {}
        self._requests: deque[list[str]] = deque()
        self._requested: list[str] = []
        self._logging_in: asyncio.TimerHandle | None = None
        self._next_login: asyncio.TimerHandle | None = None
        self._refused = 0
        self._nicks = 0

    def open(self) -> None:
        """The first line of a connection, before NICK and USER."""
        self._standing.say("CAP", "LS", "302")
        self._standing.later(self._standing.settings.times.regain.total_seconds(), self._regain)

    def handle(self, message: Message) -> None:
        match message.verb:
            case "CAP":
                self._cap(message)
            case "AUTHENTICATE":
                self._authenticate(message)
            case "900":
                self._standing.account = message[2] or None
            case "901":
                self._standing.account = None
                self._log_in_later()
            case "ACCOUNT" if self._standing.is_me(message.nick):
                self._standing.account = None if message[0] == "*" else message[0]
            case "903" | "907":
                self._logged_in(well=True)
            case verb if verb in _NO_ACCOUNT:
                self._logged_in(well=False)
            case "263" | "421" if message[1].upper() == "AUTHENTICATE":
                self._logged_in(well=False)
            case verb if verb in _NICK_TAKEN:
                self._next_nick()
            case "001":
                self._standing.nick = message[0]
                self._registered = True
            case "005":
                self._standing.isupport.load(message.parameters)
            case "376" | "422":
                self._welcomed()
            case "NICK" | "QUIT" if message.nick:
                self._renamed(message)

    # --- capabilities ----------------------------------------------------------------------------------

    def _cap(self, message: Message) -> None:
        names = message[-1].split()
        match message[1].upper():
            case "LS":
                self._offer(names)
                if message[2] != "*" or len(message.parameters) < 4:
                    self._request(self._wanted(self._offered))
            case "NEW":
                self._offer(names)
                self._request(self._wanted(name.partition("=")[0] for name in names))
            case "DEL":
                self._standing.caps.difference_update(names)
                for name in names:
                    self._offered.pop(name, None)
            case "ACK":
                for name in names:
                    if name.startswith("-"):
                        self._standing.caps.discard(name[1:])
                    else:
                        self._standing.caps.add(name)
                self._next_request()
            case "NAK":
                self._refuse()

    def _offer(self, names: Iterable[str]) -> None:
        for each in names:
            name, _, value = each.partition("=")
            self._offered[name] = value

    def _wanted(self, names: Iterable[str]) -> list[str]:
        return sorted(name for name in names if name in WANTED or (name == "sasl" and self._may_log_in()))

    def _may_log_in(self) -> bool:
        mechanisms = self._offered.get("sasl", "").upper()
        return self._password is not None and (not mechanisms or "PLAIN" in mechanisms.split(","))

    def _request(self, names: list[str]) -> None:
        lines: list[list[str]] = [[]]
        for name in names:
            if len(" ".join([*lines[-1], name])) > REQUEST:
                lines.append([])
            lines[-1].append(name)
        self._requests.extend(line for line in lines if line)
        if not self._requested:
            self._next_request()

    def _next_request(self) -> None:
        self._requested = self._requests.popleft() if self._requests else []
        if self._requested:
            self._standing.say("CAP", "REQ", " ".join(self._requested), trailing=True)
        else:
            self._negotiated()

    def _refuse(self) -> None:
        """A REQ is refused as a whole: ask for each half, to find what it was."""
        half = len(self._requested) // 2
        if half:
            self._requests.extendleft([self._requested[half:], self._requested[:half]])
        else:
            log.info("a capability was refused", capability=" ".join(self._requested))
        self._next_request()

    def _negotiated(self) -> None:
        if "sasl" in self._standing.caps and self._password is not None and not self._standing.account:
            self._log_in()
        else:
            if self._password is not None and not self._standing.account:
                self._log_in_later()
            self._end()

    def _end(self) -> None:
        if not self._registered:
            self._standing.say("CAP", "END")

    # --- the account -----------------------------------------------------------------------------------

    def _log_in(self) -> None:
        if self._logging_in is None:
            self._standing.say("AUTHENTICATE", "PLAIN")
            seconds = self._standing.settings.times.sasl.total_seconds()
            self._logging_in = self._standing.later(seconds, self._no_answer)

    def _authenticate(self, message: Message) -> None:
        sasl = self._standing.settings.sasl
        if message[0] != "+" or self._logging_in is None or sasl is None or self._password is None:
            return
        plain = f"\0{sasl.account}\0{self._password}".encode()
        coded = base64.b64encode(plain).decode()
        for start in range(0, len(coded), CHUNK):
            self._standing.say("AUTHENTICATE", coded[start : start + CHUNK])
        if len(coded) % CHUNK == 0:
            self._standing.say("AUTHENTICATE", "+")

    def _no_answer(self) -> None:
        self._standing.say("AUTHENTICATE", "*")
        self._logged_in(well=False)

    def _logged_in(self, *, well: bool) -> None:
        if self._logging_in is None:
            return
        self._logging_in.cancel()
        self._logging_in = None
        if well:
            self._refused = 0
            if self._standing.account is None and self._standing.settings.sasl is not None:
                self._standing.account = self._standing.settings.sasl.account
        else:
            log.warning("logging in to the account failed", attempt=self._refused + 1)
            self._log_in_later()
        self._end()

    def _log_in_later(self) -> None:
        if self._next_login is not None:
            self._next_login.cancel()
        self._next_login = self._standing.later(self._standing.pause(self._refused), self._log_in_again)
        self._refused += 1

    def _log_in_again(self) -> None:
        if self._standing.account or self._password is None or self._logging_in is not None:
            return
        if "sasl" in self._standing.caps:
            self._log_in()
        elif "sasl" in self._offered and self._may_log_in():
            self._request(["sasl"])
        else:
            self._log_in_later()

    # --- the nick --------------------------------------------------------------------------------------

    def _next_nick(self) -> None:
        if self._registered:
            return
        self._nicks += 1
        wanted = self._standing.settings.nick
        if self._nicks <= 2:
            nick = wanted + "_" * self._nicks
        else:
            nick = f"{wanted[:6]}{self._standing.rng.randrange(100, 1000)}"
        if self._nicks <= NICKS:
            self._standing.nick = nick
            self._standing.say("NICK", nick)
        elif self._standing.link is not None:
            self._standing.link.disconnect("no nick was free")

    def _renamed(self, message: Message) -> None:
        wanted = self._standing.settings.nick
        if message.verb == "NICK" and self._standing.is_me(message.nick):
            self._standing.nick = message[0]
        elif self._standing.isupport.same(message.nick, wanted) and not self._standing.is_me(wanted):
            self._standing.say("NICK", wanted)

    def _regain(self) -> None:
        if self._registered and not self._standing.is_me(self._standing.settings.nick):
            self._standing.say("NICK", self._standing.settings.nick)
        self._standing.later(self._standing.settings.times.regain.total_seconds(), self._regain)
