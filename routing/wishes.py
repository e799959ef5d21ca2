"""What a person wishes of how they are asked, as text that can be kept, and back.

    busy    an instant, ISO 8601 with its offset         hours   as `routing.people` writes them
    budget  pings within 24 hours, a number              pings   "public", "private" or "off"

Each is kept by itself, the latest. What cannot be read any more (a zone may have been abolished) is no wish.
Must not import anything of chat.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

from routing.people import Hours, Pings, Wishes, read_hours

Value = datetime | Hours | int | Pings


class Wish(StrEnum):
    """What can be wished."""

    BUSY = "busy"
    HOURS = "hours"
    BUDGET = "budget"
    PINGS = "pings"


def written(value: Value) -> str:
    """A wish as text; an instant must be aware."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def wished(kept: Mapping[Wish, str]) -> Wishes:
    """All that one person wishes, from the text that was kept."""
    found: dict[Wish, Value] = {}
    for wish, text in kept.items():
        try:
            found[wish] = _read(wish, text)
        except ValueError:
            continue
    busy, hours = found.get(Wish.BUSY), found.get(Wish.HOURS)
    budget, pings = found.get(Wish.BUDGET), found.get(Wish.PINGS)
    return Wishes(
        busy_until=busy if isinstance(busy, datetime) else None,
        hours=hours if isinstance(hours, Hours) else None,
        budget=budget if isinstance(budget, int) else None,
        pings=pings if isinstance(pings, Pings) else None,
    )


def _read(wish: Wish, text: str) -> Value:
    match wish:
        case Wish.BUSY:
            until = datetime.fromisoformat(text)
            if until.tzinfo is None:
                raise ValueError("nobody could say when that is")
            return until
        case Wish.HOURS:
            return read_hours(text)
        case Wish.BUDGET:
            return int(text)
        case Wish.PINGS:
            return Pings(text)
