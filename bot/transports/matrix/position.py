"""How far a homeserver was read: one word for the store, and what is remembered with it.

    since    the token that the next /sync goes on from; none where nothing was read yet
    at       when that was
    salt     what the ids of this database's lines begin with, so that no other database's are taken for them
    device   the device that read

Pure.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.transports.matrix import raw


@dataclass(frozen=True, slots=True)
class Position:
    """How far a homeserver was read; `at` is aware, UTC."""

    since: str | None = None
    at: datetime | None = None
    salt: str = ""
    device: str = ""

    @property
    def token(self) -> str:
        """All of it in one word."""
        at = self.at.isoformat(timespec="milliseconds") if self.at is not None else None
        told = {"since": self.since, "at": at, "salt": self.salt, "device": self.device}
        return json.dumps({name: value for name, value in told.items() if value})

    @classmethod
    def read(cls, token: str | None) -> "Position":
        """What a word says; what says nothing is passed over."""
        try:
            told = raw.table(json.loads(token or "{}"))
        except (ValueError, RecursionError):
            return cls()
        since, salt, device = (_text(told.get(name)) for name in ("since", "salt", "device"))
        return cls(since or None, _moment(told.get("at")), salt, device)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None
