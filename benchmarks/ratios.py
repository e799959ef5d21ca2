"""Our figures over those of the best peer, of the same run: what holds on any machine, however busy it is.

Reads the tables of quality and latency; knows nothing of how they came about.
"""

from collections.abc import Callable, Iterable

from benchmarks.figures import Cell, Column, Table
from benchmarks.ours import MODEL, WORDS

_MEASURES: tuple[tuple[str, Callable[[Iterable[tuple[float, str]]], tuple[float, str]]], ...] = (
    ("first", max),
    ("first, misspelt", max),
    ("p50, misspelt", min),
    ("p99, misspelt", min),
)
"""What is compared, and which of the peers is the best at it."""


def compared(quality: Table, latency: Table) -> Table:
    """A row for each size and measure."""
    rows: list[tuple[Cell, ...]] = []
    for measure, best in _MEASURES:
        table = quality if measure in {column.name for column in quality.columns} else latency
        unit = next(column.unit for column in table.columns if column.name == measure)
        groups: dict[tuple[Cell, Cell], dict[str, float]] = {}
        for row in table.data()["rows"]:
            group = (row.get("questions", quality.rows[0][0]), row["entries"])
            if row[measure] is not None:
                groups.setdefault(group, {})[row["method"]] = row[measure]
        for (asked, entries), figures in groups.items():
            ours = [figures.pop(name, None) for name in (WORDS, MODEL)]
            if not figures:
                continue
            value, name = best((value, name) for name, value in figures.items())
            ratios = [each / value if each is not None and value else None for each in ours]
            rows.append((asked, entries, f"{measure}, {unit}", name, value, *ours, *ratios))
    return Table(
        "matching/ratios",
        "Matching: beside the best peer of each measure",
        (
            Column("questions"),
            Column("entries"),
            Column("measure"),
            Column("best peer"),
            Column("it", digits=2),
            Column(WORDS, digits=2),
            Column(MODEL, digits=2),
            Column("words / it", digits=2),
            Column("model / it", digits=2),
        ),
        tuple(rows),
        ("First: more is better, so a ratio above 1 is. Times: less is better, so one below 1 is.",),
    )
