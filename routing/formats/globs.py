"""The patterns of MAINTAINERS files: `F:`, `X:` and `N:` lines.

An `F:` pattern becomes a regular expression in which `.` stands for itself, `*` for any run of characters, of
slashes too, and `?` for one; whatever else such expressions know (`+ [ ( )`) keeps its meaning. It is
anchored at its beginning only. With a slash at its end it matches whatever begins like it; without one only
what has as many slashes, too, so that `net/*` is not `net/ipv6/af.c`, and `net/ip` is `net/ipv4.c`. In
Xen's dialect `{a,b}` is either, and either may be empty; where nothing stands before such braces, or another
such pair, or where no comma is in them, they are what they are to expressions.

How closely one looks is counted by its slashes, and one more where it ends without; whatever begins with `*`
comes after all others, and even after `N:`, a regular expression found anywhere in the path, which counts 0.

Where there are wildcards but nothing else, the earliest place of each piece between two stars leaves the most
for those that follow, so nothing is ever gone back to. Knows `routing.patterns` and the expressions.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

from routing.formats.regexes import Expression, Expressions
from routing.patterns import LONGEST_PATH

MOST_BRACES = 16
MOST_ALTERNATIVES = 64
"""What the braces of one pattern may amount to."""
BEFORE_ALL = -1
"""The depth of a pattern that begins with `*`."""

_SPECIAL = re.compile(r"[*?+\[\](){}|^$\\]")
_BEYOND = re.compile(r"[+\[\](){}|^$\\]")
_BRACES = re.compile(r"(?<=[^}])\{([^{}]*,[^{}]*)\}")
_LAST_COMMA = re.compile(r"([^\\])\{(|[^},]*[^,\\]),(|[^}]*[^\\])\}")
_FIRST_COMMA = re.compile(r"([^\\])\{(|[^},]*[^,\\]),((?:|[^},]*[^,\\]),(?:|[^}]*[^\\]))\}")


@dataclass(frozen=True, slots=True)
class FilePattern:
    """An `F:` or `X:` line. `text` is as the map has it, but for the slash that a directory was given.

    `heads`: literal beginnings, one of which every path that it matches has. Made by `file_pattern`.
    """

    text: str
    heads: tuple[str, ...] = field(repr=False, compare=False)
    _covers: "_Covering" = field(repr=False, compare=False)
    depth: int = field(init=False, repr=False, compare=False)
    slashes: int | None = field(init=False, repr=False, compare=False)
    """How many a path must have, if it matters."""

    def __post_init__(self) -> None:
        count, whole = self.text.count("/"), self.text.endswith("/")
        object.__setattr__(self, "slashes", None if whole else count)
        object.__setattr__(self, "depth", BEFORE_ALL if self.text[0] == "*" else count + (not whole))

    @property
    def trunk(self) -> tuple[str, ...]:
        """Whole segments before the first that is not plain."""
        plain = self.heads[0] if len(self.heads) == 1 else self.text.partition("{")[0]
        return tuple(plain.split("/")[:-1])

    @property
    def floats(self) -> bool:
        return self.text[0] == "*"

    @property
    def tip(self) -> str | None:
        last = self.text.rpartition("/")[2]
        named = any(character not in "*?." for character in last) and not _BEYOND.search(last)
        return _SPECIAL.split(last, maxsplit=1)[0] if named else None

    def matches(self, path: str) -> bool:
        """Of a directory that belongs to it as a whole, the directory itself does."""
        if len(path) > LONGEST_PATH:
            return False
        return self.covers(path, path.count("/")) or (self.slashes is None and self.covers(f"{path}/", 0))

    @property
    def uncertain(self) -> bool:
        """Whether it might be a directory that is written without its slash, which only the tree knows."""
        return self._covers.plain and self.slashes is not None and "." not in self.text

    @property
    def further(self) -> Callable[[str], bool] | None:
        """What a path must be like that has one of the `heads`, and as many slashes; None: nothing more."""
        return None if self._covers.plain else self._covers.whole

    def covers(self, path: str, slashes: int) -> bool:
        """Whether it matches a path with so many slashes, by the exact rule."""
        return self.slashes in (None, slashes) and self._covers.whole(path)

    def ends_like(self, name: str) -> bool:
        """A name as a whole: where it goes on it is another's."""
        if self.tip is None or not name.startswith(self.tip) or len(name) > LONGEST_PATH:
            return False
        return _glob(f"{self.text.rpartition('/')[2]}\n")(f"{name}\n")


@dataclass(frozen=True, slots=True)
class NamePattern:
    """An `N:` line: a regular expression somewhere in a path."""

    text: str
    expression: Expression = field(repr=False, compare=False)
    depth: int = field(default=0, init=False, compare=False)
    trunk: tuple[str, ...] = field(default=(), init=False, compare=False)
    floats: bool = field(default=True, init=False, compare=False)
    tip: str | None = field(default=None, init=False, compare=False)

    def matches(self, path: str) -> bool:
        return len(path) <= LONGEST_PATH and self.expression.found_in(path)

    def ends_like(self, name: str) -> bool:  # noqa: ARG002 (a pattern of paths knows no names)
        return False


class _Covering:
    """What tells whether a path begins as a pattern wants it; made ready when it is first asked for, because
    most never are."""

    __slots__ = ("_ready", "_written", "plain")

    def __init__(
        self, written: tuple[str, ...], ready: Callable[[str], bool] | None = None, *, plain: bool = False
    ) -> None:
        self.plain = plain
        self._written = written
        self._ready = ready

    def whole(self, path: str) -> bool:
        if self._ready is None:
            globs = [_glob(written) for written in self._written]
            self._ready = globs[0] if len(globs) == 1 else lambda path: any(glob(path) for glob in globs)
        return self._ready(path)


def file_pattern(
    text: str, expressions: Expressions, *, directory: Callable[[str], bool], braces: bool = False
) -> FilePattern:
    """The pattern of an `F:` or `X:` line. `directory`: whether a path is one. Raises `ValueError`."""
    if not text:
        raise ValueError("has no pattern")
    if len(text) > LONGEST_PATH:
        raise ValueError(f"is longer than the {LONGEST_PATH} characters that a path may have")
    if "\0" in text or "\n" in text:
        raise ValueError("holds a control character")
    written = _expression(text, braces=braces)
    if text[-1] != "/" and directory(written):  # asked like this, and so not for names with dots in them
        text, written = f"{text}/", f"{written}/"
    if not _SPECIAL.search(text):
        return FilePattern(text, (text,), _Covering((text,), lambda path: path.startswith(text), plain=True))
    plain = _alternatives(text) if braces and "{" in text else (text,)
    if any(_BEYOND.search(each) for each in plain):
        covering = _Covering((), expressions.read(f"^{written}", extended=False).found_in)
        return FilePattern(text, (_head(text),), covering)
    return FilePattern(text, tuple(dict.fromkeys(map(_head, plain))), _Covering(plain))


def _expression(text: str, *, braces: bool) -> str:
    """What is searched for, but for the beginning."""
    if braces and "{" in text:
        if text.count("{") > MOST_BRACES or text.count(",") > MOST_ALTERNATIVES:
            raise ValueError(f"has more than {MOST_BRACES} braces or {MOST_ALTERNATIVES} commas")
        count = 1
        while count:
            text, count = _FIRST_COMMA.subn(r"\1{\2|\3}", text)
        text = _LAST_COMMA.sub(r"\1(\2|\3)", text)
    return re.sub(r"\*+", ".*", text.replace(".", r"\.")).replace("?", ".")


def _head(text: str) -> str:
    """With what every match begins. What is before something that might make it optional is not certain."""
    found = _SPECIAL.search(text)
    if found is None:
        return text
    if "|" in text or "^" in text or "$" in text or "\\" in text:
        return ""
    return text[: found.start() - (found[0] in "+{")] if found.start() else ""


def _alternatives(text: str) -> tuple[str, ...]:
    parts = _BRACES.split(text)
    choices = [[part] if place % 2 == 0 else part.split(",") for place, part in enumerate(parts)]
    amount = 1
    for choice in choices:
        amount *= len(choice)
    if amount > MOST_ALTERNATIVES:
        raise ValueError(f"amounts to more than {MOST_ALTERNATIVES} patterns by its braces")
    return tuple(dict.fromkeys(map("".join, product(*choices))))


def _glob(text: str) -> Callable[[str], bool]:
    """Whether a path begins like `text`, whose wildcards are `*` and `?`."""
    if "*" not in text and "?" not in text:
        return lambda path: path.startswith(text)
    first, *others = [re.escape(piece).replace(r"\?", ".") for piece in text.split("*")]
    written = re.compile(first + "".join(f"(?>.*?{piece})" for piece in others if piece))
    return lambda path: written.match(path) is not None
