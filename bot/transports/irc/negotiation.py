"""Capabilities: what the server offers, what of it is asked for, and what it grants.

    CAP LS 302 -> LS (one line or several) -> REQ, as few lines as can be -> ACK or NAK -> settled
    CAP NEW, CAP DEL, an ACK nobody asked for: at any time later (cap-notify)

A request is granted or refused as a whole, so a refused one is asked for again in halves until it is known
what was refused. A capability may be written with a modifier (`-` off, `~` and `=` of older drafts). What we
do not want is not kept, however much of it is offered. A server that knows no CAP answers 421, or nothing,
and lets us in all the same.

IRCv3: "capability-negotiation" with version 302.
"""

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
        "chathistory",
        "chghost",
        "draft/chathistory",
        "echo-message",
        "extended-join",
        "extended-monitor",
        "labeled-response",
        "message-tags",
        "multi-prefix",
        "server-time",
        "setname",
        "standard-replies",
    }
)
SASL = "sasl"

REQUEST = 400
"""Bytes of names in one CAP REQ: few lines, since before registration five a second are a flood."""


class Negotiation:
    """Of one connection. `wants_sasl`: whether that is to be asked for where it is offered. `settled` is
    called each time when nothing is asked for any more; `gone` when SASL has been taken away."""

    def __init__(
        self,
        standing: Standing,
        wants_sasl: Callable[[], bool],
        settled: Callable[[], None],
        gone: Callable[[], None],
    ) -> None:
        self._standing = standing
        self._wants_sasl = wants_sasl
        self._settled = settled
        self._gone = gone
        self._offered: dict[str, str] = {}
        self._listed: dict[str, str] | None = None
        self._requests: deque[tuple[str, ...]] = deque()
        self._requested: set[str] = set()

    @property
    def mechanisms(self) -> str | None:
        """The mechanisms of SASL as the server lists them, perhaps empty; None where it offers no SASL."""
        return self._offered.get(SASL)

    def look(self) -> None:
        """Ask what is offered: at the beginning, and later where the server may not tell by itself."""
        self._standing.say("CAP", "LS", "302")

    def handle(self, message: Message) -> None:
        """Take in a CAP line."""
        names = message[-1].split()
        more = message[2] == "*" and len(message.parameters) > 3
        match message[1].upper():
            case "LS":
                self._listed = self._listed if self._listed is not None else {}
                self._listed.update(_wanted(names))
                if not more:
                    self._offered, self._listed = self._listed, None
                    if SASL not in self._offered:  # nobody need have told
                        self._lose([SASL])
                    self._want()
            case "NEW":
                self._offered.update(_wanted(names))
                self._want()
            case "DEL":
                for name in names:
                    self._offered.pop(name, None)
                self._lose(names)
            case "ACK":
                self._granted(names)
                if self._requested.isdisjoint(_bare(names)):
                    return  # nobody asked
                self._requested.difference_update(_bare(names))
                if not more and not self._requested:
                    self._next()
            case "NAK" if self._requested:
                self._refused()

    def _want(self) -> None:
        wanted = [
            name
            for name in sorted(self._offered)
            if name not in self._standing.caps
            and name not in self._requested
            and not any(name in line for line in self._requests)
            and (name != SASL or self._wants_sasl())
        ]
        lines: list[list[str]] = [[]]
        for name in wanted:
            if len(" ".join([*lines[-1], name])) > REQUEST:
                lines.append([])
            lines[-1].append(name)
        self._requests.extend(tuple(line) for line in lines if line)
        if not self._requested:
            self._next()

    def _next(self) -> None:
        if self._requests:
            asked = self._requests.popleft()
            self._requested = set(asked)
            self._standing.say("CAP", "REQ", " ".join(asked), trailing=True)
        else:
            self._settled()

    def _refused(self) -> None:
        names = tuple(sorted(self._requested))
        self._requested = set()
        half = len(names) // 2
        if half:
            self._requests.extendleft([names[half:], names[:half]])
        else:
            log.info("a capability was refused", capability=names[0])
            self._offered.pop(names[0], None)
        self._next()

    def _granted(self, names: Iterable[str]) -> None:
        self._standing.caps.update(name.lstrip("~=") for name in names if not name.startswith("-"))
        self._lose(name[1:] for name in names if name.startswith("-"))

    def _lose(self, names: Iterable[str]) -> None:
        lost = self._standing.caps & set(names)
        self._standing.caps -= lost
        if SASL in lost:
            self._gone()


def _wanted(names: Iterable[str]) -> dict[str, str]:
    """What we have use for of a list, each with its value."""
    pairs = (name.partition("=") for name in names)
    return {name: value for name, _, value in pairs if name in WANTED or name == SASL}


def _bare(names: Iterable[str]) -> set[str]:
    return {name.lstrip("-~=") for name in names}
