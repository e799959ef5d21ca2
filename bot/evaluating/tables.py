"""Figures as rows of a table for people and as data for programs, alike in every evaluation.

Every share comes with its 95 % interval and with what it is a share of.
"""

from collections.abc import Iterable
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.evaluating.measures import Estimate, Share

Data = dict[str, Any]
Row = tuple[str, str, str, str]
"""A figure's name, the figure, its interval, and what it is of."""


WIDE = 60
"""Columns of a terminal from which on there is room for the intervals."""


def show_table(console: Console, parts: Iterable[tuple[str, Iterable[Row]]]) -> None:
    """Print figures in parts, each under its title; where there is no room the intervals are left out."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("")
    wide = console.width >= WIDE
    for head in ("", *(("95 % interval",) if wide else ()), "of"):
        table.add_column(head, justify="right", no_wrap=True)
    for title, rows in parts:
        table.add_row(Text(title, "bold"))
        for name, value, interval, of in rows:
            table.add_row(Text(f"  {name}"), value, *((interval,) if wide else ()), of)
    console.print(table)


def share_row(name: str, share: Share) -> Row:
    return name, _percent(share.value), _interval(share.interval, 100), number(share.whole)


def estimate_row(name: str, estimate: Estimate) -> Row:
    value = "–" if estimate.value is None else f"{estimate.value:.3f}"
    return name, value, _interval(estimate.interval, 1), number(estimate.n)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _interval(interval: tuple[float, float] | None, scale: int) -> str:
    if interval is None:
        return ""
    digits = 1 if scale == 100 else 3
    return "–".join(f"{scale * bound:.{digits}f}" for bound in interval)


def counted(count: int, one: str, many: str) -> str:
    """`1 question`, `1,000 questions`."""
    return f"{number(count)} {one if count == 1 else many}"


def number(number: int) -> str:
    return f"{number:,}"


def share_data(share: Share) -> Data:
    return {
        "value": rounded(share.value),
        "low": rounded(share.interval[0]) if share.interval else None,
        "high": rounded(share.interval[1]) if share.interval else None,
        "count": share.part,
        "n": share.whole,
    }


def estimate_data(estimate: Estimate) -> Data:
    return {
        "value": rounded(estimate.value),
        "error": rounded(estimate.error),
        "low": rounded(estimate.interval[0]) if estimate.interval else None,
        "high": rounded(estimate.interval[1]) if estimate.interval else None,
        "n": estimate.n,
    }


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
