"""Answers of one entry that stand in each other's way.

`knowledge.facets.choose_answer` tells of the answers that hold the most specific, of these the newest, of
these the first. So a narrower answer beside a wider one is deliberate where it is the one that is told, and
a mistake where it never is; two for the very same facets contradict each other; and two that have only some
facets in common, and neither of which is the narrower one, are worth a look. Which is told is asked of
`choose_answer` itself, for facets that both hold for. Answers that say the same contradict nobody.

Pure; imports the modules of `knowledge`.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from knowledge.entry import Answer, Entry
from knowledge.facets import choose_answer, describe
from knowledge.lint.complaint import Said
from knowledge.lint.regions import Region, allowed, common, region, sample, told, within

MOST_ANSWERS = 40
"""Answers of one entry that are compared with each other; work grows with their square."""


def of_variants(entry: Entry) -> Iterator[Said]:
    """What its answers say against each other."""
    possible: list[tuple[int, Region]] = []
    for position, answer in enumerate(entry.answers[:MOST_ANSWERS]):
        nowhere = [facet for facet, values in answer.applies.items() if not allowed(values)]
        for facet in nowhere:
            yield Said(
                "never-told",
                ("answers", position, "applies", facet),
                f"answers[{position}] holds for no {facet} at all: {_values(answer, facet)}",
                f'write bounds that leave something between them, like {facet}: ">=4.4,<4.9"',
            )
        if not nowhere:
            possible.append((position, region(answer.applies)))
    for (first, its), (second, other) in combinations(possible, 2):
        if _same(entry.answers[first], entry.answers[second]):
            continue
        both = common(its, other)
        if both is not None:
            yield from _compared(entry, first, second, its, other, both)


def _compared(
    entry: Entry, first: int, second: int, its: Region, other: Region, both: Region
) -> Iterator[Said]:
    """What is to be said of two answers that differ, and may `both` hold."""
    inner, outer = within(its, other), within(other, its)
    where = told(both)
    if inner and outer:
        yield Said(
            "contradiction",
            ("answers", second),
            f"answers[{first}] and answers[{second}] say different things for {where}",
            f"keep the one that is right, or write into `applies` what tells answers[{second}] from "
            f"answers[{first}]",
        )
        return
    chosen = _chosen(entry, first, second, both)
    if inner or outer:
        narrow, wide = (first, second) if inner else (second, first)
        if chosen == wide:
            yield Said(
                "never-told",
                ("answers", narrow),
                f"answers[{narrow}] ({_described(entry.answers[narrow])}) is never told: answers[{wide}] "
                f"({_described(entry.answers[wide])}) holds there, too, and goes before it",
                f"limit answers[{wide}] so that it leaves out {where}",
            )
        return
    yield Said(
        "overlap",
        ("answers", second),
        f"answers[{first}] and answers[{second}] both hold for {where} and differ; answers[{chosen}] is told",
        f"limit one of them so that only one holds for {where}, or give that an answer of its own",
    )


def _chosen(entry: Entry, first: int, second: int, both: Region) -> int:
    pair = replace(entry, answers=(entry.answers[first], entry.answers[second]))
    choice = choose_answer(pair, sample(both))
    return second if choice is not None and choice.answer == pair.answers[1] else first


def _same(one: Answer, other: Answer) -> bool:
    return (one.short, one.text) == (other.short, other.text)


def _values(answer: Answer, facet: str) -> str:
    return describe({facet: answer.applies[facet][:3]})


def _described(answer: Answer) -> str:
    return describe(answer.applies) or "for everything"
