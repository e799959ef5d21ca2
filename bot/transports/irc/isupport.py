"""What a server says it supports: numeric 005 (modern.ircdocs.horse, "RPL_ISUPPORT Parameters").

    token = "-" name / name [ "=" value ]          value: `\\xHH` stands for the octet HH

A token that makes no sense is passed over, and so is what no server has: more than `MOST`, one longer than
`LONGEST`. What is not told is what RFC 1459 servers do. What is looked at for every line of chatter is worked
out once, when it is told.
"""

import re
import string
from collections.abc import Iterable, Mapping

MOST = 200
LONGEST = 500

_TOKEN = re.compile(r"(-?)([A-Z0-9/.]+)(?:=(.*))?", re.DOTALL)
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_PREFIX = re.compile(r"\(([A-Za-z]*)\)(\S*)")


class Isupport:
    """The tokens known so far of one connection.

    `chantypes`: the characters that channels begin with. `ranks`: the marks of members, each with the letter
    of its mode. `prefixes`: those that stand before members' nicks for their rank. `statusmsg`: those that
    may stand before a channel to reach only some of its members. `odd`: what is folded beside ASCII letters,
    as the server has said; none until it has. `told`: how often it said anything, for those who work out more
    from it.
    """

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}
        self.told = 0
        self._work_out()

    def load(self, parameters: Iterable[str]) -> None:
        """Take in one 005: our nick, tokens, and a text for people."""
        for token in list(parameters)[1:-1]:
            found = _TOKEN.fullmatch(token) if len(token) <= LONGEST else None
            if found is None:
                continue
            minus, name, value = found.groups()
            if minus:
                self._tokens.pop(name, None)
            elif name in self._tokens or len(self._tokens) < MOST:
                self._tokens[name] = _ESCAPE.sub(lambda hexed: chr(int(hexed[1], 16)), value or "")
        self._work_out()

    def _work_out(self) -> None:
        self.told += 1
        ranks = _PREFIX.fullmatch(self._tokens.get("PREFIX", "(ov)@+"))
        self.chantypes = self._tokens.get("CHANTYPES") or "#&"
        self.prefixes = ranks[2] if ranks else "~&@%+"
        self.ranks: Mapping[str, str] = (
            dict(zip(ranks[2], ranks[1], strict=False)) if ranks else {"@": "o", "+": "v"}
        )
        self.statusmsg = self._tokens.get("STATUSMSG") or self.prefixes
        self.odd: Mapping[int, int] = _ODD.get(self.casemapping, {}) if "CASEMAPPING" in self._tokens else {}
        self._folded = self.odd if "CASEMAPPING" in self._tokens else _ODD["rfc1459"]

    @property
    def tokens(self) -> Mapping[str, str]:
        """All of them, each with its value."""
        return self._tokens

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
        # No mapping changes the length, and few names that are compared have the same.
        return one == other or (len(one) == len(other) and self.fold(one) == self.fold(other))

    def fold(self, name: str) -> str:
        """`name` in the spelling in which this server compares. What is no known mapping is taken as ascii,
        the narrowest: two that are one there may then look like two, never two like one."""
        lower = name.lower() if name.isascii() else name.translate(_LETTERS)
        return lower.translate(self._folded) if self._folded else lower


_LETTERS = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_ODD = {"rfc1459": str.maketrans("[]\\~", "{}|^"), "rfc1459-strict": str.maketrans("[]\\", "{}|")}
"""What the mappings fold beside ASCII letters."""
