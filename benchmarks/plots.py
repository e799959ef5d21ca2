"""Plots of what was measured, as PNG files. Without matplotlib (it is in the extra `dev`) there are none."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import Table

_COLOURS = ("#1b6ca8", "#e08e0b", "#5b8c5a", "#a63d40")
_SIZE = (9, 4.5)


def draw(tables: Sequence[Table], folder: Path, note: Callable[[str], None]) -> list[Path]:
    """Draw what there is a plot for; the files that were written."""
    try:
        import matplotlib as mpl
    except ImportError:
        note("no plots: matplotlib is not installed")
        return []
    mpl.use("Agg")
    drawn = []
    for table in tables:
        if table.name in _PLOTS and table.rows:
            path = folder / f"{table.name.replace('/', '-')}.png"
            _PLOTS[table.name](table, path)
            drawn.append(path)
    return drawn


def _quality(table: Table, path: Path) -> None:
    """The right entry among the first three, as typed and mistyped, for each set and size."""
    methods = list(dict.fromkeys(table.column("method")))
    groups = list(dict.fromkeys(zip(table.column("questions"), table.column("entries"), strict=True)))
    with _figure(path, 2) as axes:
        for axis, column in zip(axes, ("in three", "in three, mistyped"), strict=True):
            for turn, method in enumerate(methods):
                values = [
                    row[column] or 0.0
                    for group in groups
                    for row in table.data()["rows"]
                    if row["method"] == method and (row["questions"], row["entries"]) == group
                ]
                places = [at + 0.2 * turn for at in range(len(groups))]
                axis.bar(places, values, 0.19, label=method, color=_COLOURS[turn])
            axis.set_title(f"right entry {column}, %")
            labels = [f"{asked}\n{entries:,}" for asked, entries in groups]
            axis.set_xticks([at + 0.3 for at in range(len(groups))], labels, fontsize=7)
            axis.set_ylim(0, 100)
        handles, names = axes[0].get_legend_handles_labels()
        axes[0].figure.legend(handles, names, loc="outside lower center", ncols=len(names), fontsize=8)


def _latency(table: Table, path: Path) -> None:
    """Time for a question over the size of the base; a band from p50 to p99."""
    first = table.rows[0][0]
    with _figure(path, 1) as (axis,):
        for turn, method in enumerate(dict.fromkeys(table.column("method"))):
            rows = [
                row for row in table.data()["rows"] if row["method"] == method and row["questions"] == first
            ]
            sizes = [row["entries"] for row in rows]
            axis.plot(sizes, [row["p50"] for row in rows], "o-", label=method, color=_COLOURS[turn])
            bounds = [row["p50"] for row in rows], [row["p99"] for row in rows]
            axis.fill_between(sizes, *bounds, alpha=0.15, color=_COLOURS[turn])
        axis.set(xscale="log", yscale="log", xlabel="entries", ylabel="ms")
        axis.set_title("time for a question: median, shaded to p99")
        axis.legend(fontsize=8)


def _answers(table: Table, path: Path) -> None:
    """From the line to its answer: p50 and p99."""
    with _figure(path, 1) as (axis,):
        names = [str(name) for name in table.column(table.columns[0].name)]
        for column, colour in (("p99", _COLOURS[1]), ("p50", _COLOURS[0])):
            axis.barh(names, [value or 0.0 for value in table.column(column)], label=column, color=colour)
        axis.set(xscale="log", xlim=(1, None), xlabel="ms")
        axis.set_title(table.title)
        axis.invert_yaxis()
        axis.legend(fontsize=8)


@contextmanager
def _figure(path: Path, count: int) -> Iterator[Sequence[Any]]:
    """Axes side by side, saved to `path` at the end."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, count, figsize=_SIZE, layout="constrained", squeeze=False)
    try:
        yield axes[0]
        figure.savefig(path, dpi=120)
    finally:
        pyplot.close(figure)


_PLOTS: dict[str, Callable[[Table, Path], None]] = {
    "matching/quality": _quality,
    "matching/latency": _latency,
    "river/answers": _answers,
}
