"""What is printed of the demo while it happens: the lines of chat with their times and voices, and the stage.

    21:34:05  <alice> pkgdesk: how do I …
    21:34:05  pkgdesk → bob (privately): …
    21:34:06  — the desk is killed (kill -9) and started again —

On a terminal nicks have colours and long lines are wrapped with a margin; elsewhere each is one plain line.
What others say is made harmless for a terminal first.
"""

import textwrap
from collections.abc import Callable
from datetime import datetime

from bot.transports.plain import plain

_MARGIN = 10
_NARROWEST = 40
_COLOURS = {"pkgdesk": "1;36", "alice": "32", "bob": "33", "carol": "35", "dave": "34"}
_OTHERS = ("92", "93", "94", "95")
_DIM = "2"
_BOLD = "1"
_BAD = "1;31"
_GOOD = "1;32"

Write = Callable[[str], None]


class Transcript:
    """Prints through `write`, a line at a time. `width`: how many columns there are, None where nothing is
    wrapped; `now`: the local time."""

    def __init__(
        self,
        write: Write,
        *,
        colour: bool,
        width: Callable[[], int] | None = None,
        now: Callable[[], datetime],
    ) -> None:
        self._write = write
        self._colour = colour
        self._width = width
        self._now = now

    def said(self, who: str, what: str, to: str | None = None) -> None:
        """A line of chat; `to`: the one who alone can read it."""
        voice = self._voice(who)
        if to is None:
            shown, printed = f"<{voice}>", f"<{who}>"
        else:
            shown, printed = f"{voice} → {self._voice(to)} (privately):", f"{who} → {to} (privately):"
        self._line(
            printed, f"{printed} {plain(what)}", lambda text: shown + self._addressed(text[len(printed) :])
        )

    def came(self, who: str) -> None:
        self._dim(f"{plain(who)} is here")

    def left(self, who: str, why: str) -> None:
        self._dim(f"{plain(who)} has left" + (f" ({plain(why)})" if why else ""))

    def stage(self, what: str) -> None:
        """Something that no line of chat shows."""
        text = f"— {what} —"
        self._line("", text, lambda line: self._paint(line, _BOLD))

    def heading(self, what: str) -> None:
        """What comes next."""
        self._write("")
        self._write(self._paint(what, _BOLD))

    def good(self, what: str) -> None:
        self._write(self._paint(what, _GOOD))

    def bad(self, what: str) -> None:
        self._write(self._paint(what, _BAD))

    def note(self, what: str) -> None:
        """Words to the reader, as they are."""
        self._write(what)

    def _dim(self, text: str) -> None:
        self._line("", text, lambda line: self._paint(line, _DIM))

    def _line(self, head: str, text: str, painted: Callable[[str], str]) -> None:
        """One line with its time. `painted` is given the first of the lines that it takes; `head` is not
        broken."""
        margin = " " * _MARGIN
        lines = [text]
        if self._width is not None:
            lines = textwrap.wrap(
                text.replace(" ", "\0", head.count(" ")),
                max(self._width() - 1, _NARROWEST) - _MARGIN,
                break_on_hyphens=False,
                break_long_words=False,
            ) or [""]
            lines = [line.replace("\0", " ") for line in lines]
        time = self._paint(f"{self._now():%H:%M:%S}", _DIM)
        self._write(f"{time}  {painted(lines[0])}")
        for line in lines[1:]:
            self._write(margin + line)

    def _addressed(self, text: str) -> str:
        """The nick that the text begins with, if it is one that is known, in its colour."""
        nick, colon, rest = text.partition(": ")
        known = colon and nick.strip().casefold() in _COLOURS
        return f" {self._voice(nick.strip())}{colon}{rest}" if known else text

    def _voice(self, who: str) -> str:
        known = _COLOURS.get(who.casefold())
        return self._paint(plain(who), known or _OTHERS[sum(who.encode()) % len(_OTHERS)])

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and text else text
