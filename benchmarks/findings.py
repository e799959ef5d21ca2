"""What was found of a desk on a real server beside other bots (`benchmarks.reach`): figures as values, and
the tables of them, the first of which sets them beside their goals. Measures nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks import journey
from benchmarks.figures import Cell, Column, Stopwatch, Table, percentile

OURS = "pkgdesk"
ALONE, ASYNCIO = "irc alone", "irc alone, on asyncio"
"""The library, on its own loop and on asyncio."""

Waits = Sequence[float | None]
"""Seconds until the answer came; None where it did not."""

_TIMES, _GROWN, _WAIT, _LINES, _P50, _P99 = 3.0, 1.0, 1_000.0, 1, 8.0, 25.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of processor for 10,000 lines of chatter; memory in MiB."""

    who: str
    spent: float
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Attack:
    """`said`: by how many, as people say it. `told`: lines to one attacker in any minute, to all of them in
    public, and in private. `spent`: seconds of processor. Where two kinds of `innocent` asked in one attack,
    the second has neither."""

    who: str
    said: str
    pacing: str
    innocent: str
    waits: Waits
    told: tuple[int, int, int] | None = None
    spent: float | None = None


@dataclass(slots=True)
class Findings:
    """`missing`: bots that were not measured, and why. `journeys`: seconds of each part of each."""

    lines: int
    rate: int
    entries: int
    missing: Mapping[str, str]
    costs: dict[str, Cost] = field(default_factory=dict)
    waits: dict[str, Waits] = field(default_factory=dict)
    attacks: list[Attack] = field(default_factory=list)
    journeys: list[dict[str, float]] = field(default_factory=list)

    def tables(self, people: str, latest: float) -> list[Table]:
        """`people`: who was there, in words; `latest`: for how many seconds an answer was waited for."""
        return [
            self._goals(),
            self._chatter(people),
            self._meanwhile(latest),
            self._attacked(),
            self._travelled(),
        ]

    def _goals(self) -> Table:
        ours = self.costs[OURS]
        rows: list[tuple[Cell, ...]] = []
        for name, cost in self.costs.items():
            if name not in (OURS, ASYNCIO):
                goal = _TIMES if name == ALONE else 1.0
                rows.append(
                    _goal(f"chatter: processor beside {name}", "times", ours.spent / cost.spent, goal)
                )
        if ours.before is not None and ours.after is not None:
            grown = 100 * (ours.after / ours.before - 1)
            rows.append(_goal("chatter: memory grown", "% of it", grown, _GROWN))
        rows.append(_goal("chatter: longest wait for an answer", "ms", _longest(self.waits[OURS]), _WAIT))
        mine = [attack for attack in self.attacks if attack.who == OURS]
        for each in mine:
            what = f"flood, {each.said}, pacing {each.pacing}: longest wait of {each.innocent}"
            rows.append(_goal(what, "ms", _longest(each.waits), _WAIT))
        told = max((each.told[0] for each in mine if each.told is not None), default=None)
        rows.append(_goal("flood: public lines to one attacker in a minute", "lines", told, _LINES))
        whole = [1e3 * sum(each.values()) for each in self.journeys]
        rows.append(_goal("line to answer, inside, p50", "ms", percentile(whole, 0.5), _P50))
        rows.append(_goal("line to answer, inside, p99", "ms", percentile(whole, 0.99), _P99))
        return Table(
            "irc/goals",
            "IRC: goals",
            (
                *(Column("what"), Column("in"), Column("measured", "", 2)),
                *(Column("goal, at most", "", 0), Column("kept")),
            ),
            tuple(rows),
            (
                f"chatter: {self.lines:,} lines at {self.rate:,} a second; flood: commands; where an answer "
                "did not come at all, its goal is not kept",
            ),
        )

    def _chatter(self, people: str) -> Table:
        least = self.costs[ALONE].spent
        return Table(
            "irc/chatter",
            "IRC: what hearing chatter costs",
            (
                Column("who"),
                Column("cpu for 10,000 lines", "s", 2),
                Column("beside irc alone", "times", 2),
                Column("memory before", "MiB"),
                Column("memory after", "MiB"),
            ),
            tuple(
                (each.who, each.spent, each.spent / least, each.before, each.after)
                for each in self.costs.values()
            ),
            (
                f"{self.lines:,} lines at {self.rate:,} a second, to no bot; {people}; one bot after the "
                "other on one InspIRCd",
                f"pkgdesk: `pkgdesk run`, {self.entries:,} entries, SQLite on disk, words alone; the others "
                "with as few plugins as they go with; none logs what is said",
                *(f"{name}: not measured, {why}" for name, why in self.missing.items()),
            ),
        )

    def _meanwhile(self, latest: float) -> Table:
        return Table(
            "irc/meanwhile",
            "IRC: how soon a question in the midst of it is answered",
            (
                Column("who"),
                *(Column("asked"), Column("answered"), Column("p50", "ms"), Column("longest", "ms")),
            ),
            tuple((who, *_waited(waits)) for who, waits in self.waits.items()),
            (
                f"while {self.rate:,} lines a second are said; from writing it to reading the answer; to "
                "pkgdesk a question that it knows, to the others `ping`; pacing off",
                f"who had no answer within {latest:.0f} s counts as asked, not as answered",
            ),
        )

    def _attacked(self) -> Table:
        return Table(
            "irc/attack",
            "IRC: a flood of commands, and the innocent",
            (
                *(Column("who"), Column("commands"), Column("pacing"), Column("innocent")),
                *(Column("asked"), Column("answered"), Column("p50", "ms"), Column("longest", "ms")),
                Column("to one attacker in a minute", "lines in public"),
                *(Column("to all in public", "lines"), Column("to all in private", "lines")),
                Column("cpu", "s", 2),
            ),
            tuple(
                (
                    *(each.who, each.said, each.pacing, each.innocent, *_waited(each.waits)),
                    *(each.told or (None, None, None)),
                    each.spent,
                )
                for each in self.attacks
            ),
            (
                "the innocent have other nicks on the same host and ask in the same channel meanwhile; "
                "protection of the others from floods: as it comes",
            ),
        )

    def _travelled(self) -> Table:
        whole = [1e3 * sum(each.values()) for each in self.journeys]
        rows = [_spread(part, [1e3 * each[part] for each in self.journeys]) for _, part in journey.MILESTONES]
        return Table(
            "irc/journey",
            "IRC: from the line to the answer, inside the desk",
            (
                Column("part"),
                *(Column("mean", "ms", 2), Column("p50", "ms", 2)),
                *(Column("p99", "ms", 2), Column("longest", "ms", 2)),
            ),
            (*rows, _spread("from the line arriving to the answer leaving", whole)),
            (
                f"{len(whole)} questions that the desk knows, one at a time; {self.entries:,} entries, words "
                "alone, SQLite on disk, pacing off",
            ),
        )


def _goal(what: str, unit: str, measured: float | None, goal: float) -> tuple[Cell, ...]:
    return what, unit, measured, goal, "yes" if measured is not None and measured <= goal else "no"


def _longest(waits: Waits) -> float | None:
    """Milliseconds; None where an answer did not come."""
    came = [1e3 * wait for wait in waits if wait is not None]
    return max(came) if came and len(came) == len(waits) else None


def _waited(waits: Waits) -> tuple[Cell, ...]:
    """How many asked, how many had an answer, and median and longest wait in milliseconds."""
    came = Stopwatch([wait for wait in waits if wait is not None])
    return len(waits), len(came.taken), came.ms(0.5), came.ms(1.0)


def _spread(part: str, taken: Sequence[float]) -> tuple[Cell, ...]:
    mean = sum(taken) / len(taken) if taken else None
    return part, mean, *(percentile(taken, share) for share in (0.5, 0.99, 1.0))
