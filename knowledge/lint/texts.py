"""The text of a file as it is: where something stands in it, and what its comments allow.

    # lint: allow near-duplicate            on a line of its own: for the whole file
    source: man xl.cfg  # lint: allow source-not-url       behind something: for that line

Only a real comment allows anything: what merely looks like one inside of an answer is what somebody wrote
for the channel, and may come from anybody. Imports `knowledge.complaints` and `knowledge.composing`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from knowledge.complaints import suggestion
from knowledge.composing import Problem
from knowledge.documents import FASTEST
from knowledge.lint.complaint import Complaint
from knowledge.lint.rules import RULES

_ALLOWING = re.compile(r"(?:(?<=\s)|\A|(?<=\ufeff))#[ \t]{0,9}lint[ \t]{0,9}:([^\n\r\x85\u2028\u2029]*)")
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # as YAML 1.1 counts lines (section 4.2)
_WORDS = re.compile(r"[\s,]+")

MOST = 50
"""Comments of one file that are heeded, and things that are told of one."""


class Lines:
    """Where the lines of a text begin."""

    __slots__ = ("_begins",)

    def __init__(self, text: str) -> None:
        start = 1 if text.startswith("\ufeff") else 0
        self._begins = [start, *(found.end() for found in _LINE_END.finditer(text))]

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column (from 1) of what stands there."""
        line = bisect_right(self._begins, offset)
        return line, offset - self._begins[line - 1] + 1


@dataclass(frozen=True, slots=True)
class Allowances:
    """What the comments of a file allow: `everywhere` in it, and on single lines."""

    everywhere: frozenset[str] = frozenset()
    on_line: dict[int, frozenset[str]] = field(default_factory=dict)
    wrong: tuple[Complaint, ...] = ()

    def allow(self, complaint: Complaint) -> bool:
        """Whether the complaint is not to be told."""
        rule = complaint.rule
        return rule in self.everywhere or rule in self.on_line.get(complaint.problem.line, ())


def allowances(text: str, source: str) -> Allowances:
    """What the comments in a text allow."""
    if "lint" not in text:
        return Allowances()
    everywhere: set[str] = set()
    on_line: dict[int, frozenset[str]] = {}
    wrong: list[Complaint] = []
    lines = Lines(text)
    for number, (offset, said) in enumerate(_comments(text)):
        if number == MOST:
            break
        line, column = lines.at(offset)
        rules, unknown = _named(said)
        for word, why in unknown:
            problem = Problem(source, line, column, why, RULES["unknown-allowance"].severity)
            near = suggestion(word, {name: name for name in RULES}).removeprefix(", did you mean ")
            mend = f"write {near.rstrip('?')}" if near else "`pkgdesk kb lint --rules` lists what there is"
            wrong.append(Complaint(problem, "unknown-allowance", mend))
        before = text[offset - column + 1 : offset]
        if before.strip():
            on_line[line] = on_line.get(line, frozenset()) | rules
        else:
            everywhere |= rules
    return Allowances(frozenset(everywhere), on_line, tuple(wrong))


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Where comments to us begin, and what they say. None where the text is no YAML."""
    found = list(_ALLOWING.finditer(text))
    if not found:
        return
    content = text.removeprefix("\ufeff")
    off = len(text) - len(content)
    spans: list[tuple[int, int]] = []
    try:
        for event in yaml.parse(content, Loader=FASTEST):
            if isinstance(event, yaml.ScalarEvent) and event.start_mark and event.end_mark:
                spans.append((event.start_mark.index + off, event.end_mark.index + off))
    except (yaml.YAMLError, ValueError, OverflowError):
        return
    begins = [begin for begin, _ in spans]
    for comment in found:
        inside = bisect_right(begins, comment.start()) - 1
        if inside < 0 or comment.start() >= spans[inside][1]:
            yield comment.start(), comment[1]


def _named(said: str) -> tuple[frozenset[str], list[tuple[str, str]]]:
    """The rules that a comment names, and (word, what is wrong) of what is none."""
    verb, *words = _WORDS.split(said.strip())
    if verb != "allow" or not words:
        return frozenset(), [(verb, "a comment for lint reads `# lint: allow RULE`")]
    known = frozenset(word for word in words if word in RULES)
    return known, [
        (word, f"there is no rule {_quoted(word)} to allow") for word in words if word not in RULES
    ]


def _quoted(word: str) -> str:
    return "`" + "".join(c if c.isprintable() else "?" for c in word[:40]) + "`"
