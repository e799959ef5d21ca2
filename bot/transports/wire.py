"""The egress codec: the only place that makes bytes for IRC.

    line     = [ "@label=" label SP ] command *( SP middle ) [ SP ":" trailing ] CR LF     (RFC 2812, 2.3.1)
    command  = letters
    middle   = at least one octet, no SP, not beginning with ":"
    trailing = anything but NUL, CR, LF
    channel  = ( "#" / "&" ) and what is neither blank, control, comma nor BEL
    nick     = letters, digits and []\\`^{}|_-/ , not beginning with "-" or "/" (relays write `nick/network`)

A target is one channel or one nick: no list, no mask, no STATUSMSG prefix, so that a line goes to one place.

What stands in a line that others read (`spoken`) is, in this order:

    opening   in public `nick: `; before a first character that other bots might obey stands the guard
    text      plain (`bot.transports.plain`), nobody's nick unbroken (`bot.transports.names`)
    `…`       where it had to be cut

The guard is `» `. Bots obey ASCII punctuation (`!`, `.`, `,`, `@`, `+` …), and no list of their habits is
complete, so all of it is guarded; `»` is printed, so neither a bot that trims blanks nor one that drops
invisible characters finds a command behind it, and to people it says what it is: quoted.

Whatever happens before, `checked` looks at the bytes themselves as the last step. Pure.
"""

import re
import string
from collections.abc import Iterable

from bot.desk import fitting
from bot.transports.names import broken
from bot.transports.plain import plain
from routing.presence import Venue

LINE_BYTES = 512
"""The longest line with its CR LF, tags apart (RFC 2812, 2.3)."""

LONGEST_USER = 10
LONGEST_HOST = 63
"""Bytes that a user name and a host take at most on the networks we know (USERLEN, HOSTLEN, a DNS label)."""

GUARD = "» "
CUT = "…"
LEAST_ROOM = 16
"""Bytes below which there is no use in saying anything."""

OBEYED = frozenset(string.punctuation)
"""What bots take for the beginning of a command."""
_CHANNEL = re.compile(r"[#&][^\x00-\x20\x7f-\xa0,\ud800-\udfff]{1,200}")
_NICK = re.compile(r"(?![-/])(?:[A-Za-z0-9\[\]\\`_^{|}/-]|[^\W\x00-\x7f\ud800-\udfff]){1,64}")
_LABEL = re.compile(r"[A-Za-z0-9]{1,64}")
_LINE = re.compile(rb"(?:@label=[A-Za-z0-9]{1,64} )?(?P<line>[A-Z]+(?: [^\0\r\n]*)?\r\n)")


class Unsendable(ValueError):
    """What was asked for cannot stand on the wire; the message says why, without the text."""


def fit(text: str, limit: int) -> tuple[str, str]:
    """`text` cut so that its head has at most `limit` bytes, between words, else between graphemes, else (a
    grapheme longer than the limit) between characters; and the rest without its leading blanks."""
    head, rest = fitting.fit(text, limit)
    if fitting.size(head) <= limit:
        return head, rest
    kept = text.encode()[: max(limit, 0)].decode(errors="ignore")
    return kept, text[len(kept) :].lstrip()


def is_nick(name: str) -> bool:
    """Whether `name` can be the target of a private message, and an address."""
    return bool(_NICK.fullmatch(name))


def is_channel(name: str) -> bool:
    return bool(_CHANNEL.fullmatch(name))


def room(target: str, nick: str, user: str | None = None, host: str | None = None) -> int:
    """Bytes of text that fit one line to `target` when the server puts our mask `:nick!user@host ` before it
    on its way to others. An unknown user or host is taken to be as long as they get."""
    users = fitting.size(user) if user else LONGEST_USER
    hosts = fitting.size(host) if host else LONGEST_HOST
    mask = 1 + fitting.size(nick) + 1 + users + 1 + hosts + 1
    return LINE_BYTES - len("\r\n") - mask - fitting.size(f"PRIVMSG {target} :")


def spoken(
    venue: Venue,
    text: str,
    addressee: str | None,
    unbroken: Iterable[str],
    members: tuple[str, ...],
    limit: int,
) -> str:
    """What will be read in `venue`: `text` with its opening, in at most `limit` bytes.

    The nicks that may stand in it as they are: `addressee` and `unbroken`. Raises `Unsendable` where nothing
    is left to say, the addressee is no nick, or `limit` has no room for a text.
    """
    words = plain(text)
    if not words:
        raise Unsendable("there is nothing to say")
    opening = ""
    if addressee is not None and not venue.private:
        if not is_nick(addressee):
            raise Unsendable("the addressee is no nick")
        opening = f"{addressee}: "
    if (opening + words)[0] in OBEYED:
        opening = GUARD + opening
    left = limit - fitting.size(opening)
    if left < LEAST_ROOM:
        raise Unsendable("there is no room for a text")
    return opening + _within(words, members, [*unbroken, *([addressee] if addressee else [])], left)


def _within(words: str, members: tuple[str, ...], allowed: list[str], limit: int) -> str:
    """`words` with the nicks broken in at most `limit` bytes. Names are broken after the cut, which may have
    made one of half a word; breaking takes bytes, so it is tried again with less until it fits."""
    if len(words) <= limit:
        whole = broken(words, members, allowed)
        if fitting.size(whole) <= limit:
            return whole
    size = limit - fitting.size(CUT)
    while size > 0:
        cut = broken(fit(words, size)[0], members, allowed) + CUT
        over = fitting.size(cut) - limit
        if over <= 0:
            return cut
        # Breaking nicks may have added more than there is room for in all.
        size -= max(1, over * size // fitting.size(cut))
    raise Unsendable("there is no room for a text")


def compose(
    venue: Venue,
    text: str,
    addressee: str | None,
    unbroken: Iterable[str],
    members: tuple[str, ...],
    limit: int,
) -> bytes:
    """The line that says `text` in `venue`; arguments and errors as of `spoken`, and `Unsendable` where the
    venue's name is no target."""
    return message(venue, spoken(venue, text, addressee, unbroken, members, limit))


def message(venue: Venue, said: str) -> bytes:
    """The line that carries what `spoken` made to `venue`."""
    if not (is_nick(venue.name) if venue.private else is_channel(venue.name)):
        raise Unsendable("the venue is no channel and no nick")
    return command("PRIVMSG", venue.name, said, trailing=True)


def command(verb: str, *parameters: str, trailing: bool = False) -> bytes:
    """One line. The last parameter may be anything where `trailing`; all others must be single words."""
    middle = parameters[:-1] if trailing else parameters
    if any(not word or word.startswith(":") or " " in word for word in middle):
        raise Unsendable(f"a parameter of {verb} is not one word")
    words = [verb, *middle, *([":" + parameters[-1]] if trailing else [])]
    return given(" ".join(words))


def given(line: str) -> bytes:
    """The bytes of a line that is made already, as by the library `irc` when it logs on."""
    try:
        return checked(line.encode() + b"\r\n")
    except UnicodeEncodeError:
        raise Unsendable("a lone surrogate") from None


def labelled(line: bytes, label: str) -> bytes:
    """`line` with the tag by which the server's answer will be known (IRCv3 labeled-response)."""
    if not _LABEL.fullmatch(label):
        raise Unsendable("the label is none")
    return checked(b"@label=" + label.encode() + b" " + line)


def checked(line: bytes) -> bytes:
    """`line` as it is, if it is one line: a command, one CR LF at its end, no NUL, CR or LF before that, not
    longer than a server reads, valid UTF-8. Raises `Unsendable` otherwise."""
    found = _LINE.fullmatch(line)
    if found is None or len(found["line"]) > LINE_BYTES:
        raise Unsendable("not one line of IRC")
    try:
        line.decode()
    except UnicodeDecodeError:
        raise Unsendable("not UTF-8") from None
    return line
