"""What there is to say of each channel: whether we are in and may speak, and who is there. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.networks.facts import Facts, Seat
from bot.networks.finding import Finding, fine, look, missing
from bot.networks.keeping import Desk
from bot.networks.nick import borne_by_desk
from bot.transports import wire
from bot.transports.irc.doors import DOORS, NEEDS_KEY
from bot.transports.irc.doors import door as door_of
from bot.transports.irc.settings import IrcSettings
from bot.transports.password import PasswordSource

LITTLE_ROOM = 250
"""Bytes below which most answers take more than one line."""

JUST_MADE = timedelta(minutes=5)
"""So young is a channel that came to be when we joined it, and the clocks may differ by as much."""

USUAL_NICK, LONGEST_NICK = 16, 64
"""Bytes of a nick where the server tells no limit, and the most that is believed."""

_MODES: Mapping[str, str] = {
    "c": "+c: colours are taken out of lines; the desk uses none",
    "C": "+C: no CTCP; the desk sends none",
    "r": "+r: only who is logged in can join",
    "s": "+s: the channel is in no list; say `visibility: members` if it is by invitation",
    "i": "+i: by invitation only; say `visibility: members` in the configuration",
}
"""Modes that a desk may meet and that people have asked about; what letters mean differs between servers."""


def of_seats(facts: Facts, desk: Desk, at: datetime) -> Iterator[Finding]:
    """Each channel of the configuration, as it was found at that time."""
    for seat in facts.seats:
        if seat.joined:
            yield _joined(seat, at, beside=borne_by_desk(facts, desk))
            yield from _inside(seat, facts, desk.settings)
        else:
            yield _outside(seat, facts, desk.settings)


def room(seat: Seat, facts: Facts, settings: IrcSettings) -> int:
    """Bytes of text that one line of the desk can hold there, under its own nick."""
    return wire.room(seat.name, settings.nick, facts.user, facts.host)


def _outside(seat: Seat, facts: Facts, settings: IrcSettings) -> Finding:
    if seat.forwarded is not None:
        door = DOORS["470"]
        return missing(
            seat.name, f"not joined: forwards to {seat.forwarded}", door.remedy.format(channel=seat.name)
        )
    if seat.refusal is None:
        return missing(
            seat.name, "not joined: the server did not answer in time", "try again, with a longer --timeout"
        )
    numeric, words = seat.refusal.numeric, seat.refusal.words
    if numeric not in DOORS:
        return missing(seat.name, f"put out again: {words}", f"talk with the operators of {seat.name}")
    key = _key(seat, settings)
    if numeric == NEEDS_KEY and key is not None and (complaint := key.complaint()) is not None:
        return missing(seat.name, f"not joined: cannot read its key: {complaint}", "mend its `key`")
    door = door_of(numeric, keyed=key is not None)
    remedy = door.remedy.format(channel=seat.name)
    if numeric == "477" and facts.account is None and facts.login is not None:
        remedy = "log in first; why that failed stands under `account`"
    return missing(seat.name, f"not joined: {door.why} ({numeric} {words})", remedy)


def _key(seat: Seat, settings: IrcSettings) -> PasswordSource | None:
    """Where the key of a channel is, as configured."""
    return next((each.key for each in settings.channels if each.name == seat.name), None)


def _joined(seat: Seat, at: datetime, *, beside: bool) -> Finding:
    """Who is there, `beside` the running desk, maybe; whoever comes into a channel that nobody is in has made
    it, and is its operator."""
    if not seat.members and seat.rank and (seat.created is None or at - seat.created < JUST_MADE):
        return look(
            seat.name,
            "joined; nobody else is there, and it did not exist until now",
            "is the name right? If so, it is there while somebody is in it, and longer once registered",
        )
    who = _others(seat.members, seat.identified)
    if beside and seat.beside is not None:
        others = seat.members - 1
        identified = seat.identified - bool(seat.beside) if seat.identified is not None else None
        who = "the running desk is there" + (
            f", and {_others(others, identified, as_sentence=False)}" if others else ""
        )
    rank = f", and the desk is {seat.rank}" if seat.rank else ""
    return fine(seat.name, f"joined; {who}{rank}")


def _others(count: int, identified: int | None, *, as_sentence: bool = True) -> str:
    """How many there are, and how many of them are `identified`, where that was told."""
    if not count:
        return "nobody else is there"
    if count == 1:
        who = "1 other is there" if as_sentence else "1 other"
        known = "with an account" if identified else "without an account"
    else:
        who = f"{count:,} others are there" if as_sentence else f"{count:,} others"
        known = f"{f'{identified:,}' if identified else 'none'} with an account"
    return f"{who}, {known}" if identified is not None else who


def _inside(seat: Seat, facts: Facts, settings: IrcSettings) -> Iterator[Finding]:
    modes = seat.modes or ""
    if "m" in modes and not seat.rank:
        yield missing(
            seat.name,
            "moderated (+m), and the desk has no voice: nobody would read what it says",
            f"ask an operator of {seat.name} to give it voice (+v), for good: ChanServ can",
        )
    if seat.quieted is not None and not seat.rank:
        yield missing(
            seat.name,
            f"quieted: {seat.quieted} fits the desk, so nobody would read what it says",
            f"ask an operator of {seat.name}"
            + (", or log in to an account" if seat.quieted.startswith("$~a") else ""),
        )
    if "R" in modes and facts.account is None:
        yield look(
            seat.name,
            "+R: on some networks only who is logged in is heard there, and the desk is not",
            "log in to an account: set `sasl`",
        )
    for letter, told in _MODES.items():
        if letter in modes:
            yield fine(seat.name, told)
    left = room(seat, facts, settings)
    told = f"{left} bytes of each line are left for what it says"
    if left < _least(facts):
        yield missing(
            seat.name,
            f"no text fits on a line: {max(0, left)} bytes of each are left beside the desk's mask "
            f"and the channel's name, and {_least(facts)} are needed",
            "shorten the longest of nick (`nick`), user name (`username`) and host (ask for a shorter cloak)",
        )
    elif left < LITTLE_ROOM:
        yield look(seat.name, told, "a shorter nick, user name or cloak leaves more")
    else:
        yield fine(seat.name, told)


def _least(facts: Facts) -> int:
    """Bytes below which whoever is spoken to cannot be told anything, though their nick is as long as it may
    be there."""
    longest = facts.isupport.get("NICKLEN", "")
    nick = int(longest) if longest.isdecimal() and len(longest) < 4 else USUAL_NICK
    return min(nick, LONGEST_NICK) + len(": ") + wire.LEAST_ROOM
