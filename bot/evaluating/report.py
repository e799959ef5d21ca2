"""What `pkgdesk eval match` measured, told to people as a table and to programs as JSON.

Every share comes with its 95 % interval and with what it is a share of. The keys of the JSON are documented
in docs/how-to/measure-matching.md.
"""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from bot.evaluating.match import Measured
from bot.evaluating.measures import PRECISION, Answering
from bot.evaluating.tables import (
    Data,
    Row,
    estimate_data,
    estimate_row,
    number,
    rounded,
    share_data,
    share_row,
    show_table,
)

_LEGEND = (
    "coverage: right answers, of the questions that the base answers; precision: right answers, of those "
    "given; false answers: of the questions that it does not answer. The oracle knows the best threshold."
)

# --- for people ---------------------------------------------------------------------------------------


def show(console: Console, measured: Measured) -> None:
    """Print everything."""
    console.print(Text(_asked(measured)), soft_wrap=not console.is_terminal)
    console.print(Text(_base(measured)), soft_wrap=not console.is_terminal)
    show_table(
        console,
        (
            ("The right entry is found", _finding(measured)),
            ("Right is told from wrong", _telling(measured)),
            ("What the desk answers", _answering(measured.own)),
            (f"Oracle at {100 * float(PRECISION):.0f} % precision", _oracle(measured.oracle)),
            ("Time for a question, ms", _times(measured)),
            ("Building, s", _building(measured)),
            ("Memory, MiB", _memory(measured)),
        ),
    )
    console.print(Text(_LEGEND, "dim"), soft_wrap=not console.is_terminal)


def _asked(measured: Measured) -> str:
    noise = f", with typing errors ({measured.plan.noise}, seed {measured.plan.seed})"
    lost = f", {number(measured.lost)} of them because their entries are not in the base"
    unanswerable = measured.queries - measured.answerable
    said = " that nobody addressed to the desk" if measured.plan.overheard else ""
    return (
        f"{number(measured.queries)} questions{said}{noise if measured.plan.noise else ''}: "
        f"{number(measured.answerable)} that the base answers, {number(unanswerable)} that it does not"
        f"{lost if measured.lost else ''}."
    )


def _base(measured: Measured) -> str:
    seed = measured.plan.seed
    left_out = f" ({number(measured.left_out)} left out, seed {seed})" if measured.plan.without else ""
    return (
        f"{number(measured.entries)} entries{left_out} with {number(measured.phrasings)} phrasings, "
        f"{f'words and {measured.model}' if measured.model else 'words alone'}."
    )


def _finding(measured: Measured) -> Iterator[Row]:
    yield share_row("first", measured.first)
    yield share_row("among first three", measured.among_three)
    yield estimate_row("mean reciprocal rank", measured.reciprocal_rank)


def _telling(measured: Measured) -> Iterator[Row]:
    yield estimate_row("AUROC", measured.telling)


def _answering(found: Answering) -> Iterator[Row]:
    yield share_row("coverage", found.coverage)
    yield share_row("precision", found.precision)
    yield share_row("questions answered", found.answered)
    yield share_row("false answers", found.false_answers)


def _oracle(found: Answering) -> Iterator[Row]:
    yield share_row("coverage", found.coverage)
    yield share_row("precision", found.precision)
    threshold = "–" if found.threshold is None else f"{100 * found.threshold:.1f} %"
    yield "its threshold", threshold, "", ""


def _times(measured: Measured) -> Iterator[Row]:
    yield "p50", f"{measured.p50:.2f}", "", number(measured.queries)
    yield "p99", f"{measured.p99:.2f}", "", number(measured.queries)


def _building(measured: Measured) -> Iterator[Row]:
    costs = measured.costs
    texts = "" if costs.embedded is None else number(costs.embedded)
    for name, seconds, of in (
        ("index", costs.index, ""),
        ("loading the model", costs.model, ""),
        ("embedding", costs.embeddings, texts),
        ("calibration", costs.calibration, ""),
    ):
        if seconds is not None:
            yield name, f"{seconds:.2f}", "", of


def _memory(measured: Measured) -> Iterator[Row]:
    costs = measured.costs
    for name, memory in (
        ("the base", costs.memory),
        ("the model", costs.model_memory),
        ("process at its peak", measured.peak),
    ):
        if memory is not None:
            yield name, f"{memory:,.0f}", "", ""


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
        "recall_at_1": share_data(measured.first),
        "recall_at_3": share_data(measured.among_three),
        "mrr": estimate_data(measured.reciprocal_rank),
        "auroc": estimate_data(measured.telling),
        "own": {
            "answer_at": measured.answer_at,
            "gap": measured.gap,
            **answering_data(measured.own),
        },
        "oracle": {
            "at_precision": float(PRECISION),
            "threshold": measured.oracle.threshold,
            **answering_data(measured.oracle),
        },
        "milliseconds": {"p50": round(measured.p50, 4), "p99": round(measured.p99, 4)},
        "seconds": {
            "index": round(costs.index, 4),
            "model": rounded(costs.model),
            "embeddings": rounded(costs.embeddings),
            "calibration": round(costs.calibration, 4),
        },
        "embedded": costs.embedded,
        "mebibytes": {
            "base": rounded(costs.memory),
            "model": rounded(costs.model_memory),
            "peak": round(measured.peak, 1),
        },
    }


def answering_data(found: Answering) -> Data:
    return {
        "coverage": share_data(found.coverage),
        "precision": share_data(found.precision),
        "answered": share_data(found.answered),
        "false_answers": share_data(found.false_answers),
    }
