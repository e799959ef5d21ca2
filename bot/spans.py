"""Spans of time on the command line: written as in the settings (`20s`, `5m`), or as bare seconds (`0.5`).

What reads the settings is slow to import, and is only where there is a unit. Must not import anything else of
ours at its beginning: commands begin here.
"""

from typing import Annotated

import typer

LEAST, MOST = 1.0, 600.0
"""Seconds that a visit to a network may be given."""


def seconds_between(text: str | float, least: float, most: float) -> float:
    """The seconds of a span. Raises `typer.BadParameter`."""
    try:
        found = float(text)
    except ValueError:
        found = _with_unit(str(text))
    if not least <= found <= most:  # nor is NaN
        raise typer.BadParameter(f"`{text}`: must be {least:g}s to {most:g}s")
    return found


def _with_unit(text: str) -> float:
    from knowledge.documents import duration

    try:
        return duration(text).total_seconds()
    except ValueError:
        raise typer.BadParameter(f"`{text}`: must be a span like 20s or 2m, or a number of seconds") from None


WithinOption = Annotated[
    float,
    typer.Option(
        "--timeout",
        metavar="SPAN",
        parser=lambda text: seconds_between(text, LEAST, MOST),
        show_default=False,
        help="How long each network may take, like 20s or 2m, or in bare seconds; 1m without it.",
    ),
]
