"""Which colours the demo paints with, if any: readable on a dark ground and on a light one.

Of the 256 colours of xterm only some of middling lightness will do; where a terminal has eight, they are what
its owner made of them. `NO_COLOR` (https://no-color.org) and terminals that know no escapes get none, nor
bold or dim. Nothing is said by colour alone: the paint can be left out everywhere.

Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

_SPEECHLESS = ("", "dumb", "unknown")

Codes = str
"""Parameters of SGR (ECMA-48, 8.3.117), separated by semicolons."""

BOLD: Codes = "1"
DIM: Codes = "2"
PLAIN: Codes = ""


def steerable(term: str) -> bool:
    """Whether a terminal of that name knows how to move a cursor."""
    return term not in _SPEECHLESS


class Colours(Enum):
    """How many of them there are."""

    NONE = 0
    EIGHT = 8
    MANY = 256

    @classmethod
    def of(cls, environment: Mapping[str, str], *, terminal: bool) -> "Colours":
        """What to paint with where standard output is a `terminal` or not."""
        term = environment.get("TERM", "")
        if not terminal or environment.get("NO_COLOR") or not steerable(term):
            return cls.NONE
        return cls.MANY if "256color" in term or environment.get("COLORTERM") else cls.EIGHT


@dataclass(frozen=True, slots=True)
class Palette:
    """What to paint with: known voices have their own colour, everybody else one that stays theirs."""

    colours: Colours

    @property
    def good(self) -> Codes:
        return self._paint("1;32", "1;38;5;64")

    @property
    def bad(self) -> Codes:
        return self._paint("1;31", "1;38;5;160")

    @property
    def called(self) -> Codes:
        """For what is said to the one who reads."""
        return self._paint("1;36", "1;38;5;30")

    def voice(self, nick: str) -> Codes:
        """The colour of a nick, whoever writes it how."""
        nick = nick.casefold()
        some = VOICES.get(nick) or OTHERS[sum(nick.encode()) % len(OTHERS)]
        return self._paint(f"{some[0]}", f"38;5;{some[1]}")

    def paint(self, text: str, codes: Codes) -> str:
        if self.colours is Colours.NONE or not codes or not text:
            return text
        return f"\x1b[{codes}m{text}\x1b[0m"

    def _paint(self, eight: Codes, many: Codes) -> Codes:
        return many if self.colours is Colours.MANY else eight


VOICES = {
    "pkgdesk": ("36", 30),
    "alice": ("32", 64),
    "bob": ("33", 166),
    "carol": ("35", 133),
    "dave": ("34", 32),
}
"""Of each the colour among eight, and among 256."""

OTHERS = (("31", 131), ("32", 65), ("35", 97), ("36", 67), ("33", 101))
