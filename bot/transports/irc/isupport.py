"""What a server says it supports: numeric 005 (modern.ircdocs.horse, "RPL_ISUPPORT Parameters").

    token = "-" name / name [ "=" value ]          value: `\\xHH` stands for the octet HH

A token that makes no sense is passed over; what is not told is what RFC 1459 servers do.
"""

import re
import string
from collections.abc import Iterable

_TOKEN = re.compile(r"(-?)([A-Z0-9/.]+)(?:=(.*))?", re.DOTALL)
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_PREFIX = re.compile(r"\(([A-Za-z]*)\)(\S*)")


class Isupport:
    """The tokens known so far of one connection."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def load(self, parameters: Iterable[str]) -> None:
        """Take in one 005: our nick, tokens, and a text for people."""
        for token in list(parameters)[1:-1]:
            found = _TOKEN.fullmatch(token)
            if found is None:
                continue
            minus, name, value = found.groups()
            if minus:
                self._tokens.pop(name, None)
            else:
                self._tokens[name] = _ESCAPE.sub(lambda hexed: chr(int(hexed[1], 16)), value or "")

    @property
    def chantypes(self) -> str:
        return self._tokens.get("CHANTYPES", "#&")

    @property
    def prefixes(self) -> str:
        """The characters that stand before members' nicks for their rank."""
        found = _PREFIX.fullmatch(self._tokens.get("PREFIX", "(ov)@+"))
        return found[2] if found else "~&@%+"

    @property
    def statusmsg(self) -> str:
        """The characters that may stand before a channel to reach only some of its members."""
        return self._tokens.get("STATUSMSG") or self.prefixes

    @property
    def whox(self) -> bool:
        return "WHOX" in self._tokens

    @property
    def monitor(self) -> int | None:
        """How many nicks it looks out for on our behalf, 0 for any number (IRCv3, "monitor"); None where it
        does not."""
        limit = self._tokens.get("MONITOR")
        if limit is None:
            return None
        return int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 10 else 0

    @property
    def bot(self) -> str | None:
        """The letter of the user mode that marks a bot, where there is one."""
        letter = self._tokens.get("BOT", "")
        return letter if len(letter) == 1 and letter.isascii() and letter.isalpha() else None

    @property
    def casemapping(self) -> str:
        return self._tokens.get("CASEMAPPING", "rfc1459").casefold()

    def same(self, one: str, other: str) -> bool:
        """Whether two nicks or two channels are one there (RFC 2812, section 2.2)."""
        return one == other or self.fold(one) == self.fold(other)

    def fold(self, name: str) -> str:
        """`name` in the spelling in which this server compares. What is no known mapping is taken as ascii,
        the narrowest: two that are one there may then look like two, never two like one."""
        return name.translate(_MAPPINGS.get(self.casemapping, _MAPPINGS["ascii"]))


_UPPER, _LOWER = string.ascii_uppercase, string.ascii_lowercase
_MAPPINGS = {
    "ascii": str.maketrans(_UPPER, _LOWER),
    "rfc1459": str.maketrans(_UPPER + "[]\\~", _LOWER + "{}|^"),
    "rfc1459-strict": str.maketrans(_UPPER + "[]\\", _LOWER + "{}|"),
}
