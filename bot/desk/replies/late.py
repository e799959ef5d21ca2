"""What is told of lines that were said while the desk was away."""

from datetime import datetime


def while_away(said_at: datetime, at: datetime, *, asked: bool) -> str:
    """How the answer to such a line begins; both times are UTC. The day is told where it is not today's."""
    day = "" if said_at.date() == at.date() else f"{said_at:%Y-%m-%d} "
    return f"you {'asked' if asked else 'said'} at {day}{said_at:%H:%M} UTC, while I was away: "


def say_it_again() -> str:
    """To whoever said a word that would have changed something, and lapsed."""
    return "I did nothing about it, since it may hold no longer; if it does, say it again."
