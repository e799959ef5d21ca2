"""Answers of one entry that contradict each other, and those that only look so."""

import pytest
from lint_samples import entry, told

FIRST, SECOND = 5, 7


def rules(first: str, second: str, texts: tuple[str, str] = ("One.", "Other.")) -> list[tuple[str, int]]:
    answers = "\n".join(
        f"  - short: {text}\n    applies: {{{applies}}}"
        for applies, text in zip((first, second), texts, strict=True)
    )
    found = told({"a": entry("a", answers=answers)})
    return [(each.rule, each.problem.line) for each in found]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('xen: ">=4.17"', 'xen: "<4.17"'),
        ('xen: ">=4.17"', 'xen: ">=4.19"'),  # the newer one goes before
        ('xen: ">=4.4"', 'xen: ">=4.4", toolstack: xl'),  # the more specific one
        ("", 'xen: ">=4.19"'),
        ("", "toolstack: xl"),
        ("toolstack: xl", "toolstack: libvirt"),
        ("toolstack: xl", "toolstack: [xl, libvirt]"),  # the first of equals is the narrower one
        ('xen: "4.17"', 'xen: "4.18"'),
        ('xen: ">=4.4,<4.9"', 'xen: ">=4.9"'),
    ],
)
def test_what_is_deliberate_is_let_alone(first, second):
    assert rules(first, second) == []


@pytest.mark.parametrize(
    ("first", "second", "rule", "line"),
    [
        ("", "", "contradiction", SECOND),
        ('xen: ">=4.17"', 'xen: ">= 4.17"', "contradiction", SECOND),
        ('xen: "4.17"', 'xen: ">=4.17,<4.18"', "contradiction", SECOND),
        ("toolstack: [xl, libvirt]", "toolstack: [libvirt, XL]", "contradiction", SECOND),
        # The open-ended one reaches newer versions, so that the exception within it is never told.
        ('xen: ">=4.4"', 'xen: ">=4.4,<4.17"', "never-told", SECOND),
        ('xen: "4.10"', 'xen: ">=4.4"', "never-told", FIRST),
        ("toolstack: [xl, libvirt]", "toolstack: xl", "never-told", SECOND),
        ('xen: ">=4.19,<4.17"', 'xen: "4.4"', "never-told", FIRST + 1),
        ('xen: "<4.19"', 'xen: ">=4.17"', "overlap", SECOND),
        ('xen: ">=4.17"', "toolstack: xl", "overlap", SECOND),
        ('xen: ">=4.19"', 'xen: ">=4.4", toolstack: xl', "overlap", SECOND),
    ],
)
def test_what_stands_in_the_way(first, second, rule, line):
    assert rules(first, second) == [(rule, line)]


def test_answers_that_say_the_same_contradict_nobody():
    assert rules('xen: ">=4.4"', 'xen: ">=4.4,<4.17"', ("Same.", "Same.")) == []


def test_the_overlap_is_named_and_what_is_told_there():
    answers = '  - {short: One., applies: {xen: "<4.19"}}\n  - {short: Other., applies: {xen: ">=4.17"}}'
    [found] = told({"a": entry("a", answers=answers)})
    assert found.problem.message == (
        "answers[0] and answers[1] both hold for xen ≥ 4.17 and < 4.19 and differ; answers[1] is told"
    )
    assert "so that only one holds for xen ≥ 4.17 and < 4.19" in found.suggestion
