"""What several rows hold: venues, each in three columns and a mark; and moments, in JSON."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.store.columns import in_utc
from routing.presence import Venue, Visibility


def venue_of(row: Row[Any]) -> Venue:
    return Venue(row.network, row.venue, Visibility(row.visibility), row.sealed)


def moment_json(at: datetime) -> str:
    return in_utc(at).isoformat()
