"""What was found of a desk on a Matrix homeserver (`benchmarks.matrix`): figures as values, and the tables of
them, the first of which sets them beside their goals. Measures nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.figures import Cell, Column, Stopwatch, Table

OURS, ALONE = "pkgdesk", "matrix-nio alone"

_CPU, _JOIN, _P99, _GROWN = 15.0, 2_000.0, 50.0, 5.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading rooms costs: `used` seconds of processor in `took` seconds, for so many `lines`; memory in
    MiB; how many were `asked` in between and `answered`."""

    used: float
    took: float
    lines: int
    before: float | None
    after: float | None
    asked: int
    answered: int

    @property
    def share(self) -> float:
        """Percent of one core."""
        return 100 * self.used / self.took


@dataclass(slots=True)
class Findings:
    """`costs`: of each who; `joins`: seconds from the invitation until everybody in the room is known;
    `answers`: seconds from the answer to /sync until the line arrives. `missing`: what was not measured, and
    why."""

    rooms: int
    rate: int
    members: int
    entries: int
    missing: Mapping[str, str]
    costs: dict[str, Cost] = field(default_factory=dict)
    joins: dict[str, list[float]] = field(default_factory=dict)
    answers: dict[str, list[float]] = field(default_factory=dict)

    def tables(self) -> list[Table]:
        return [self._goals(), self._rooms(), self._joined(), self._answered()]

    def _goals(self) -> Table:
        ours = self.costs[OURS]
        joins, answers = Stopwatch(self.joins[OURS]), Stopwatch(self.answers[OURS])
        rows = [
            _goal(
                f"{self.members} members: joined, and all of them known, longest", "ms", joins.ms(1.0), _JOIN
            ),
            _goal(
                f"{self.rooms} rooms, {self.rate} lines a second: processor", "% of a core", ours.share, _CPU
            ),
            _goal("told to answered, p99", "ms", answers.ms(0.99), _P99),
        ]
        if ours.before is not None and ours.after is not None:
            grown = 100 * (ours.after / ours.before - 1)
            rows.insert(2, _goal("the same: memory grown", "% of it", grown, _GROWN))
        return Table(
            "matrix/goals",
            "Matrix: goals",
            (
                *(Column("what"), Column("in"), Column("measured", "", 2)),
                *(Column("goal, at most", "", 0), Column("kept")),
            ),
            tuple(rows),
        )

    def _rooms(self) -> Table:
        least = self.costs[ALONE].share if ALONE in self.costs else None
        return Table(
            "matrix/rooms",
            "Matrix: what reading many rooms costs",
            (
                *(Column("who"), Column("lines a second"), Column("cpu", "% of a core", 2)),
                *(Column("beside matrix-nio alone", "times", 2), Column("cpu for a line", "ms", 2)),
                *(Column("memory before", "MiB"), Column("memory after", "MiB")),
                *(Column("asked"), Column("answered")),
            ),
            tuple(
                (
                    *(who, each.lines / each.took, each.share, each.share / least if least else None),
                    *(1e3 * each.used / each.lines, each.before, each.after, each.asked, each.answered),
                )
                for who, each in self.costs.items()
            ),
            (
                f"{self.rooms} rooms, {self.rate} lines a second in all, to no bot, and a question now and "
                "then; one bot after the other at one Synapse",
                f"pkgdesk: `pkgdesk run`, {self.entries:,} entries, SQLite on disk, words alone; the others "
                "answer one word, and keep nothing",
                *(f"{name}: not measured, {why}" for name, why in self.missing.items()),
            ),
        )

    def _joined(self) -> Table:
        return Table(
            "matrix/join",
            "Matrix: coming into a large room",
            (Column("who"), Column("times"), Column("p50", "ms", 0), Column("longest", "ms", 0)),
            tuple(
                (who, len(taken), *(Stopwatch(taken).ms(share) for share in (0.5, 1.0)))
                for who, taken in self.joins.items()
            ),
            (
                f"from the invitation until all {self.members} members are known, the homeserver's part "
                "included",
            ),
        )

    def _answered(self) -> Table:
        return Table(
            "matrix/answers",
            "Matrix: from the answer to /sync until the bot's own line arrives",
            (
                *(Column("who"), Column("questions"), Column("p50", "ms")),
                *(Column("p99", "ms"), Column("longest", "ms")),
            ),
            tuple(
                (who, len(taken), *(Stopwatch(taken).ms(share) for share in (0.5, 0.99, 1.0)))
                for who, taken in self.answers.items()
            ),
            (
                "one at a time, seen at a door before the homeserver; to pkgdesk a question that it knows, "
                "to the others one word; pkgdesk has it on disk by then, the others keep nothing",
            ),
        )


def _goal(what: str, unit: str, measured: float | None, goal: float) -> tuple[Cell, ...]:
    return what, unit, measured, goal, "yes" if measured is not None and measured <= goal else "no"
