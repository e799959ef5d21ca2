"""What is new in a configuration that was read anew: what holds from now on, and what needs a restart.

Both are told to whoever asked, so no value of a setting is among it that could be a secret: numbers, spans of
time and yes or no are told, and words where none of them can be a password; of all else only the name. Pure.
Imports of ours: the configuration.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TypeGuard

from pydantic import BaseModel

from bot.config import Settings
from knowledge.documents import duration_text

APPLIED = frozenset({"desk", "facets", "knowledge", "map", "history", "log", "publishing"})
"""The settings that take effect at once; all others do at the next start."""

_IN_WORDS = ("desk.", "log.")
"""Whose values are told where they are words, too."""

_LONGEST = 40


def taken_over(running: Settings, written: Settings) -> Settings:
    """The `running` settings, with what is `written` of those that take effect at once."""
    return running.model_copy(update={name: getattr(written, name) for name in APPLIED})


def now_in_force(before: Settings, after: Settings) -> tuple[str, ...]:
    """The settings that differ, each with what it is now: `desk.self_review now yes`, `facets changed`."""
    return tuple(f"{name} {_told(name, value)}" for name, value in _differing(before, after))


def at_the_next_start(running: Settings, written: Settings) -> tuple[str, ...]:
    """The names of the settings in which the two differ and that only a start can change."""
    found = _differing(running, written)
    return tuple(name for name, _ in found if name.partition(".")[0] not in APPLIED)


def _differing(before: object, after: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Each setting that differs, by its name in the file, and what it is `after`."""
    if before == after:
        return
    inside = f"{name}." if name else ""
    if isinstance(before, BaseModel) and type(before) is type(after):
        for field in type(before).model_fields:
            yield from _differing(getattr(before, field), getattr(after, field), inside + field)
    elif _are_models(before) and _are_models(after):
        for key in sorted({*before, *after}):
            yield from _differing(before.get(key), after.get(key), inside + key)
    else:
        yield name, after


def _are_models(value: object) -> TypeGuard[dict[str, BaseModel]]:
    return isinstance(value, dict) and all(isinstance(each, BaseModel) for each in value.values())


def _told(name: str, value: object) -> str:
    match value:
        case bool():
            return "now yes" if value else "now no"
        case int() | float():
            return f"now {value:g}"
        case timedelta():
            return f"now {duration_text(value)}"
        case str() if name.startswith(_IN_WORDS) and value.isprintable() and len(value) <= _LONGEST:
            return f"now {value}"
        case _:
            return "changed"
