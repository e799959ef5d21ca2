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
`knowledge.complaints` and `knowledge.composing`.
"""

import os
import re
import stat
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ValidationError

from knowledge.complaints import complaints, shown
from knowledge.composing import (
    MAX_PROBLEMS,
    Composer,
    Document,
    DocumentError,
    Limits,
    Location,
    Places,
    Problem,
    Severity,
    Value,
    in_order,
    one_line,
)
from knowledge.plain import Unusual, plain_value

__all__ = [
    "FASTEST",
    "MAX_PROBLEMS",
    "PURE",
    "Document",
    "DocumentError",
    "Duration",
    "Limits",
    "Location",
    "Places",
    "Problem",
    "Severity",
    "Value",
    "content_of",
    "duration",
    "duration_text",
    "in_order",
    "one_line",
    "parse_as",
    "read",
    "read_file",
]

ModelT = TypeVar("ModelT", bound=BaseModel)

PURE: type[Any] = yaml.SafeLoader
"""PyYAML's own parser, present everywhere."""
FASTEST: type[Any] = getattr(yaml, "CSafeLoader", PURE)
"""libyaml's parser where PyYAML was built with it, else `PURE`."""

DEFAULT = Limits()

# What YAML 1.1 calls unprintable (section 5.1), and a byte order mark anywhere but at the beginning, on which
# the two parsers differ.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_ORDINARY = bytes([*b"\t\n\r", *range(0x20, 0x7F)])  # taking these away is ten times as fast as searching


def read(
    text: str | bytes, source: str, limits: Limits = DEFAULT, *, loader: type[Any] = FASTEST
) -> Document:
    """Read one document; `source` is the name that errors carry. Raises `DocumentError`."""
    content = _decoded(text, source) if isinstance(text, bytes) else text
    encoded = content.encode("utf-8", "surrogatepass")
    if len(encoded) > limits.size:
        raise DocumentError([Problem(source, 1, 1, f"larger than the {limits.size} bytes that are allowed")])
    content = content.removeprefix("\ufeff")
    if encoded.translate(None, _ORDINARY) and (wrong := _UNPRINTABLE.search(content)):
        line, column = _position(content, wrong.start())
        message = f"the character U+{ord(wrong[0]):04X} is not allowed in YAML; is this a text file?"
        raise DocumentError([Problem(source, line, column, message)])
    composed = partial(_composed, content, source, limits, loader)
    try:
        value = plain_value(content, limits, loader)
    except Unusual:
        return composed()
    return Document(value, Places(source, lambda: composed().places.marks))


def _composed(content: str, source: str, limits: Limits, loader: type[Any]) -> Document:
    return Composer(source, limits).compose(content, loader)


def read_file(path: Path, limits: Limits = DEFAULT) -> Document:
    """Read the document in a regular file of at most `limits.size` bytes. Raises `DocumentError`."""
    return read(content_of(path, limits), str(path), limits)


def content_of(path: Path, limits: Limits = DEFAULT) -> bytes:
    """What is in such a file, of which no more is read. Raises `DocumentError`."""
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
    return content


def parse_as(document: Document, model: type[ModelT]) -> ModelT:
    """The document as an instance of `model`, or a `DocumentError` with everything that pydantic found.

    Values arrive as text and are typed in pydantic's lax mode: "5" is a number, "yes" and "on" are true.
    Models set `extra="forbid"`; an unknown key is then answered with those that are allowed.
    """
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        found = [document.problem(*complaint) for complaint in complaints(error, document.value, model)]
    raise DocumentError(in_order(found))


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
