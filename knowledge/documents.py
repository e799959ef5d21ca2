"""The one reader of YAML: a small, strict part of the language, and errors that say where.

Configuration, map, entries and rosters all come through here, so that one set of rules holds everywhere:

* scalars are text. `no`, `012`, `4.10` and `1:30` stay what was written; the schema that the document is
  read into does the typing (`parse_as`). A value that is plain and empty is `None`, and nothing else is;
* no anchors, aliases, tags, directives or second documents, and no key twice in one mapping;
* size, depth and the number of nodes are capped, and depth is checked while parsing, before the values are
  built, so that `[[[[…` costs an error and neither a recursion nor time;
* every error carries `source:line:column`, counted from 1, and as many errors as can be told are told at
  once.

Parsing is left to PyYAML's event stream, through libyaml where PyYAML was built with it; values are put
together here, without recursion. Both parsers give the same values and positions; the wording of syntax
errors differs.

This is a leaf, like `knowledge.words`: `routing` and `bot` may import it, it imports nothing of the house but
`knowledge.complaints`.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias, TypeVar, cast

import yaml
from pydantic import BaseModel, BeforeValidator, ValidationError

from knowledge.complaints import complaints, shown

Value: TypeAlias = "dict[str, Value] | list[Value] | str | None"
Location: TypeAlias = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)

PURE: type[Any] = yaml.SafeLoader
"""PyYAML's own parser, present everywhere."""
FASTEST: type[Any] = getattr(yaml, "CSafeLoader", PURE)
"""libyaml's parser where PyYAML was built with it, else `PURE`."""

MAX_PROBLEMS = 50
"""As many problems as one document is charged with; a person repairs the first and tries again."""

# What YAML 1.1 calls unprintable (section 5.1), and a byte order mark anywhere but at the beginning, on which
# the two parsers differ.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
# Escapes in double quotes can still make these; neither SQLite nor UTF-8 nor the wire takes them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost: `size` in bytes of UTF-8, `depth` in nested collections, `nodes` in all."""

    size: int = 1 << 20
    depth: int = 50
    nodes: int = 100_000


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place; `line` and `column` count from 1."""

    source: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}: {self.message}"


class DocumentError(ValueError):
    """A document that cannot be used; `problems` is never empty and is in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Document:
    """What was read, and where each part of it stands in the text."""

    source: str
    value: Value
    marks: Mapping[Location, tuple[int, int]]

    def at(self, path: Location) -> tuple[int, int]:
        """Line and column of what `path` leads to (of its key, in a mapping), or of its nearest ancestor."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks[path]

    def problem(self, path: Location, message: str) -> Problem:
        """A problem with what `path` leads to; for checks that no schema can express."""
        line, column = self.at(path)
        return Problem(self.source, line, column, message)


def read(
    text: str | bytes, source: str, limits: Limits = Limits(), *, loader: type[Any] = FASTEST
) -> Document:
    """Read one document; `source` is the name that errors carry. Raises `DocumentError`."""
    content = _decoded(text, source) if isinstance(text, bytes) else text
    if len(content) > limits.size or len(content.encode("utf-8", "surrogatepass")) > limits.size:
        raise DocumentError([Problem(source, 1, 1, f"larger than the {limits.size} bytes that are allowed")])
    content = content.removeprefix("\ufeff")
    if wrong := _UNPRINTABLE.search(content):
        line, column = _position(content, wrong.start())
        message = f"the character U+{ord(wrong[0]):04X} is not allowed in YAML; is this a text file?"
        raise DocumentError([Problem(source, line, column, message)])
    return _Composer(source, limits).compose(content, loader)


def read_file(path: Path, limits: Limits = Limits()) -> Document:
    """Read the document in a regular file of at most `limits.size` bytes. Raises `DocumentError`."""

    try:
        wrong, content = _unusable(path.stat(), limits), b""
        if not wrong:
            with path.open("rb") as file:
                content = file.read(limits.size + 1)  # it may have grown since
            wrong = "" if content else "the file is empty"
    except FileNotFoundError:
        wrong = "there is no such file"
    except PermissionError:
        wrong = "may not be read: permission denied"
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        wrong = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if wrong:
        raise DocumentError([Problem(str(path), 1, 1, wrong)])
    return read(content, str(path), limits)


def parse_as(document: Document, model: type[ModelT]) -> ModelT:
    """The document as an instance of `model`, or a `DocumentError` with everything that pydantic found.

    Values arrive as text and are typed in pydantic's lax mode: "5" is a number, "yes" and "on" are true.
    Models set `extra="forbid"`; an unknown key is then answered with those that are allowed.
    """
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        found = [document.problem(*complaint) for complaint in complaints(error, document.value, model)]
    raise DocumentError(_in_order(found))


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400}
_DURATION = re.compile(r"([0-9]{1,9})([smhdwy])")


def duration(text: object) -> timedelta:
    """A span of time as people write it: `20s`, `5m`, `2h`, `3d`, `1w`, `1y` (365 days).

    Anything else, and more than 1000 years, is a `ValueError`; a `timedelta` is given back.
    """
    if isinstance(text, timedelta):
        return text
    if isinstance(text, str) and (match := _DURATION.fullmatch(text.strip())):
        seconds = int(match[1]) * _UNITS[match[2]]
        if seconds <= 1000 * _UNITS["y"]:
            return timedelta(seconds=seconds)
        raise ValueError("must be at most 1000y")
    raise ValueError(f"must be a number and a unit like 20s, 5m, 2h, 3d, 1w or 1y, found {shown(text)}")


def duration_text(span: timedelta) -> str:
    """A span of whole seconds as `duration` reads it, in the largest unit that it is a multiple of."""
    seconds = int(span.total_seconds())
    size, unit = max((size, unit) for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // size}{unit}" if seconds else "0s"


Duration = Annotated[timedelta, BeforeValidator(duration)]
"""A field of a model that is written as `duration` reads it."""


def _unusable(status: os.stat_result, limits: Limits) -> str:
    if stat.S_ISDIR(status.st_mode):
        return "is a directory; a file was expected"
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    if status.st_size > limits.size:
        return f"has {status.st_size} bytes; at most {limits.size} are allowed"
    return ""


def _decoded(data: bytes, source: str) -> str:
    if (nul := data.find(b"\0")) >= 0:
        line, column = _position(data[:nul].decode("utf-8", "replace"), nul)
        raise DocumentError([Problem(source, line, column, "holds a NUL byte: this is not a text file")])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _position(data[: error.start].decode("utf-8"), error.start)
        message = f"the byte 0x{data[error.start]:02x} is not valid UTF-8"
        raise DocumentError([Problem(source, line, column, message)]) from None


def _position(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _in_order(problems: list[Problem]) -> list[Problem]:
    unique = sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column))
    if len(unique) <= MAX_PROBLEMS:
        return unique
    last = unique[MAX_PROBLEMS - 1]
    more = f"and {len(unique) - MAX_PROBLEMS} more problems from here on"
    return [*unique[:MAX_PROBLEMS], Problem(last.source, last.line, last.column, more)]


class _Open:
    """A collection that has begun and not ended; `key` is the one that waits for its value."""

    __slots__ = ("first", "key", "path", "value")

    def __init__(self, value: dict[str, Value] | list[Value], path: Location) -> None:
        self.value = value
        self.path = path
        self.key: str | None = None
        self.first: dict[str, int] = {}


class _Composer:
    """Puts the values of one document together from parser events, with a stack instead of recursion."""

    def __init__(self, source: str, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.problems: list[Problem] = []
        self.marks: dict[Location, tuple[int, int]] = {}
        self.stack: list[_Open] = []
        self.nodes = 0
        self.root: Value = None

    def compose(self, content: str, loader: type[Any]) -> Document:
        documents = 0
        for event in self._events(content, loader):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(event, "a second document begins here; only one is allowed")
                if event.version or event.tags:
                    self._note(event, "directives (%YAML, %TAG) are not allowed")
            elif isinstance(event, yaml.NodeEvent):
                self._node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.stack.pop()
        if not documents:
            raise DocumentError([Problem(self.source, 1, 1, "holds nothing but blanks and comments")])
        if self.problems:
            raise DocumentError(_in_order(self.problems))
        return Document(self.source, self.root, MappingProxyType(self.marks))

    def _events(self, content: str, loader: type[Any]) -> Iterator[yaml.Event]:
        parser: Any = None
        try:
            parser = loader(content)
            while parser.check_event():
                yield parser.get_event()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            said = ", ".join(part for part in (error.context, error.problem) if part)
            self.problems.append(Problem(self.source, line, column, f"this is not YAML: {said}"))
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # The pure parser lets an escape like "\UFFFFFFFF" through to chr().
            at = next(reversed(self.marks.values()), (1, 1))
            self.problems.append(Problem(self.source, *at, f"this is not YAML: {shown(str(error))}"))
        finally:
            if parser is not None:
                parser.dispose()
        if self.problems:
            raise DocumentError(_in_order(self.problems))

    def _node(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            self._stop(event, f"more than {self.limits.nodes} values; fewer are allowed")
        if isinstance(event, yaml.AliasEvent):
            self._note(event, "aliases (*name) are not allowed; write the value out")
        elif event.anchor is not None:
            self._note(event, "anchors (&name) are not allowed")
        elif event.tag is not None:
            self._note(event, "tags (!name) are not allowed")
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._key(top, event)
            return
        value: Value
        if isinstance(event, yaml.ScalarEvent):
            value = self._text(event)
        else:
            value = [] if isinstance(event, yaml.SequenceStartEvent) else {}
        path = self._place(top, value, event)
        if not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            self._push(event, _Open(cast("dict[str, Value] | list[Value]", value), path))

    def _text(self, event: Any) -> str | None:
        text: str = event.value
        if _UNSTORABLE.search(text):
            self._note(event, "an escape here makes a character that cannot be stored (NUL or half a pair)")
        return None if not text and not event.style else text

    def _push(self, event: Any, opened: _Open) -> None:
        if len(self.stack) >= self.limits.depth:
            self._stop(event, f"nested more than {self.limits.depth} deep")
        self.stack.append(opened)

    def _key(self, top: _Open, event: Any) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            if not isinstance(event, yaml.AliasEvent):
                self._stop(event, "a key must be plain text, not a list or a mapping")
            top.key = ""
            return
        key = self._text(event)
        if key is None:
            self._note(event, "a key is missing before the colon")
            key = ""
        mark = _begins(event)
        if key in top.first:
            self._note(event, f"the key {shown(key)} is already given in line {top.first[key]}")
        top.first.setdefault(key, mark[0])
        top.key = key
        self.marks[(*top.path, key)] = mark

    def _place(self, top: _Open | None, value: Value, event: Any) -> Location:
        mark = _begins(event)
        if top is None:
            self.root = value
            self.marks[()] = mark
            return ()
        if isinstance(top.value, list):
            path = (*top.path, len(top.value))
            self.marks[path] = mark
            top.value.append(value)
            return path
        key = cast("str", top.key)
        top.value[key] = value
        top.key = None
        return (*top.path, key)

    def _note(self, event: Any, message: str) -> None:
        self.problems.append(Problem(self.source, *_begins(event), message))
        if len(self.problems) >= MAX_PROBLEMS:
            raise DocumentError(_in_order(self.problems))

    def _stop(self, event: Any, message: str) -> None:
        self._note(event, message)
        raise DocumentError(_in_order(self.problems))


def _begins(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
