"""Plots of what was measured, as PNG files, or as SVG files for the documentation. Without matplotlib (it is
in the extra `dev`) there are none."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.figures import Table

_OURS = {"pkgdesk, words": "#5aa0d8", "pkgdesk, model": "#0b4f8a", "pkgdesk": "#0b4f8a"}
_COLOURS = ("#e08e0b", "#a63d40", "#5b8c5a", "#7a6f9b", "#9b9b9b", "#c9b8a0")
_PARTS = (*_COLOURS, "#5aa0d8", "#0b4f8a", "#c46a8d", "#3f7f7a")
_SIZE = (9.5, 4.5)
_SVG: Any = {"svg.fonttype": "none", "svg.hashsalt": "pkgdesk", "font.family": "sans-serif"}
"""Text stays text, and the same figures make the same file."""


def draw(tables: Sequence[Table], folder: Path, note: Callable[[str], None], kind: str = "png") -> list[Path]:
    """Draw what there is a plot for; the files that were written."""
    try:
        import matplotlib as mpl
    except ImportError:
        note("no plots: matplotlib is not installed")
        return []
    mpl.use("Agg")
    drawn = []
    with mpl.rc_context(_SVG):
        for table in tables:
            if table.name in PLOTS and table.rows:
                path = folder / f"{table.name.replace('/', '-')}.{kind}"
                PLOTS[table.name](table, path)
                drawn.append(path)
    return drawn


def _quality(table: Table, path: Path) -> None:
    """The right entry is the first, as typed and misspelt, for each set and size."""
    rows = table.data()["rows"]
    methods = list(dict.fromkeys(row["method"] for row in rows))
    groups = list(dict.fromkeys((row["questions"], row["entries"]) for row in rows))
    width, colours = 0.85 / len(methods), _colours(methods)
    with _figure(path, 2) as axes:
        for axis, column, spelt in zip(axes, ("first", "first, misspelt"), _SPELT, strict=True):
            for turn, method in enumerate(methods):
                found = {
                    (row["questions"], row["entries"]): row[column] for row in rows if row["method"] == method
                }
                places = [at + width * turn for at in range(len(groups))]
                values = [found.get(group) or 0.0 for group in groups]
                axis.bar(places, values, 0.95 * width, label=method, color=colours[method])
            axis.set_title(f"{spelt}: the right entry is the first, %", fontsize=10)
            labels = [f"{asked}\n{entries:,}" for asked, entries in groups]
            axis.set_xticks([at + 0.42 - width / 2 for at in range(len(groups))], labels, fontsize=8)
            axis.set_ylim(0, 100)
            axis.grid(axis="y", alpha=0.3)
        _legend(axes)


def _latency(table: Table, path: Path) -> None:
    """Time for a misspelt question over the size of the base: the median, and what 1 % exceed."""
    rows = table.data()["rows"]
    colours = _colours(dict.fromkeys(row["method"] for row in rows))
    with _figure(path, 2) as axes:
        for axis, share in zip(axes, ("p50", "p99"), strict=True):
            for method in dict.fromkeys(row["method"] for row in rows):
                mine = [row for row in rows if row["method"] == method]
                sizes, times = [row["entries"] for row in mine], [row[f"{share}, misspelt"] for row in mine]
                axis.plot(sizes, times, "o-", label=method, color=colours[method])
            axis.set(xscale="log", yscale="log", xlabel="entries", ylabel="ms")
            axis.set_title(f"time for a misspelt question, {share}", fontsize=10)
            axis.grid(alpha=0.3)
        low, high = (pick(bound for axis in axes for bound in axis.get_ylim()) for pick in (min, max))
        for axis in axes:
            axis.set_ylim(low, high)
        _legend(axes)


_SPELT = ("As typed", "Misspelt")


def _colours(methods: Iterable[str]) -> dict[str, str]:
    """A colour for each method: ours have their own."""
    others = [method for method in methods if method not in _OURS]
    return {**_OURS, **dict(zip(others, cycle(_COLOURS)))}


def _legend(axes: Sequence[Any]) -> None:
    handles, names = axes[0].get_legend_handles_labels()
    axes[0].figure.legend(handles, names, loc="outside lower center", ncols=min(4, len(names)), fontsize=8)


def _coverage(table: Table, path: Path) -> None:
    """How often the first section is right among the questions that a way is surest of, for each project."""
    rows = table.data()["rows"]
    projects = list(dict.fromkeys(row["project"] for row in rows))
    shares = [int(name.split()[1]) for name in (each.name for each in table.columns) if _SUREST in name]
    colours = _colours(dict.fromkeys(row["way"] for row in rows))
    with _figure(path, len(projects)) as axes:
        for axis, project in zip(axes, projects, strict=True):
            for row in rows:
                if row["project"] == project:
                    right = [row[f"{_SUREST} {share} %"] for share in shares]
                    axis.plot(shares, right, "o-", label=row["way"], color=colours[row["way"]])
            axis.set_title(f"{project}: the right section is the first, %", fontsize=10)
            axis.set(xlabel="% of the questions, the surest", ylim=(0, 100), xticks=shares)
            axis.invert_xaxis()
            axis.grid(alpha=0.3)
        _legend(axes)


_SUREST = "surest"


def _answers(table: Table, path: Path) -> None:
    """From the line to its answer: p50 and p99."""
    with _figure(path, 1) as (axis,):
        names = [str(name) for name in table.column(table.columns[0].name)]
        for column, colour in (("p99", "#e08e0b"), ("p50", "#1b6ca8")):
            axis.barh(names, [value or 0.0 for value in table.column(column)], label=column, color=colour)
        axis.set(xscale="log", xlim=(1, None), xlabel="ms")
        axis.set_title(table.title)
        axis.invert_yaxis()
        axis.legend(fontsize=8)


def _burden(table: Table, path: Path) -> None:
    """How many pings the busiest people had, beside what they would have had."""
    rows = table.data()["rows"]
    ways = [column.name for column in table.columns if column.unit == "pings"]
    width, colours = 0.85 / len(ways), _colours(ways)
    with _figure(path, 1) as (axis,):
        for turn, way in enumerate(ways):
            places = [row["place"] + width * turn for row in rows]
            axis.bar(places, [row[way] for row in rows], 0.95 * width, label=way, color=colours[way])
        axis.set_title("pings in a year, the busiest people first", fontsize=10)
        axis.set_xticks([row["place"] + 0.42 - width / 2 for row in rows], [row["place"] for row in rows])
        axis.grid(axis="y", alpha=0.3)
        axis.legend(fontsize=8)


def _chatter(table: Table, path: Path) -> None:
    """What hearing costs, beside the library alone."""
    with _figure(path, 1) as (axis,):
        names = [str(name) for name in table.column("who")]
        colours = [_OURS.get(name, "#9b9b9b" if name.startswith("irc") else "#e08e0b") for name in names]
        bars = axis.barh(names, [cost or 0.0 for cost in table.column("cpu for 10,000 lines")], color=colours)
        times = table.column("beside irc alone")
        axis.bar_label(bars, [f"{ratio:.1f} times" for ratio in times], padding=3, fontsize=9)
        axis.set(xlabel="seconds of processor for 10,000 lines of chatter")
        axis.margins(x=0.12)
        axis.invert_yaxis()
        axis.grid(axis="x", alpha=0.3)


def _rooms(table: Table, path: Path) -> None:
    """What reading many rooms costs, beside the library alone."""
    with _figure(path, 1) as (axis,):
        names = [str(name) for name in table.column("who")]
        colours = [_OURS.get(name, "#9b9b9b" if "alone" in name else "#e08e0b") for name in names]
        bars = axis.barh(names, [share or 0.0 for share in table.column("cpu")], color=colours)
        axis.bar_label(bars, fmt="%.1f %%", padding=3, fontsize=9)
        axis.set(xlabel="% of a core")
        axis.margins(x=0.12)
        axis.invert_yaxis()
        axis.grid(axis="x", alpha=0.3)


def _journey(table: Table, path: Path) -> None:
    """The parts of an answer's way one behind the other, at the median."""
    rows = table.data()["rows"][:-1]
    with _figure(path, 1) as (axis,):
        at = 0.0
        for row, colour in zip(rows, cycle(_PARTS)):
            axis.barh([""], [row["p50"] or 0.0], left=at, label=row["part"], color=colour)
            at += row["p50"] or 0.0
        axis.set(xlabel="ms, medians of the parts")
        axis.set_title("from the line arriving to the answer leaving", fontsize=10)
        axis.figure.legend(loc="outside lower center", ncols=2, fontsize=8)


@contextmanager
def _figure(path: Path, count: int) -> Iterator[Sequence[Any]]:
    """Axes side by side, saved to `path` at the end."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, count, figsize=_SIZE, layout="constrained", squeeze=False)
    try:
        yield axes[0]
        figure.savefig(path, dpi=120, metadata={"Date": None} if path.suffix == ".svg" else None)
    finally:
        pyplot.close(figure)


PLOTS: dict[str, Callable[[Table, Path], None]] = {
    "matching/quality": _quality,
    "matching/latency": _latency,
    "river/answers": _answers,
    "year/burden": _burden,
    "routing/coverage": _coverage,
    "irc/chatter": _chatter,
    "irc/journey": _journey,
    "matrix/rooms": _rooms,
    "matrix/answers": _answers,
}
