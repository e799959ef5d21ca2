"""Changing what a YAML text says in some places, and nothing of it elsewhere: comments, order, quoting, blank
lines, indentation and newlines of what stays are kept byte for byte.

This works by positions: the nodes of the text (PyYAML's own parser, which counts in characters) stand beside
two trees (`knowledge.writing`), what it says and what it is to say, and where these differ a piece of text is
cut out or put in. Round-trip libraries do it the other way round: they write the whole text anew from what
they remember of it. ruamel.yaml, tried on such texts as the tests have, kept comments and quotes, but wrote
odd indentation, blanks in brackets, broken lines, Windows newlines, a byte order mark and a missing last
newline in its own way.

A comment behind an item goes with it; one on lines of its own stays, even if what it stood beside is removed.
Lines deeper than an item right below it are taken for its own. Whoever calls this looks whether the result
says what it is to say (`knowledge.rewriting`): YAML has corners that are not worth their code here. Pure.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias, cast

import yaml

from knowledge.aligning import aligned
from knowledge.documents import PURE
from knowledge.merging import alike
from knowledge.writing import Branch, Tree, brief, flow, item_lines, lines, scalar, value_lines

Span: TypeAlias = tuple[int, int]

_BEFORE = re.compile(r"[ ]*(?:-[ ]+)?")
_COMMENT_LINE = re.compile(r"([ ]*)#")
_COMMENT_BEHIND = re.compile(r"[ \t]+#.*")
_BLANK = " \t\r\n"


class Unpatchable(Exception):
    """The text is written in a way that this cannot change piece by piece."""


def patched(text: str, says: Branch, to_say: Branch) -> str:
    """`text`, which `says` this, changed to say that. Raises `Unpatchable`."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    ended = text.endswith("\n")
    patch = _Patch(text.removeprefix(mark))
    root = yaml.compose(patch.text, PURE)
    if not isinstance(root, yaml.MappingNode):
        raise Unpatchable
    patch.mapping(root, says, to_say, inside=False)
    changed = patch.applied()
    return mark + (changed if ended else changed.removesuffix("\n").removesuffix("\r"))


class _Patch:
    """The pieces to put in, each in the stead of a span of the text."""

    def __init__(self, text: str) -> None:
        self.newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
        self.text = text if text.endswith("\n") else text + self.newline
        self.pieces: list[tuple[int, int, str]] = []

    def applied(self) -> str:
        text = self.text
        for start, end, piece in sorted(self.pieces, key=lambda each: each[:2])[::-1]:
            text = text[:start] + piece + text[end:]
        return text

    # --- nodes; `inside`: within brackets or braces ---

    def mapping(self, node: Any, says: Branch, to_say: Branch, *, inside: bool, key: str = "") -> None:
        inside = inside or bool(node.flow_style)
        nodes = {name.value: (name, value) for name, value in node.value}
        for name, (begin, value) in nodes.items():
            if name in says and name in to_say:
                self.change(name, value, says[name], to_say[name], column=_column(begin), inside=inside)
            elif name in to_say:
                self.replace(name, value, to_say[name], column=_column(begin), inside=inside)
        keys = list(nodes)
        stays = [name in to_say or name not in says for name in keys]
        spans = [(name.start_mark.index, self.end(value)) for name, value in node.value]
        added: dict[int, list[str]] = {}  # by the position that they come after, -1 for the beginning
        after = -1
        for name in to_say:
            if name in nodes:
                after = keys.index(name)
            else:
                added.setdefault(after, []).append(name)
        new = cast("Branch", brief(key, to_say))
        if inside:
            pieces = {
                at: [f"{flow(name)}: {flow(brief(name, new[name]))}" for name in names]
                for at, names in added.items()
            }
            self.within(spans, stays, pieces)
            return
        column = _column(node.value[0][0])
        for position, stay in enumerate(stays):
            if not stay:
                self.remove_pair(spans, position)
        for at, names in added.items():
            written = [line for name in names for line in lines({name: new[name]})]
            if at >= 0:
                self.insert(self.behind(spans[at][1], column), _indented(written, column))
            elif _is_first(self.text, start := spans[0][0]):
                self.insert(self.line_start(start), _indented(written, column))
            else:  # `- ` stands before the first
                one = [written[0], *_indented(written[1:], column)]
                self.pieces.append((start, start, self.joined(one) + " " * column))

    def change(self, key: str, node: Any, says: Tree, to_say: Tree, *, column: int, inside: bool) -> None:
        if says == to_say:
            return
        if isinstance(says, dict) and isinstance(to_say, dict) and isinstance(node, yaml.MappingNode):
            self.mapping(node, says, to_say, inside=inside, key=key)
        elif isinstance(says, tuple) and isinstance(to_say, tuple) and isinstance(node, yaml.SequenceNode):
            self.sequence(node, says, to_say, inside=inside)
        elif key == "text" and node.style in ("|", ">") and self.block(node, cast("str", to_say)):
            pass
        else:
            self.replace(key, node, to_say, column=column, inside=inside)

    def sequence(self, node: Any, says: Sequence[Tree], to_say: Sequence[Tree], *, inside: bool) -> None:
        inside = inside or bool(node.flow_style)
        if len(node.value) != len(says):
            raise Unpatchable
        stays = [False] * len(says)
        added: dict[int, list[Tree]] = {}
        after = -1
        for old, new in aligned(says, to_say, alike):
            if old is not None:
                after = old
                if new is not None:
                    stays[old] = True
                    item = node.value[old]
                    self.change("", item, says[old], to_say[new], column=_column(item), inside=inside)
            elif new is not None:
                added.setdefault(after, []).append(to_say[new])
        spans = [(item.start_mark.index, self.end(item)) for item in node.value]
        if inside:
            pieces = {at: [flow(brief("answer", item)) for item in items] for at, items in added.items()}
            self.within(spans, stays, pieces)
            return
        column = _column(node)
        starts = [self.dash(start, column) for start, _ in spans]
        for (_, end), start, stay in zip(spans, starts, stays, strict=True):
            if not stay:
                self.pieces.append((start, self.line_end(end), ""))
        for at, items in added.items():
            place = starts[0] if at < 0 else self.behind(spans[at][1], column)
            self.insert(place, _indented((line for item in items for line in item_lines(item)), column))

    def replace(self, key: str, node: Any, to_say: Tree, *, column: int, inside: bool) -> None:
        """Write the whole value anew."""
        if isinstance(to_say, tuple) and len(to_say) == 1 and isinstance(node, yaml.ScalarNode):
            to_say = to_say[0]  # it is written without brackets where it was
        start, end = node.start_mark.index, self.end(node)
        lead = " " if start == end else ""  # there was nothing behind the colon
        if inside:
            self.pieces.append((start, end, lead + flow(brief(key, to_say))))
            return
        first, *rest = value_lines(key, to_say) if key else [scalar(cast("str", to_say))]
        below = self.joined(_indented(rest, column))
        if getattr(node, "style", None) in ("|", ">"):
            head_end = self.line_end(start)
            comment = _COMMENT_BEHIND.search(self.text[start:head_end].rstrip(_BLANK))
            lead_line = first + (comment[0] if comment else "")
            self.pieces.append((start, self.line_end(end), self.joined([lead_line]) + below))
            return
        self.pieces.append((start, end, lead + first))
        if below:
            self.pieces.append((self.line_end(end), self.line_end(end), below))

    def block(self, node: Any, to_say: str) -> bool:
        """Write those lines of a block anew that differ; False where that cannot be done."""
        top = self.line_end(node.start_mark.index)
        bottom = self.end(node)
        if top > bottom or to_say[0].isspace():
            return False
        raw = self.text[top : self.line_end(bottom) - 1].split("\n")
        starts = [top]
        for line in raw:
            starts.append(starts[-1] + len(line) + 1)
        raw = [line.rstrip(_BLANK) for line in raw]
        blank = next((number for number, line in enumerate(raw) if line), len(raw))
        raw, starts = raw[blank:], starts[blank:]
        if not raw:
            return False
        indent = len(raw[0]) - len(raw[0].lstrip(" "))
        if any(line and not line.startswith(" " * indent) for line in raw):
            return False
        said = [line[indent:] for line in raw]
        wanted = to_say.split("\n")
        if node.style == ">":
            return self.folded(said, starts, wanted, indent)
        if said != [line.rstrip(_BLANK) for line in node.value.split("\n")][blank : blank + len(said)]:
            return False
        matcher = difflib.SequenceMatcher(None, said, wanted)
        for kind, old, old_end, new, new_end in matcher.get_opcodes():
            if kind != "equal":
                written = self.joined(_indented(wanted[new:new_end], indent))
                self.pieces.append((starts[old], starts[old_end], written))
        return True

    def folded(self, said: list[str], starts: list[int], wanted: list[str], indent: int) -> bool:
        """Write those lines of a folded block anew that differ; each paragraph is one line of what it says.
        Lines at the ends of a paragraph that stay the same stay."""
        paragraphs: list[tuple[int, int]] = []
        for number, line in enumerate(said):
            if line[:1].isspace():
                return False
            if line and paragraphs and paragraphs[-1][1] == number:
                paragraphs[-1] = (paragraphs[-1][0], number + 1)
            elif line:
                paragraphs.append((number, number + 1))
        gaps = [later[0] - sooner[1] for sooner, later in pairwise(paragraphs)]
        told = [number for number, line in enumerate(wanted) if line]
        if len(told) != len(paragraphs) or any(wanted[number][0].isspace() for number in told):
            return False
        if [later - sooner for sooner, later in pairwise(told)] != gaps:
            return False
        for (start, end), number in zip(paragraphs, told, strict=True):
            left = wanted[number]
            if " ".join(said[start:end]) == left:
                continue
            while start < end and left.startswith(said[start] + " "):
                left = left[len(said[start]) + 1 :]
                start += 1
            while start < end and left.endswith(" " + said[end - 1]):
                left = left[: -len(said[end - 1]) - 1]
                end -= 1
            self.pieces.append((starts[start], starts[end], self.joined(_indented([left], indent))))
        return True

    # --- pieces ---

    def within(self, spans: list[Span], stays: list[bool], added: dict[int, list[str]]) -> None:
        """Remove and add what stands between brackets or braces."""
        if not any(stays):
            raise Unpatchable
        first = stays.index(True)
        for position, stay in enumerate(stays):
            if stay:
                continue
            start, end = spans[position]
            if position < first:
                tidy = (start, spans[position + 1][0])
                gap = self.text[end : tidy[1]]
            else:
                tidy = (spans[position - 1][1], end)
                gap = self.text[tidy[0] : start]
            if "#" in gap:  # a comment, which stays; so does a comma before it
                behind = re.compile(r"[ \t]*,").match(self.text, end)
                tidy = (start, behind.end() if behind else end)
            self.pieces.append((*tidy, ""))
        for at, written in added.items():
            kept = next((position for position in range(at, -1, -1) if stays[position]), None)
            if kept is None:
                place = spans[first][0]
                self.pieces.append((place, place, "".join(f"{each}, " for each in written)))
            else:
                place = spans[kept][1]
                self.pieces.append((place, place, "".join(f", {each}" for each in written)))

    def remove_pair(self, spans: list[Span], position: int) -> None:
        start, end = spans[position]
        if _is_first(self.text, start):
            self.pieces.append((self.line_start(start), self.line_end(end), ""))
            return
        if position + 1 == len(spans):
            raise Unpatchable
        below = self.line_end(end)
        next_start = spans[position + 1][0]
        if self.text[below:next_start].strip(" "):  # comments, which stay: `-` has a line of its own
            self.pieces.append((start, below - 1, ""))
        else:
            self.pieces.append((start, next_start, ""))

    def insert(self, place: int, written: Iterable[str]) -> None:
        self.pieces.append((place, place, self.joined(written)))

    def joined(self, written: Iterable[str]) -> str:
        return "".join(line + self.newline for line in written)

    # --- places ---

    def end(self, node: Any) -> int:
        """Where the last character that says something of a node ends; PyYAML's marks may be far below."""
        if isinstance(node, yaml.ScalarNode):
            if node.style in ("|", ">"):
                top = self.text.index("\n", node.start_mark.index)
                head = node.start_mark.index + len(self.text[node.start_mark.index : top].rstrip(_BLANK))
                content = self.text[top : node.end_mark.index].rstrip(_BLANK)
                return top + len(content) if content else head
            return cast("int", node.end_mark.index)
        if node.flow_style:
            return cast("int", node.end_mark.index)
        last = node.value[-1]
        return self.end(last[1] if isinstance(last, tuple) else last)

    def line_start(self, place: int) -> int:
        return self.text.rfind("\n", 0, place) + 1

    def line_end(self, place: int) -> int:
        return self.text.index("\n", place) + 1

    def behind(self, place: int, column: int) -> int:
        """Below the line of `place`, and below comments there that are deeper than `column`."""
        place = self.line_end(place)
        while (found := _COMMENT_LINE.match(self.text, place)) and len(found[1]) > column:
            place = self.line_end(place)
        return place

    def dash(self, place: int, column: int) -> int:
        """The beginning of the line on which the item of a list begins whose content begins at `place`."""
        start = self.line_start(place)
        while not re.compile(rf"[ ]{{{column}}}-[ \r\n]").match(self.text, start):
            if not start:
                raise Unpatchable
            start = self.line_start(start - 1)
        return start


def _column(node: Any) -> int:
    return cast("int", node.start_mark.column)


def _is_first(text: str, place: int) -> bool:
    """Whether nothing but blanks stands before `place` on its line, or the sign of an item of a list does."""
    before = text[text.rfind("\n", 0, place) + 1 : place]
    if not _BEFORE.fullmatch(before):
        raise Unpatchable
    return not before.strip(" ")


def _indented(written: Iterable[str], column: int) -> list[str]:
    return [" " * column + line if line else "" for line in written]
