"""The vitals of a desk at one moment, and what they mean: is it well, is it alive, and how one says so.

Pure: values in, values out. *Well* is for people and programs that watch (`health`); *alive* decides whether
the process ought to be started anew (`alive`), which helps against a desk that hangs, and not against a
network that is down.

Imports of ours: values of the desk and of the transports.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.desk.model import State
from bot.desk.upstream import Trouble, Upstream
from bot.monitoring import metrics
from bot.monitoring.metrics import Metric
from bot.monitoring.rhythm import STUCK
from bot.transports.base import Attendance

SLOW = timedelta(seconds=30)
"""For how long one event may be worked on; usual are milliseconds, and some seconds for a busy database."""

OVERDUE = timedelta(minutes=5)
"""By how much a deadline may be late. One that could not be handled is tried again every minute."""


@dataclass(frozen=True, slots=True)
class StoreVitals:
    """How the database does. `answers`: it could be read; `reached`: the connection stands, which that to a
    server may not; `silent`: for how long it has been asked in vain; `complaint`: why it cannot be read or
    written, None where it can; `questions`: how many there are in each state; `next_due`: the earliest
    deadline."""

    answers: bool = True
    reached: bool = True
    silent: timedelta = timedelta()
    complaint: str | None = None
    questions: Mapping[State, int] = field(default_factory=dict)
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reloads:
    """When knowledge and map came into use, when they last could not, and what was wrong with them."""

    success: datetime | None = None
    failure: datetime | None = None
    problems: int = 0
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Vitals:
    """A desk at the moment `at`.

    `networks`: each with how the desk sits there; `lines`: how many lines wait for each. `events`: how many
    events wait to be decided; `under_way`: for how long the one at hand has been worked on. `upstream`: how
    the knowledge base stands to its remote repository.
    """

    at: datetime
    started: datetime
    version: str
    store: StoreVitals = field(default_factory=StoreVitals)
    networks: Mapping[str, Attendance] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    events: int = 0
    under_way: timedelta = timedelta()
    paused: bool = False
    reloads: Reloads = field(default_factory=Reloads)
    upstream: Upstream = field(default_factory=Upstream)

    @property
    def uptime(self) -> timedelta:
        return max(timedelta(), self.at - self.started)

    @property
    def overdue(self) -> timedelta:
        """By how much the earliest deadline is late; a paused desk lets them wait."""
        due = self.store.next_due
        return max(timedelta(), self.at - due) if due is not None and not self.paused else timedelta()

    @property
    def live_questions(self) -> int:
        return sum(many for state, many in self.store.questions.items() if not state.ended)


@dataclass(frozen=True, slots=True)
class Health:
    """`reasons`: what is wrong with the desk; none means that it is well. `notes`: what is worth knowing and
    takes nothing from what the desk does for people now."""

    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        return not self.reasons


def health(vitals: Vitals) -> Health:
    """Whether the desk does what it is there for. Not a word of anybody's text is in it."""
    return Health(tuple(_reasons(vitals)), tuple(_notes(vitals)))


def alive(vitals: Vitals, stuck: timedelta = STUCK) -> bool:
    """Whether the process does its work at all: neither has the database been asked in vain for as long as
    `stuck`, nor is the event at hand the same for so long. One slow answer is nothing. (That this could be
    asked shows that the event loop turns.) For a server that has gone away the desk waits, by design:
    starting it anew would not bring that back."""
    return not vitals.store.reached or max(vitals.store.silent, vitals.under_way) < stuck


def status(vitals: Vitals) -> str:
    """One line for `systemctl status`."""
    there = [name for name, attendance in vitals.networks.items() if attendance.connected]
    away = [name for name in vitals.networks if name not in there]
    parts = [
        "paused" if vitals.paused else "",
        f"on {', '.join(there)}" if there else "",
        f"not on {', '.join(away)}" if away else "",
        f"{vitals.live_questions} questions under way"
        if vitals.live_questions != 1
        else "1 question under way",
        *(reason for reason in _reasons(vitals) if not reason.endswith(_NOT_CONNECTED)),
    ]
    return "; ".join(part for part in parts if part)


def report(vitals: Vitals) -> dict[str, Any]:
    """What `/healthz` answers, for JSON."""
    found = health(vitals)
    return {
        "status": "ok" if found.well else "failing",
        "reasons": list(found.reasons),
        "notes": list(found.notes),
        "version": vitals.version,
        "uptime_seconds": round(vitals.uptime.total_seconds(), 1),
        "paused": vitals.paused,
        "networks": {
            name: {
                "connected": attendance.connected,
                "identified": attendance.identified,
                "missing_channels": list(attendance.missing),
                "lines_waiting": vitals.lines.get(name, 0),
            }
            for name, attendance in vitals.networks.items()
        },
        "questions": {state.value: many for state, many in vitals.store.questions.items()},
        "events_waiting": vitals.events,
        "overdue_seconds": round(vitals.overdue.total_seconds(), 1),
        "reference_problems": vitals.reloads.problems,
        "base": {
            "unpushed_commits": vitals.upstream.unpushed,
            "trouble": vitals.upstream.trouble,
            "since": vitals.upstream.since.isoformat() if vitals.upstream.since is not None else None,
        },
    }


def gauges(vitals: Vitals, python: str) -> Iterator[tuple[Metric, tuple[str, ...], float]]:
    """Every figure that goes up and down, with its labels and its value."""
    store, reloads = vitals.store, vitals.reloads
    yield metrics.BUILD, (vitals.version, python), 1
    yield metrics.START, (), _unix(vitals.started)
    yield metrics.PAUSED, (), vitals.paused
    for network, attendance in vitals.networks.items():
        yield metrics.CONNECTED, (network,), attendance.connected
        if attendance.identified is not None:
            yield metrics.IDENTIFIED, (network,), attendance.identified
        yield metrics.CHANNELS_MISSING, (network,), len(attendance.missing)
        yield metrics.LINES_WAITING, (network,), vitals.lines.get(network, 0)
    yield metrics.STORE_UP, (), store.complaint is None
    if store.answers:
        for state in State:
            yield metrics.QUESTIONS, (state.value,), store.questions.get(state, 0)
        yield metrics.OVERDUE, (), vitals.overdue.total_seconds()
    yield metrics.EVENTS_WAITING, (), vitals.events
    yield metrics.EVENT_UNDER_WAY, (), vitals.under_way.total_seconds()
    yield metrics.RELOAD_SUCCESS, (), _unix(reloads.success)
    yield metrics.RELOAD_FAILURE, (), _unix(reloads.failure)
    yield metrics.PROBLEMS, (), reloads.problems
    yield metrics.ENTRIES, (), reloads.entries
    yield metrics.BASE_UNPUSHED, (), vitals.upstream.unpushed
    for trouble in Trouble:
        yield metrics.BASE_TROUBLE, (trouble.value,), vitals.upstream.trouble is trouble


_NOT_CONNECTED = ": not connected"


def _reasons(vitals: Vitals) -> Iterator[str]:
    for name, attendance in vitals.networks.items():
        if not attendance.connected:
            yield f"{name}{_NOT_CONNECTED}"
        elif attendance.missing:
            yield f"{name}: not in {', '.join(attendance.absences)}"
    if vitals.store.complaint is not None:
        yield f"the database: {vitals.store.complaint}"
    if vitals.under_way >= SLOW:
        seconds = vitals.under_way.total_seconds()
        yield f"one event has been worked on for {seconds:.0f} s, and {vitals.events} wait"
    if vitals.overdue >= OVERDUE:
        yield f"a deadline is late by {vitals.overdue.total_seconds():.0f} s"


def _notes(vitals: Vitals) -> Iterator[str]:
    if vitals.paused:
        yield "paused by an operator"
    for name, attendance in vitals.networks.items():
        if attendance.connected and attendance.identified is False:
            yield f"{name}: not logged in to the account"
    if vitals.reloads.problems:
        yield f"knowledge and map: {vitals.reloads.problems} to mend (pkgdesk check lists them)"
    success, failure = vitals.reloads.success, vitals.reloads.failure
    if failure is not None and (success is None or failure > success):
        yield f"knowledge and map could not be read anew at {failure.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if vitals.upstream.trouble is not None and vitals.upstream.since is not None:
        what = {
            Trouble.UNPUSHED: "what was published is not pushed",
            Trouble.AWAY: "its remote repository cannot be reached",
            Trouble.STUCK: "catching up with its remote repository fails",
        }[vitals.upstream.trouble]
        since = f"{vitals.upstream.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        yield f"the knowledge base: {what} since {since} (pkgdesk ctl status says why)"


def _unix(at: datetime | None) -> float:
    return at.timestamp() if at is not None else 0.0
