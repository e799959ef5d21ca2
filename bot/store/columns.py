"""How values become columns, alike on SQLite and PostgreSQL.

- `Moment`: SQLite gives dates back naive, PostgreSQL in the session's zone; here they go in aware and come
  out aware and in UTC. A naive one is refused.
- `Chars`: a Python string may hold what no database takes: PostgreSQL refuses NUL, and neither can encode a
  lone surrogate (which is how undecodable bytes come in). Both become U+FFFD, on writing and on looking up.
- `Json`: tuples of the desk, as JSON; the strings in it are treated like `Chars`.

Must not import anything of ours.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator


def storable(text: str) -> str:
    """`text` with U+FFFD for every NUL and every lone surrogate; anything else stays as it is."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\ufffd")


def in_utc(at: datetime) -> datetime:
    """`at` in UTC. ValueError where it is naive: nobody could say when that was."""
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError(f"a time without a zone: {at!r}")
    return at.astimezone(UTC)


def _storable_within(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {key: _storable_within(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_within(item) for item in value]
    return value


class Moment(TypeDecorator[datetime]):
    """A point in time, stored in UTC with microseconds, so that it sorts as it passes."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else in_utc(value)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Chars(TypeDecorator[str]):
    """Text of any length that a user may have a hand in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Json(TypeDecorator[Any]):
    """Lists, objects, strings, numbers and None."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> Any:
        return _storable_within(value)
