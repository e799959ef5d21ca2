"""The weights of `routing.precedent`: a regression over what happened in a project's past.

`python -m benchmarks.precedent [--data DIR]` asks the subjects of commits, without what stands before their
colon, alone and with their text, of all that is older; right is the one section that owns most of what they
touched. Asked are the newest commits of several times, of the project's own sections and of its directories
in their place, which stand in for the sections of other trees. It prints the weights, fitted to all, and how
well each part goes with weights that were fitted to the parts of other times.

No weight is below 0. Those in `BY_HAND` are held: a commit does not name sections as people do who ask.
"""

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from benchmarks.__main__ import DATA, OUT
from benchmarks.figures import Setup
from benchmarks.trees import Project, with_cases
from routing.filing import Owning
from routing.past.history import Commit
from routing.past.vocabulary import asked
from routing.patterns import PathPattern
from routing.precedent import MEASURES, WEIGHTS, Precedent
from routing.sections import MaintainersMap, Section
from routing.tree import Tree

BY_HAND = {name: WEIGHTS[name] for name in ("filed", "called")}
YEARS = (0, 2, 4, 7)
"""Before the first case: the ends of the times that are asked of."""
DEPTHS = (2, 4)
"""Of directories that take the place of sections."""
NEWEST = 1_000
"""Commits of each time that are asked."""
EVENLY = 0.1
"""The power of a section's share by which each of its commits counts less: 1 would make sections equal."""
TOGETHER = 0.003
"""How strongly weights are drawn to 0, beside one time."""
STEPS = 150

_YEAR = 31_557_600
_PREFIX = re.compile(r"^(?:\[[^\]]*\]\s*)*((?:[\w./+*,{}&\-\[\] ]{1,40}:\s+)+)")


@dataclass(frozen=True, slots=True)
class Trial:
    """Commits of one time that were asked: `measures` of each section (commits x sections x measures), and
    which of them is right."""

    name: str
    years: int
    measures: Any
    right: Any


@dataclass(frozen=True, slots=True)
class Directories:
    """Directories as if they were sections."""

    depth: int

    def owning(self, path: str) -> tuple[Owning, ...]:
        return (Owning("/".join(path.split("/")[:-1][: self.depth]) or "top", 1, ""),)


def of_directories(tree: Tree, depth: int) -> MaintainersMap:
    """A map with a section for each directory of that depth."""
    lookup = Directories(depth)
    names = sorted({lookup.owning(path)[0].section for path in tree.paths})
    sections = {name: Section(name, files=(PathPattern(f"{name}/"),)) for name in names}
    return MaintainersMap(sections, lookups=(lookup,), tree=tree)


def trials(project: Project, past: Sequence[Commit], newest: int = NEWEST) -> Iterator[Trial]:
    """`past`: newest first."""
    maps = [("sections", project.map)]
    tree = project.map.tree or Tree.of(())
    maps += [(f"directories {depth}", of_directories(tree, depth)) for depth in DEPTHS if tree.paths]
    for years in YEARS:
        older = [commit for commit in past if commit.at <= past[0].at - years * _YEAR]
        told, before = older[:newest], older[newest:]
        for name, map_ in maps if before else ():
            precedent = Precedent.learned(before, map_)
            places = {section: place for place, section in enumerate(precedent.sections)}
            found = [(each, of) for each in told if (of := _owner(map_, each, places)) is not None]
            for form, whole in (("alone", False), ("whole", True)):
                rows = [
                    (row, right)
                    for each, right in found
                    if (row := _measured(precedent, _text(each, whole))) is not None
                ]
                if rows:
                    measures = numpy.array([row for row, _ in rows], numpy.float32)
                    right = numpy.array([right for _, right in rows])
                    yield Trial(f"{project.name}, {name}, {form}", years, measures, right)


def _text(commit: Commit, whole: bool) -> str:
    subject = _PREFIX.sub("", commit.subject)
    return f"{subject}\n{commit.body}" if whole else subject


def _owner(map_: MaintainersMap, commit: Commit, places: dict[str, int]) -> int | None:
    """The section that owns most of what a commit touched, where there is one."""
    owners = [[each for each in map_.owning(path) if each.section in places] for path in commit.paths]
    first = Counter(places[each[0].section] for each in owners if each).most_common(2)
    if not first or (len(first) == 2 and first[0][1] == first[1][1]):
        return None
    return first[0][0]


def _measured(precedent: Precedent, text: str) -> Any | None:
    likely = precedent.likely(asked(text))
    if likely is None:
        return None
    found = numpy.zeros((len(likely.odds), len(MEASURES)))
    usual = MEASURES.index("usual")
    found[:, usual] = numpy.array(likely.odds) / WEIGHTS["usual"]
    for place, parts in likely.of.items():
        for name, part in parts.items():
            found[place, MEASURES.index(name)] = part / WEIGHTS[name]
    return found


def fit(found: Sequence[Trial]) -> Any:
    """The weights of all measures, by projected gradient descent (Y. Nesterov, 1983)."""
    free = numpy.array([name not in BY_HAND for name in MEASURES])
    weights = numpy.array([BY_HAND.get(name, 1.0) for name in MEASURES])
    counts = [numpy.bincount(each.right) for each in found]
    shares = [(1.0 / many[each.right]) ** EVENLY for each, many in zip(found, counts, strict=True)]
    shares = [each / each.sum() for each in shares]
    rate, ahead, momentum, last = 0.3, weights.copy(), 1.0, float("inf")
    for _ in range(STEPS):
        slope, loss = 2 * TOGETHER * ahead, TOGETHER * float(ahead @ ahead)
        for each, share in zip(found, shares, strict=True):
            p = probabilities(each, ahead)
            n = numpy.arange(len(each.right))
            loss -= float((share * numpy.log(p[n, each.right] + 1e-12)).sum()) / len(found)
            error = p
            error[n, each.right] -= 1.0
            error *= share[:, None] / len(found)
            slope = slope + error.ravel() @ each.measures.reshape(-1, len(MEASURES))
        if loss > last:
            rate, momentum = rate / 2, 1.0
        last = loss
        new = numpy.where(free, numpy.maximum(ahead - rate * slope, 0.0), weights)
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = numpy.where(free, new + (momentum - 1) / following * (new - weights), weights)
        weights, momentum = new, following
    return weights


def probabilities(trial: Trial, weights: Any) -> Any:
    """Of each section, for each commit."""
    odds = trial.measures @ weights.astype(numpy.float32)
    odds = numpy.exp(odds - odds.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)


def show(trial: Trial, weights: Any) -> str:
    """How well it goes: right at first and within three, at first for the surer half, and how far the
    probabilities are off."""
    p = probabilities(trial, weights)
    order = numpy.argsort(-p, axis=1, kind="stable")[:, :3] == trial.right[:, None]
    right, sure = order[:, 0], p.max(1)
    surest = numpy.argsort(-sure, kind="stable")
    half = right[surest[: max(1, len(right) // 2)]].mean()
    off = sum(abs(sure[part].mean() - right[part].mean()) * len(part) for part in _tenths(surest))
    return (
        f"{trial.name:32} {trial.years} years ago: {right.mean():.3f} at 1, {order.any(1).mean():.3f} at 3,"
        f" {half:.3f} for the surer half, {off / len(right):.3f} off"
    )


def _tenths(order: Any) -> Iterator[Any]:
    yield from (part for part in numpy.array_split(order, 10) if len(part))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.precedent")
    parser.add_argument("--data", type=Path, default=DATA)
    data: Path = parser.parse_args().data
    setup = Setup(False, data, data, OUT, OUT, time.monotonic())
    found: list[Trial] = []
    for learnt in with_cases(setup):
        setup.note(f"learning from {learnt.project.name}")
        found += trials(learnt.project, [*learnt.past.history.everything()])
    if not found:
        raise SystemExit("there is no project with a history and questions")
    for years in sorted({each.years for each in found}):
        others = [each for each in found if each.years != years]
        weights = fit(others or found)
        for each in found:
            if each.years == years:
                print(show(each, weights))
    print(dict(zip(MEASURES, (round(float(each), 2) for each in fit(found)), strict=True)))


if __name__ == "__main__":
    main()
