"""What is printed of the demo while it happens: the lines of chat with their times and voices, and the stage.

    21:34:05  <alice> pkgdesk: how do I …
    21:34:06 *<pkgdesk> alice: Configure with …
    21:34:07  pkgdesk → bob (privately): …
    21:34:08  alice reacts 👍 to “was that it?”
    21:34:08  — the desk is killed (kill -9) and started again —

On a terminal voices have colours, what is said to the one who reads is marked (*), and long lines are wrapped
with a margin; elsewhere each is one plain line. What others say is made harmless for a terminal first.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len

from bot.demo.colours import BOLD, DIM, PLAIN, Codes, Colours, Palette
from bot.desk.fitting import cut
from bot.transports.plain import plain

MARK = "*"
_MARGIN = 10
_NARROW = 60
_NARROW_MARGIN = 2
_NARROWEST = 8
_WORD = re.compile(r"\s*\S+")
_ADDRESSED = re.compile(r"([A-Za-z\[\]\\^_{|}][^\s,:]*)(: )(.*)")
_TO_SAY = re.compile(r"`[^`]+`")

Write = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Painted:
    """Some text in one paint; a line is a row of them."""

    text: str
    codes: Codes = PLAIN


class Transcript:
    """Prints through `write`, a line at a time. `width`: how many columns there are, None where nothing is
    wrapped; `now`: the local time; `you`: the nicks of the one who reads."""

    def __init__(
        self,
        write: Write,
        *,
        colours: Colours,
        width: Callable[[], int] | None = None,
        now: Callable[[], datetime],
        you: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self.palette = Palette(colours)
        self._write = write
        self._width = width
        self._now = now
        self._you = you

    def said(self, who: str, what: str, to: str | None = None) -> None:
        """A line of chat; `to`: the one who alone can read it."""
        you, text = self._you(), plain(what)
        own = who in you
        voice = Painted(plain(who), f"{BOLD};{self.palette.voice(who)}" if own else self.palette.voice(who))
        if to is None:
            head = [Painted("<"), voice, Painted("> ")]
        else:
            other = Painted(plain(to), self.palette.voice(to))
            head = [voice, Painted(" → "), other, Painted(" (privately)", DIM), Painted(": ")]
        found = _ADDRESSED.match(text)
        addressee, colon, rest = found.groups() if found else ("", "", text)
        called = not own and (addressee in you or to in you)
        name = Painted(addressee, self.palette.called if called else self.palette.voice(addressee))
        body = [Painted(rest, BOLD)] if own else list(_with_words_to_say(rest))
        self._line([*head, name, Painted(colon), *body], marked=called)

    def reacted(self, who: str, what: str, to: str) -> None:
        """`to`: the line in question."""
        voice = Painted(plain(who), self.palette.voice(who))
        self._line(
            [voice, Painted(f" reacts {plain(what)} ", BOLD), Painted(f"to “{cut(plain(to), 60)}”", DIM)]
        )

    def came(self, *who: str) -> None:
        names = [plain(each) for each in who]
        listed = " and ".join([*([", ".join(names[:-1])] if names[:-1] else []), names[-1]])
        self._line([Painted(f"{listed} {'is' if len(names) == 1 else 'are'} here", DIM)])

    def left(self, who: str, why: str) -> None:
        self._line([Painted(f"{plain(who)} has left" + (f" ({plain(why)})" if why else ""), DIM)])

    def stage(self, what: str) -> None:
        """Something that no line of chat shows."""
        self._line([Painted(f"— {what} —", BOLD)])

    def heading(self, what: str) -> None:
        """What comes next."""
        self._write("")
        self._write(self.palette.paint(what, BOLD))

    def good(self, what: str) -> None:
        self._write(self.palette.paint(what, self.palette.good))

    def bad(self, what: str) -> None:
        self._write(self.palette.paint(what, self.palette.bad))

    def note(self, what: str) -> None:
        """Words to the reader, as they are."""
        self._write(what)

    def paragraph(self, what: str, *, hang: int = 0) -> None:
        """The same, wrapped, all rows but the first so far to the right."""
        for number, (start, end) in enumerate(_wrapped(what, self._room(hang), self._room(0))):
            self._write((" " * hang if number else "") + what[start:end])

    def aside(self, what: str, *, head: str = "") -> None:
        """Words to the reader between the lines of chat: quiet, and wrapped as those are, behind a `head`."""
        margin = " " * (self._margin() + cell_len(head))
        rows = list(_wrapped(plain(what), self._room(cell_len(margin))))
        for number, (start, end) in enumerate(rows):
            before = margin if number else " " * self._margin() + head
            self._write(self.palette.paint(before + plain(what)[start:end], DIM))

    def _line(self, parts: list[Painted], *, marked: bool = False) -> None:
        narrow = self._margin() == _NARROW_MARGIN
        time = self.palette.paint(f"{self._now():%H:%M}" if narrow else f"{self._now():%H:%M:%S}", DIM)
        mark = self.palette.paint(MARK, self.palette.called) if marked else " "
        text = "".join(part.text for part in parts)
        first = self._room(6 if narrow else _MARGIN)
        rows = _wrapped(text, self._room(self._margin()), first)
        for number, (start, end) in enumerate(rows):
            before = " " * self._margin() if number else f"{time}{'' if narrow else ' '}{mark}"
            self._write(before + self._slice(parts, start, end))

    def _slice(self, parts: list[Painted], start: int, end: int) -> str:
        """What lies between two places of the text that the parts make, painted."""
        painted, at = "", 0
        for part in parts:
            piece = part.text[max(0, start - at) : max(0, end - at)]
            painted += self.palette.paint(piece, part.codes)
            at += len(part.text)
        return painted

    def _margin(self) -> int:
        return _NARROW_MARGIN if self._width is not None and self._width() < _NARROW else _MARGIN

    def _room(self, taken: int) -> int | None:
        """Columns for text beside so many that are taken. The last one stays empty: some terminals break a
        line after it, some before."""
        return None if self._width is None else max(self._width() - 1 - taken, _NARROWEST)


def _with_words_to_say(text: str) -> Iterator[Painted]:
    """The words in backticks, which one can say, stand out."""
    at = 0
    for found in _TO_SAY.finditer(text):
        yield Painted(text[at : found.start()])
        yield Painted(found.group(), BOLD)
        at = found.end()
    yield Painted(text[at:])


def _wrapped(text: str, room: int | None, first: int | None = None) -> Iterator[tuple[int, int]]:
    """Where the rows of a text begin and end, each of at most `room` cells, the first of `first`; broken
    between words. A word that is longer has a row of its own: an address must stay whole."""
    if room is None:
        yield 0, len(text)
        return
    start, end, left = 0, 0, room if first is None else first
    for word in _WORD.finditer(text):
        cells = cell_len(text[start : word.end()])
        if cells > left and end > start:
            yield start, end
            start, left = word.end() - len(word.group().lstrip()), room
        end = word.end()
    yield start, max(end, start)
