"""What problems are called where one stands: files in or below the current folder are named from there.

Imports of ours: what a problem is.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from knowledge.composing import Problem


def from_here(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems, with files in or below the current folder named from there."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # it was removed
        return tuple(problems)
    return tuple(_from(here, each) for each in problems)


def _from(here: Path, problem: Problem) -> Problem:
    path = Path(problem.source)
    inside = path.is_absolute() and path.is_relative_to(here)
    return replace(problem, source=str(path.relative_to(here))) if inside else problem
