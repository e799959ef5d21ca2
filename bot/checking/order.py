"""Problems in the order in which they are told."""

from collections.abc import Iterable

from knowledge.documents import Problem


def by_place(problems: Iterable[Problem]) -> list[Problem]:
    """In the order of their places in one file."""
    return sorted(problems, key=lambda each: (each.line, each.column))


def by_file(problems: Iterable[Problem]) -> list[Problem]:
    """In the order of their files, and of their places in each."""
    return sorted(problems, key=lambda each: (each.source, each.line, each.column))
