"""Where the desk sits and may say nothing: moderated channels in which it has no voice.

    324 channel modes …         what holds there; asked for with MODE once we are in (RFC 2812, section 3.2.3)
    MODE channel modes …        what changes
    353 … :[@+]nick …           our own rank, which is any mark before our nick

In a channel with +m only those with a rank are heard. Which letters of a MODE take a parameter is told by
ISUPPORT: PREFIX and CHANMODES (modern.ircdocs.horse). An operator of the desk is told once, before the first
line is refused. Bans that silence (+b, +q) are not looked at: whom they fit only the server knows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import structlog

from bot.transports.irc.isupport import Isupport
from bot.transports.irc.link import Message
from bot.transports.irc.standing import Standing

log = structlog.get_logger(__name__)

NO_VOICE = "moderated, +m: give it voice"
"""Why, in a few words."""

AGAIN = 60.0
"""Seconds until the same is told again of a channel, however often it changes."""

_VERBS = frozenset({"JOIN", "PART", "KICK", "MODE", "324", "353", "366"})


@dataclass(slots=True)
class _Seat:
    name: str
    moderated: bool = False
    ranks: set[str] = field(default_factory=set)
    warned: bool = False
    at: float | None = None

    @property
    def mute(self) -> bool:
        return self.moderated and not self.ranks


class Voice:
    """Of one connection."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._seats: dict[str, _Seat] = {}

    @property
    def mute(self) -> tuple[str, ...]:
        """The channels in which we are and may say nothing."""
        return tuple(seat.name for seat in self._seats.values() if seat.mute)

    def handle(self, message: Message) -> None:
        if message.verb not in _VERBS:
            return
        match message.verb:
            case "JOIN" if self._standing.is_me(message.nick):
                self._seats[self._fold(message[0])] = _Seat(message[0])
            case "PART" if self._standing.is_me(message.nick):
                self._seats.pop(self._fold(message[0]), None)
            case "KICK" if self._standing.is_me(message[1]):
                self._seats.pop(self._fold(message[0]), None)
            case "366" if self._fold(message[1]) in self._seats:
                self._standing.errand("MODE", message[1])
            case "353":
                self._named(message)
            case "324":
                self._changed(message[1], message.parameters[2:], anew=True)
            case "MODE":
                self._changed(message[0], message.parameters[1:])

    def _named(self, message: Message) -> None:
        """The marks before our own nick, as the letters of their modes."""
        seat = self._seats.get(self._fold(message[2]))
        symbols = self._standing.isupport.ranks
        for name in message[3].split() if seat is not None else ():
            nick = name.lstrip("".join(symbols))
            if seat is not None and self._standing.is_me(nick):
                seat.ranks = {symbols[mark] for mark in name[: len(name) - len(nick)]}
                self._look(seat)

    def _changed(self, channel: str, told: Sequence[str], *, anew: bool = False) -> None:
        """`anew`: these are all modes of the channel, though not the ranks of its members."""
        seat = self._seats.get(self._fold(channel))
        if seat is None:
            return
        if anew:
            seat.moderated = False
        letters = set(self._standing.isupport.ranks.values())
        for on, letter, parameter in changes(told, self._standing.isupport):
            if letter == "m":
                seat.moderated = on
            elif letter in letters and self._standing.is_me(parameter):
                (seat.ranks.add if on else seat.ranks.discard)(letter)
        self._look(seat)

    def _look(self, seat: _Seat) -> None:
        """Tell the log what has changed."""
        now = self._standing.now()
        if seat.mute and not seat.warned and (seat.at is None or now - seat.at >= AGAIN):
            seat.warned, seat.at = True, now
            log.warning(
                "may say nothing in a channel",
                venue=seat.name,
                why="it is moderated (+m), and the desk has no voice there",
                remedy=f"ask an operator of {seat.name} to give the desk's account voice (+v), for good",
            )
        elif seat.warned and not seat.mute:
            seat.warned = False
            log.info("may speak in a channel again", venue=seat.name)

    def _fold(self, channel: str) -> str:
        return self._standing.isupport.fold(channel)


def changes(told: Sequence[str], isupport: Isupport) -> Iterator[tuple[bool, str, str]]:
    """What `modes parameter…` sets (or unsets): each letter with its parameter, empty where it has none."""
    kinds = (*isupport.tokens.get("CHANMODES", "beI,k,l,").split(","), "", "", "")
    always = {*isupport.ranks.values(), *kinds[0], *kinds[1]}
    parameters, on = iter(told[1:]), True
    for letter in told[0] if told else "":
        if letter in "+-":
            on = letter == "+"
        else:
            takes = letter in always or (on and letter in kinds[2])
            yield on, letter, next(parameters, "") if takes else ""
