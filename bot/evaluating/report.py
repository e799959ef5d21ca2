"""What `pkgdesk eval match` measured, told to people as a table and to programs as JSON.

Every share comes with its 95 % interval and with what it is a share of. The keys of the JSON are documented
in docs/how-to/measure-matching.md.
"""

import os
from collections.abc import Iterator
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.evaluating.match import Measured
from bot.evaluating.measures import PRECISION, Answering, Estimate, Share

Data = dict[str, Any]
_Row = tuple[str, str, str, str]

_LEGEND = (
    "coverage: right answers, of the questions that the base answers; precision: right answers, of those "
    "given; false answers: of the questions that it does not answer. The oracle knows the best threshold."
)

WIDE = 60
"""Columns of a terminal from which on there is room for the intervals."""


# --- for people ---------------------------------------------------------------------------------------


def console(*, stderr: bool = False) -> Console:
    """Colour where there is a terminal. With NO_COLOR rich alone would still write bold and dim."""
    plain = bool(os.environ.get("NO_COLOR"))
    system: Literal["auto"] | None = None if plain else "auto"
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, color_system=system)


def show(console: Console, measured: Measured) -> None:
    """Print everything."""
    console.print(Text(_asked(measured)), soft_wrap=not console.is_terminal)
    console.print(Text(_base(measured)), soft_wrap=not console.is_terminal)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("")
    wide = console.width >= WIDE
    for head in ("", *(("95 % interval",) if wide else ()), "of"):
        table.add_column(head, justify="right", no_wrap=True)
    for title, rows in (
        ("The right entry is found", _finding(measured)),
        ("Right is told from wrong", _telling(measured)),
        ("What the desk answers", _answering(measured.own)),
        (f"Oracle at {100 * float(PRECISION):.0f} % precision", _oracle(measured.oracle)),
        ("Time for a question, ms", _times(measured)),
        ("Building, s", _building(measured)),
        ("Memory, MiB", _memory(measured)),
    ):
        table.add_row(Text(title, "bold"))
        for name, value, interval, of in rows:
            table.add_row(Text(f"  {name}"), value, *((interval,) if wide else ()), of)
    console.print(table)
    console.print(Text(_LEGEND, "dim"), soft_wrap=not console.is_terminal)


def _asked(measured: Measured) -> str:
    noise = f", with typing errors ({measured.plan.noise}, seed {measured.plan.seed})"
    lost = f", {_number(measured.lost)} of them because their entries are not in the base"
    unanswerable = measured.queries - measured.answerable
    said = " that nobody addressed to the desk" if measured.plan.overheard else ""
    return (
        f"{_number(measured.queries)} questions{said}{noise if measured.plan.noise else ''}: "
        f"{_number(measured.answerable)} that the base answers, {_number(unanswerable)} that it does not"
        f"{lost if measured.lost else ''}."
    )


def _base(measured: Measured) -> str:
    seed = measured.plan.seed
    left_out = f" ({_number(measured.left_out)} left out, seed {seed})" if measured.plan.without else ""
    return (
        f"{_number(measured.entries)} entries{left_out} with {_number(measured.phrasings)} phrasings, "
        f"{f'words and {measured.model}' if measured.model else 'words alone'}."
    )


def _finding(measured: Measured) -> Iterator[_Row]:
    yield _share("first", measured.first)
    yield _share("among first three", measured.among_three)
    yield _estimate("mean reciprocal rank", measured.reciprocal_rank)


def _telling(measured: Measured) -> Iterator[_Row]:
    yield _estimate("AUROC", measured.telling)


def _answering(found: Answering) -> Iterator[_Row]:
    yield _share("coverage", found.coverage)
    yield _share("precision", found.precision)
    yield _share("questions answered", found.answered)
    yield _share("false answers", found.false_answers)


def _oracle(found: Answering) -> Iterator[_Row]:
    yield _share("coverage", found.coverage)
    yield _share("precision", found.precision)
    threshold = "–" if found.threshold is None else f"{100 * found.threshold:.1f} %"
    yield "its threshold", threshold, "", ""


def _times(measured: Measured) -> Iterator[_Row]:
    yield "p50", f"{measured.p50:.2f}", "", _number(measured.queries)
    yield "p99", f"{measured.p99:.2f}", "", _number(measured.queries)


def _building(measured: Measured) -> Iterator[_Row]:
    costs = measured.costs
    texts = "" if costs.embedded is None else _number(costs.embedded)
    for name, seconds, of in (
        ("index", costs.index, ""),
        ("loading the model", costs.model, ""),
        ("embedding", costs.embeddings, texts),
        ("calibration", costs.calibration, ""),
    ):
        if seconds is not None:
            yield name, f"{seconds:.2f}", "", of


def _memory(measured: Measured) -> Iterator[_Row]:
    costs = measured.costs
    for name, memory in (
        ("the base", costs.memory),
        ("the model", costs.model_memory),
        ("process at its peak", measured.peak),
    ):
        if memory is not None:
            yield name, f"{memory:,.0f}", "", ""


def _share(name: str, share: Share) -> _Row:
    return name, _percent(share.value), _interval(share.interval, 100), _number(share.whole)


def _estimate(name: str, estimate: Estimate) -> _Row:
    value = "–" if estimate.value is None else f"{estimate.value:.3f}"
    return name, value, _interval(estimate.interval, 1), _number(estimate.n)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _interval(interval: tuple[float, float] | None, scale: int) -> str:
    if interval is None:
        return ""
    digits = 1 if scale == 100 else 3
    return "–".join(f"{scale * bound:.{digits}f}" for bound in interval)


def _number(number: int) -> str:
    return f"{number:,}"


# --- for programs -------------------------------------------------------------------------------------


def data(measured: Measured) -> Data:
    """Everything as what JSON can hold."""
    plan, costs = measured.plan, measured.costs
    return {
        "base": {
            "path": str(plan.entries),
            "entries": measured.entries,
            "phrasings": measured.phrasings,
            "left_out": measured.left_out,
            "model": measured.model,
        },
        "queries": {
            "path": str(plan.queries),
            "asked": measured.queries,
            "answerable": measured.answerable,
            "unanswerable": measured.queries - measured.answerable,
            "gold_missing": measured.lost,
            "noise": plan.noise.value if plan.noise is not None else None,
            "overheard": plan.overheard,
        },
        "seed": plan.seed,
        "recall_at_1": _share_data(measured.first),
        "recall_at_3": _share_data(measured.among_three),
        "mrr": _estimate_data(measured.reciprocal_rank),
        "auroc": _estimate_data(measured.telling),
        "own": {
            "answer_at": measured.answer_at,
            "gap": measured.gap,
            **_answering_data(measured.own),
        },
        "oracle": {
            "at_precision": float(PRECISION),
            "threshold": measured.oracle.threshold,
            **_answering_data(measured.oracle),
        },
        "milliseconds": {"p50": round(measured.p50, 4), "p99": round(measured.p99, 4)},
        "seconds": {
            "index": round(costs.index, 4),
            "model": _rounded(costs.model),
            "embeddings": _rounded(costs.embeddings),
            "calibration": round(costs.calibration, 4),
        },
        "embedded": costs.embedded,
        "mebibytes": {
            "base": _rounded(costs.memory),
            "model": _rounded(costs.model_memory),
            "peak": round(measured.peak, 1),
        },
    }


def _answering_data(found: Answering) -> Data:
    return {
        "coverage": _share_data(found.coverage),
        "precision": _share_data(found.precision),
        "answered": _share_data(found.answered),
        "false_answers": _share_data(found.false_answers),
    }


def _share_data(share: Share) -> Data:
    return {
        "value": _rounded(share.value),
        "low": _rounded(share.interval[0]) if share.interval else None,
        "high": _rounded(share.interval[1]) if share.interval else None,
        "count": share.part,
        "n": share.whole,
    }


def _estimate_data(estimate: Estimate) -> Data:
    return {
        "value": _rounded(estimate.value),
        "error": _rounded(estimate.error),
        "low": _rounded(estimate.interval[0]) if estimate.interval else None,
        "high": _rounded(estimate.interval[1]) if estimate.interval else None,
        "n": estimate.n,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
