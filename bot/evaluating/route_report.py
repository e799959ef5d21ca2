"""What `pkgdesk eval route` measured, told to people as a table and to programs as JSON.

Every share comes with its 95 % interval and with what it is a share of. The keys of the JSON are documented
in docs/how-to/measure-routing.md.
"""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from bot.evaluating.burden import Burden
from bot.evaluating.clock import Lap
from bot.evaluating.measures import Share
from bot.evaluating.route import Measured
from bot.evaluating.routed import Band
from bot.evaluating.tables import (
    Data,
    Row,
    counted,
    estimate_data,
    estimate_row,
    number,
    rounded,
    share_data,
    share_row,
    show_table,
)

_LEGEND = (
    "right: the likeliest section is one of those that own it. surest: by its own confidence. In turn: "
    "whoever was asked the fewest times; nobody is asleep, away or over their budget here."
)

# --- for people ---------------------------------------------------------------------------------------


def show(console: Console, measured: Measured) -> None:
    """Print everything."""
    for line in (_asked(measured), _map(measured)):
        console.print(Text(line), soft_wrap=not console.is_terminal)
    show_table(
        console,
        (
            ("The right section is found", _finding(measured)),
            ("Right is told from wrong", _telling(measured)),
            ("Right among the surest", _covered(measured)),
            (f"What the desk does (route_at {measured.plan.route_at:g})", _acting(measured)),
            ("Load", _load(measured)),
            ("Time for a question, ms", _times(measured)),
            ("Getting ready, s", _ready(measured)),
            ("Memory, MiB", _memory(measured)),
        ),
    )
    console.print(Text(_LEGEND, "dim"), soft_wrap=not console.is_terminal)


def _asked(measured: Measured) -> str:
    nobody = measured.cases - measured.owned
    lost = f", {number(measured.lost)} of them because the map does not have their sections"
    questions = counted(measured.cases, "question", "questions")
    return (
        f"{questions}, {number(measured.with_paragraph)} with a paragraph: "
        f"{number(measured.owned)} that a section owns, {number(nobody)} that none does"
        f"{lost if measured.lost else ''}."
    )


def _map(measured: Measured) -> str:
    learned = measured.learned
    if learned is None:
        history = "no history"
    else:
        without = f" ({number(learned.left_out)} left out)" if learned.left_out else ""
        history = f"learned from {counted(learned.commits, 'commit', 'commits')}{without}"
    sections = counted(measured.sections, "section", "sections")
    return f"{sections}, {counted(measured.people, 'person', 'people')}, {history}."


def _finding(measured: Measured) -> Iterator[Row]:
    yield share_row("first", measured.first)
    yield share_row("among first three", measured.among_three)
    yield estimate_row("mean reciprocal rank", measured.reciprocal_rank)


def _telling(measured: Measured) -> Iterator[Row]:
    yield estimate_row("AUROC", measured.telling)
    yield estimate_row("Brier score", measured.brier)
    error = measured.calibration_error
    yield "calibration error", "–" if error is None else f"{error:.3f}", "", number(measured.brier.n)


def _covered(measured: Measured) -> Iterator[Row]:
    for share, right in measured.covered:
        yield share_row(f"{100 * share} % of all", right)


def _acting(measured: Measured) -> Iterator[Row]:
    for band, said in (
        (Band.ROUTE, "a section's person is asked"),
        (Band.TRIAGE, "a triager is asked"),
        (Band.NOBODY, "nothing points anywhere"),
    ):
        yield share_row(said, measured.bands[band])
    yield share_row("right where a person is asked", measured.acting.precision)
    yield share_row("one of the triager's three is right", measured.triage)
    yield share_row("asked though nobody owns it", measured.acting.false_answers)


def _load(measured: Measured) -> Iterator[Row]:
    all_, right = measured.burden, measured.burden_right
    reached = number(all_.questions)
    everybody = f"{all_.pings / all_.questions:.2f}" if all_.questions else "–"
    yield "pings a question, to everybody", everybody, "", reached
    yield "pings a question, one at a time", "1" if all_.questions else "–", "", reached
    yield share_row("busiest person, listed first", Share(all_.listed_first, all_.questions))
    yield share_row("busiest person, in turn", Share(all_.in_turn, all_.questions))
    yield share_row("the same where it is right", Share(right.in_turn, right.questions))


def _times(measured: Measured) -> Iterator[Row]:
    yield "p50", f"{measured.p50:.2f}", "", number(measured.cases)
    yield "p99", f"{measured.p99:.2f}", "", number(measured.cases)


def _ready(measured: Measured) -> Iterator[Row]:
    yield "loading the map", f"{measured.loading.seconds:.2f}", "", number(measured.sections)
    if (learned := measured.learned) is not None:
        yield "reading the history", f"{learned.reading:.2f}", "", number(learned.commits + learned.left_out)
        yield "learning from it", f"{learned.learning:.2f}", "", number(learned.commits)


def _memory(measured: Measured) -> Iterator[Row]:
    learned = measured.learned
    for name, memory in (
        ("the map", measured.loading.memory),
        ("what was learned", learned.memory if learned is not None else None),
    ):
        if memory is not None:
            yield name, f"{max(0.0, memory):,.0f}", "", ""
    yield "process at its peak", f"{measured.peak:,.0f}", "", ""


# --- for programs -------------------------------------------------------------------------------------


def data(measured: Measured) -> Data:
    """Everything as what JSON can hold."""
    plan, learned = measured.plan, measured.learned
    return {
        "map": {
            "path": plan.named,
            "sections": measured.sections,
            "people": measured.people,
            **_lap_data(measured.loading),
        },
        "history": None
        if learned is None
        else {
            "path": str(plan.history),
            "commits": learned.commits,
            "left_out": learned.left_out,
            "seconds": {"reading": round(learned.reading, 4), "learning": round(learned.learning, 4)},
            "mebibytes": rounded(learned.memory),
        },
        "cases": {
            "path": str(plan.cases),
            "asked": measured.cases,
            "with_paragraph": measured.with_paragraph,
            "owned": measured.owned,
            "unowned": measured.cases - measured.owned,
            "gold_missing": measured.lost,
            "missing": measured.missing,
        },
        "accuracy_at_1": share_data(measured.first),
        "accuracy_at_3": share_data(measured.among_three),
        "mrr": estimate_data(measured.reciprocal_rank),
        "auroc": estimate_data(measured.telling),
        "calibration": {
            "brier": estimate_data(measured.brier),
            "error": rounded(measured.calibration_error),
        },
        "coverage": [
            {"coverage": float(share), "accuracy": share_data(right)} for share, right in measured.covered
        ],
        "own": {
            "route_at": plan.route_at,
            "bands": {band.value: share_data(share) for band, share in measured.bands.items()},
            "accuracy": share_data(measured.acting.precision),
            "triage_at_3": share_data(measured.triage),
            "false_routes": share_data(measured.acting.false_answers),
        },
        "load": {"all": _burden_data(measured.burden), "right": _burden_data(measured.burden_right)},
        "milliseconds": {"p50": round(measured.p50, 4), "p99": round(measured.p99, 4)},
        "mebibytes": {"peak": round(measured.peak, 1)},
    }


def _lap_data(lap: Lap) -> Data:
    return {"seconds": round(lap.seconds, 4), "mebibytes": rounded(lap.memory)}


def _burden_data(burden: Burden) -> Data:
    return {
        "questions": burden.questions,
        "people": burden.people,
        "pings_to_everybody": burden.pings,
        "busiest_listed_first": share_data(Share(burden.listed_first, burden.questions)),
        "busiest_in_turn": share_data(Share(burden.in_turn, burden.questions)),
    }
