"""Figures and tables of them, as values; how they are printed, and how they are written as JSON.

A table knows its columns with their units, so that the same rows can be read by people (rich) and by
programs. Imports nothing of the house.
"""

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is the key in JSON; `unit` stands in the heading; `digits` behind the point of a float."""

    name: str
    unit: str = ""
    digits: int = 1

    def shown(self, cell: Cell) -> str:
        if cell is None:
            return "–"
        if isinstance(cell, float):
            return f"{cell:,.{self.digits}f}"
        return f"{cell:,}" if isinstance(cell, int) else cell


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. `notes` say what one must know to read them."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.name}: a row of {len(row)} under {len(self.columns)} columns")

    def data(self) -> dict[str, Any]:
        """The table as plain data."""
        keys = [column.name for column in self.columns]
        return {
            "name": self.name,
            "title": self.title,
            "units": {column.name: column.unit for column in self.columns if column.unit},
            "digits": {column.name: column.digits for column in self.columns},
            "rows": [dict(zip(keys, map(_plain, row), strict=True)) for row in self.rows],
            "notes": list(self.notes),
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Table":
        """The table that gave this data."""
        units = data["units"]
        return cls(
            data["name"],
            data["title"],
            tuple(Column(name, units.get(name, ""), digits) for name, digits in data["digits"].items()),
            tuple(tuple(row[name] for name in data["digits"]) for row in data["rows"]),
            tuple(data["notes"]),
        )

    def across(self, down: str, over: Sequence[str], shown: Sequence[str]) -> "Table":
        """The same figures with a row for each value of the column `down`, and a column for each of those
        that the columns `over` have together; a cell tells the columns `shown`, with a stroke between."""
        columns = {column.name: column for column in self.columns}
        rows = self.data()["rows"]
        heads = dict.fromkeys(" ".join(columns[name].shown(row[name]) for name in over) for row in rows)
        cells = {
            (row[down], " ".join(columns[name].shown(row[name]) for name in over)): " / ".join(
                columns[name].shown(row[name]) for name in shown
            )
            for row in rows
        }
        return Table(
            self.name,
            self.title,
            (Column(down), *map(Column, heads)),
            tuple(
                (name, *(cells.get((name, head)) for head in heads))
                for name in dict.fromkeys(self.column(down))
            ),
            self.notes,
        )

    def markdown(self) -> str:
        """The table as Markdown knows tables, with its notes below."""
        heads = [f"{each.name}, {each.unit}" if each.unit else each.name for each in self.columns]
        lines = [heads, ["--:" if self.numeric(at) else "---" for at in range(len(heads))]]
        lines += [
            [each.shown(cell) for each, cell in zip(self.columns, row, strict=True)] for row in self.rows
        ]
        grid = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        return "\n\n".join([grid, *self.notes])

    def numeric(self, at: int) -> bool:
        """Whether the column at this position holds numbers."""
        return any(isinstance(row[at], int | float) for row in self.rows)

    def column(self, name: str) -> list[Cell]:
        """The cells of one column."""
        position = [column.name for column in self.columns].index(name)
        return [row[position] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Setup:
    """How to measure: `quick` takes less of everything; `data` is the folder of public sets, `model` that of
    the sentence model, whether or not they are there; `kept` is one for what the next run may use, `work` one
    for databases and the like, on a real disk; `began` is when (monotonic seconds). `tree`: a checkout whose
    paths are looked up, `script`: its get_maintainer.pl, where they are named."""

    quick: bool
    data: Path
    model: Path
    kept: Path
    work: Path
    began: float
    tree: Path | None = None
    script: Path | None = None

    def note(self, line: str) -> None:
        """Say what is going on."""
        print(f"[{time.monotonic() - self.began:5.1f} s] {line}", file=sys.stderr, flush=True)

    @property
    def entries(self) -> int:
        """Entries of the base that a desk is measured with."""
        return 250 if self.quick else 1_000


@dataclass(slots=True)
class Stopwatch:
    """Durations that were taken one by one, in seconds by `clock`: on the wall, if not another one."""

    taken: list[float] = field(default_factory=list)
    clock: Callable[[], float] = time.perf_counter

    @contextmanager
    def running(self) -> Iterator[None]:
        began = self.clock()
        yield
        self.taken.append(self.clock() - began)

    def ms(self, share: float) -> float | None:
        """A percentile in milliseconds."""
        return percentile([1e3 * each for each in self.taken], share)


def percentile(values: Iterable[float], share: float) -> float | None:
    """The value that `share` of all (0 to 1) do not exceed (nearest rank); None of none."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def percent(part: float, whole: float) -> float | None:
    """A share in percent; None of nothing."""
    return 100 * part / whole if whole else None


def show(tables: Sequence[Table], console: Console) -> None:
    """Print the tables."""
    for table in tables:
        grid = Grid(title=table.title, title_justify="left", title_style="bold", expand=False)
        for position, column in enumerate(table.columns):
            heading = f"{column.name}\n{column.unit}" if column.unit else column.name
            grid.add_column(
                heading, justify="right" if table.numeric(position) else "left", vertical="bottom"
            )
        for row in table.rows:
            grid.add_row(*(column.shown(cell) for column, cell in zip(table.columns, row, strict=True)))
        console.print(grid)
        for note in table.notes:
            console.print(f"  {note}", style="dim", soft_wrap=True)
        console.print()


def _plain(cell: Cell) -> Cell:
    return round(cell, 4) if isinstance(cell, float) else cell
