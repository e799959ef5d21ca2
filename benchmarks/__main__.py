"""The command line: `python -m benchmarks [NAME…] [--quick] [--json]`.

Tables go to standard output, what is going on to standard error, plots to `benchmarks/out`.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console

from benchmarks import ablation, base, lookup, matching, matrix, reach, river, routing, start, year
from benchmarks.figures import Cell, Column, Setup, Table, show
from benchmarks.plots import draw
from benchmarks.trees import SCRIPT
from knowledge.semantic import default_folder

HERE = Path(__file__).parent
OUT = HERE / "out"
DATA = HERE.parents[1] / "shared" / "data" / "match"
MODELS = (default_folder(os.environ), HERE.parent / ".venv" / "sentence-model")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""What tells libraries to compute on one thread, in the processes that measure."""

RECORDED = HERE.parent / "docs" / "figures"
MACHINE = "machine"
_WIDTH = 140

BENCHMARKS: dict[str, Callable[[Setup], list[Table]]] = {
    "matching": matching.measure,
    "ablation": ablation.measure,
    "routing": routing.measure,
    "lookup": lookup.measure,
    "river": river.measure,
    "irc": reach.measure,
    "matrix": matrix.measure,
    "start": start.measure,
    "base": base.measure,
    "year": year.measure,
}


def main() -> None:
    options = _options()
    os.environ.update(dict.fromkeys(THREADS, "1"))
    # Where nobody looks on, there is room.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    OUT.mkdir(exist_ok=True)
    tables: list[Table] = []
    # Beside the plots, not in the system's folder: that one may be in memory, where a commit costs nothing.
    with tempfile.TemporaryDirectory(prefix="work-", dir=OUT) as work:
        kept = Path(work) if options.quick else OUT
        # What desks keep of the bases here goes with them.
        os.environ["XDG_CACHE_HOME"] = f"{work}/cache"
        setup = Setup(
            *(options.quick, options.data, options.model, kept, Path(work), time.monotonic()),
            *(options.tree, options.script),
        )
        runs: list[tuple[Cell, ...]] = []
        for name in options.names or BENCHMARKS:
            load, started = os.getloadavg()[0], time.monotonic()
            measured = _alone(BENCHMARKS[name], setup)
            tables += measured
            runs.append((name, time.monotonic() - started, load, os.getloadavg()[0]))
            if not options.json:
                show(measured, console)
    tables.append(_machine(runs))
    if not options.json:
        show(tables[-1:], console)
    for path in draw(tables, OUT, setup.note):
        setup.note(f"drawn: {path}")
    if options.record:
        _record(tables, options.names, setup)
    if options.json:
        print(json.dumps([table.data() for table in tables], indent=2, ensure_ascii=False))
    setup.note("done")


def _record(tables: Sequence[Table], names: Sequence[str], setup: Setup) -> None:
    """Write the figures and the plots that the documentation shows."""
    RECORDED.mkdir(exist_ok=True)
    for name in names:
        chosen = [table for table in tables if table.name.split("/")[0] in (name, MACHINE)]
        path = RECORDED / f"{name}.json"
        text = json.dumps([table.data() for table in chosen], indent=1, ensure_ascii=False)
        path.write_text(f"{text}\n", "utf-8")
        for each in (path, *draw(chosen, RECORDED, setup.note, "svg")):
            setup.note(f"recorded: {each}; `make docs` puts the figures on the pages")


def _alone(measure: Callable[[Setup], list[Table]], setup: Setup) -> list[Table]:
    """Measure in a process of its own, in which nothing was done before."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, setup).result()


def _machine(runs: list[tuple[Cell, ...]]) -> Table:
    """What it was measured on, and whether anything else was going on there."""
    return Table(
        MACHINE,
        f"Machine: {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}",
        (
            Column("benchmark"),
            Column("took", "s"),
            Column("load before", "processes", 2),
            Column("load after", "processes", 2),
        ),
        tuple(runs),
        ("a load before near the number of cores means that others had their share of every duration",),
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="less of everything, in well under a minute")
    parser.add_argument("--json", action="store_true", help="print the tables as JSON")
    parser.add_argument(
        "--data",
        type=Path,
        default=DATA,
        metavar="DIR",
        help=f"public sets to match on (default: {DATA.relative_to(HERE.parents[1])} beside the repository)",
    )
    parser.add_argument(
        "--model",
        type=Path,
        default=next((folder for folder in MODELS if folder.exists()), MODELS[0]),
        metavar="DIR",
        help="the sentence model (default: where `pkgdesk model install` puts it, or else `make test`)",
    )
    parser.add_argument(
        "--tree",
        type=Path,
        metavar="DIR",
        help="lookup: a checkout with MAINTAINERS, instead of what is kept",
    )
    parser.add_argument(
        "--script",
        type=Path,
        metavar="FILE",
        help=f"lookup: its get_maintainer.pl (default: {SCRIPT} in the tree)",
    )
    parser.add_argument(
        "--record", action="store_true", help="keep figures and plots of the NAMEs for the documentation"
    )
    options = parser.parse_args()
    if options.record and (options.quick or not options.names):
        parser.error("--record is for whole runs of what is named: leave out --quick, and say which")
    if options.tree is not None and options.script is None:
        options.script = options.tree / SCRIPT
    for name in options.names:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark {name}: choose from {', '.join(BENCHMARKS)}")
    return options


if __name__ == "__main__":
    main()
