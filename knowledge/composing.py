"""Putting a document together from a YAML parser's events, and refusing all but a small part of the language.

What is refused, and why the schema does the typing, is told in `knowledge.documents`, the door to this.
Events are taken one by one, with a stack instead of recursion; limits are checked before anything is built.

A leaf: it knows PyYAML and imports nothing of the house but `knowledge.complaints`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias, cast

import yaml

from knowledge.complaints import shown

Value: TypeAlias = "dict[str, Value] | list[Value] | str | None"
Location: TypeAlias = tuple[str | int, ...]

MAX_PROBLEMS = 50
"""As many problems as one document is charged with; a person repairs the first and tries again."""

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""Escapes in double quotes can still make these; neither SQLite nor UTF-8 nor the wire takes them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost: `size` in bytes of UTF-8, `depth` in nested collections, `nodes` in all."""

    size: int = 1 << 20
    depth: int = 50
    nodes: int = 100_000


class Severity(StrEnum):
    """How much a problem matters: with an error something cannot be used or leads nowhere; with a warning all
    works, but is worth a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place; `line` and `column` count from 1."""

    source: str
    line: int
    column: int
    message: str
    severity: Severity = Severity.ERROR

    @property
    def place(self) -> str:
        """`file:line:column`, on one line whatever the file is called."""
        return f"{one_line(self.source)}:{self.line}:{self.column}"

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def one_line(text: str) -> str:
    """`text`, a path for example, with what is not printable spelled out as in Python."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class DocumentError(ValueError):
    """A document that cannot be used; `problems` is never empty and is in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Places:
    """Where each part of a document stands in its text. Few are ever asked for, so that they are only found
    (by `find`) when the first is."""

    source: str
    find: Callable[[], Mapping[Location, tuple[int, int]]] = field(repr=False, compare=False)

    @cached_property
    def marks(self) -> Mapping[Location, tuple[int, int]]:
        """Line and column of every value, and of every key in its stead in a mapping."""
        return self.find()

    def at(self, path: Location) -> tuple[int, int]:
        """Line and column of what `path` leads to (of its key, in a mapping), or of its nearest ancestor."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks[path]

    def problem(self, path: Location, message: str, severity: Severity = Severity.ERROR) -> Problem:
        """A problem with what `path` leads to; for checks that no schema can express."""
        line, column = self.at(path)
        return Problem(self.source, line, column, message, severity)


@dataclass(frozen=True, slots=True)
class Document:
    """What was read, and where each part of it stands in the text."""

    value: Value
    places: Places

    def problem(self, path: Location, message: str, severity: Severity = Severity.ERROR) -> Problem:
        """A problem with what `path` leads to; for checks that no schema can express."""
        return self.places.problem(path, message, severity)


def in_order(problems: list[Problem]) -> list[Problem]:
    """Problems in the order of the text, each once, and not more than `MAX_PROBLEMS` and a last word, which
    is an error where one of those that it stands for is."""
    unique = sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column))
    if len(unique) <= MAX_PROBLEMS:
        return unique
    last = unique[MAX_PROBLEMS - 1]
    left = unique[MAX_PROBLEMS:]
    more = f"and {len(left)} more problems from here on"
    errors = any(problem.severity is Severity.ERROR for problem in left)
    severity = Severity.ERROR if errors else Severity.WARNING
    return [*unique[:MAX_PROBLEMS], Problem(last.source, last.line, last.column, more, severity)]


class _Open:
    """A collection that has begun and not ended; `key` is the one that waits for its value."""

    __slots__ = ("first", "key", "path", "value")

    def __init__(self, value: dict[str, Value] | list[Value], path: Location) -> None:
        self.value = value
        self.path = path
        self.key: str | None = None
        self.first: dict[str, int] = {}


class Composer:
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
            raise DocumentError(in_order(self.problems))
        marks = MappingProxyType(self.marks)
        return Document(self.root, Places(self.source, lambda: marks))

    def _events(self, content: str, loader: type[Any]) -> Iterator[yaml.Event]:
        parser: Any = None
        try:
            parser = loader(content)
            while parser.check_event():
                yield parser.get_event()
        except yaml.MarkedYAMLError as error:
            said, mark = _explained(error, content)
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self.problems.append(Problem(self.source, line, column, f"this is not YAML: {said}"))
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # The pure parser lets an escape like "\UFFFFFFFF" through to chr().
            at = next(reversed(self.marks.values()), (1, 1))
            self.problems.append(Problem(self.source, *at, f"this is not YAML: {shown(str(error))}"))
        finally:
            if parser is not None:
                parser.dispose()
        if self.problems:
            raise DocumentError(in_order(self.problems))

    def _node(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            self._stop(event, f"more than {self.limits.nodes} values; fewer are allowed")
        if isinstance(event, yaml.AliasEvent):
            self._note(event, f"aliases (*name) are not allowed; write the value out; {_begun_with('*')}")
        elif event.anchor is not None:
            self._note(event, f"anchors (&name) are not allowed; {_begun_with('&')}")
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
        if UNSTORABLE.search(text):
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
            raise DocumentError(in_order(self.problems))

    def _stop(self, event: Any, message: str) -> None:
        self._note(event, message)
        raise DocumentError(in_order(self.problems))


def _explained(error: yaml.MarkedYAMLError, content: str) -> tuple[str, Any]:
    """What is wrong, and its mark. The commonest slips are told as what to do; the two parsers word them
    differently, so that they are known by what both say."""
    mark = error.problem_mark or error.context_mark
    for kind, sign in (("alias", "*"), ("anchor", "&")):
        if error.context is not None and error.context.endswith(f" {kind}"):
            return _begun_with(sign), error.context_mark or mark
    if error.problem is not None and mark is not None:
        if error.problem.startswith("mapping values are not allowed"):
            before = content[: mark.index].rpartition("\n")[2]
            either = "" if ": " in before else ", or this line is indented too far"
            return f'a text with ": " in it wants quotes{either}', mark
        found = content[mark.index : mark.index + 1]
        if error.problem.endswith("cannot start any token"):
            if found == "\t":
                return "a tab stands where only spaces may", mark
            if found:
                return _begun_with(found), mark
    return ", ".join(part for part in (error.context, error.problem) if part), mark


def _begun_with(sign: str) -> str:
    return f"a text that begins with {sign} wants quotes"


def _begins(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
