"""What `pkgdesk kb drafts`, `show` and `diff` print.

What people wrote is shown as it is where it goes into a file or a pipe; on a terminal whatever would steer it
is spelled out.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from bot.command_line import visible
from bot.desk.replies import span
from bot.editing.queue import draft_data
from knowledge.documents import DocumentError
from knowledge.drafts import Draft, DraftState
from knowledge.entry import Entry
from knowledge.files import parse_entry

_COLOURS = {
    DraftState.QUEUED: "yellow",
    DraftState.PUBLISHING: "cyan",
    DraftState.PUBLISHED: "green",
    DraftState.REJECTED: "red",
    DraftState.REVERTING: "cyan",
    DraftState.REVERTED: "magenta",
}


@dataclass(frozen=True, slots=True)
class Alike:
    """An entry that a draft resembles, with how probable it is that it answers the same."""

    entry: str
    headline: str
    probability: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What is found out about a draft: which entries it resembles, and what is wrong with its text, each in a
    line, the errors first. None where it could not be looked at."""

    alike: tuple[Alike, ...] | None = None
    complaints: tuple[str, ...] | None = None


def print_json(found: object) -> None:
    """For programs."""
    print(json.dumps(found, indent=2, ensure_ascii=False))


def print_drafts(console: Console, drafts: Sequence[Draft], at: datetime) -> None:
    """The drafts, a row for each."""
    states = len({each.state for each in drafts}) > 1 or drafts[0].state is not DraftState.QUEUED
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("draft", justify="right", no_wrap=True)
    if states:
        table.add_column("state", no_wrap=True)
    table.add_column("by", no_wrap=True, max_width=24)
    table.add_column("age", justify="right", no_wrap=True)
    table.add_column("what", overflow="fold")
    for each in drafts:
        state = (Text(_word(each.state), _COLOURS[each.state]),) if states else ()
        told = Text(what(each)).append(f"\n{visible(_says(each))}", "dim")
        by, age = Text(visible(each.author_name)), span(at - each.at)
        table.add_row(Text(str(each.number), "bold"), *state, by, age, told)
    console.print(table)


def _word(state: DraftState) -> str:
    """How a draft stands, in the word that the desk has for it; programs get the state's own."""
    return "waits" if state is DraftState.QUEUED else state.value


def what(draft: Draft) -> str:
    """What a draft is, in a few words: `new system-qemu`."""
    kind = "remark" if draft.is_remark else "new" if draft.is_new else "change of"
    return visible(f"{kind} {draft.entry}") if draft.entry else kind


def print_draft(console: Console, draft: Draft, seen: Seen, at: datetime) -> None:
    """A draft: whose it is and whence, its text, what it resembles, and what is wrong with it."""
    title = Text(f"draft {draft.number}", "bold")
    title.append(f": {what(draft)}, ", "not bold").append(_word(draft.state), _COLOURS[draft.state])
    console.print(title, soft_wrap=True)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _told(draft, at):
        table.add_row(name, Text(visible(value)))
    console.print(table)
    if draft.now:
        console.print()
        print_text(console, draft.now)
    for like in seen.alike or ():
        console.print()
        said = f"{like.probability:.0%} like {like.entry}: {visible(like.headline)}"
        console.print(Text(said, "yellow"), soft_wrap=True)
    if seen.complaints:
        console.print()
        for complaint in seen.complaints:
            console.print(Text(visible(complaint)), soft_wrap=True)


def _told(draft: Draft, at: datetime) -> Iterable[tuple[str, str]]:
    yield "by", f"{draft.author_name} ({draft.author})"
    if draft.co_authors:
        yield "and by", ", ".join(f"{each.name} ({each.key})" for each in draft.co_authors)
    if draft.amended_by:
        yield "amended by", ", ".join(draft.amended_by)
    yield "at", _moment(draft.at, at)
    yield "from", f"{draft.origin.value}" + (f", question {draft.question}" if draft.question else "")
    if draft.note:
        yield "note", draft.note
    if draft.reviewer:
        when = f", {_moment(draft.decided_at, at)}" if draft.decided_at is not None else ""
        yield "reviewed by", f"{draft.reviewer_name} ({draft.reviewer}){when}"
    if draft.reason:
        yield "because", draft.reason
    if draft.doubt:
        yield "in doubt", draft.doubt
    if draft.commit:
        yield "commit", draft.commit
    if draft.undone:
        yield "undone by", draft.undone


def _moment(moment: datetime, at: datetime) -> str:
    ago: timedelta = at - moment
    return f"{moment:%Y-%m-%d %H:%M} UTC, {span(ago)} ago"


def draft_shown(draft: Draft, seen: Seen) -> dict[str, Any]:
    """The same for programs."""
    alike = seen.alike
    return {
        **draft_data(draft),
        "alike": [{"entry": each.entry, "probability": round(each.probability, 4)} for each in alike]
        if alike is not None
        else None,
        "complaints": list(seen.complaints) if seen.complaints is not None else None,
    }


def print_text(console: Console, text: str) -> None:
    """A file as it is; in colours on a terminal."""
    if not console.is_terminal:
        print(text, end="" if text.endswith("\n") else "\n")
        return
    seen = visible(text, lines=True).rstrip("\n")
    console.print(Syntax(seen, "yaml", theme="ansi_dark", background_color="default", word_wrap=True))


def print_diff(console: Console, lines: Iterable[str]) -> None:
    """A unified diff; in colours on a terminal."""
    for line in lines:
        if not console.is_terminal:
            print(line)
            continue
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        if line.startswith(("+++", "---")):
            style = "bold"
        console.print(Text(visible(line, lines=True), style), soft_wrap=True)


def _says(draft: Draft) -> str:
    entry = entry_in(draft)
    return draft.note if entry is None else f"{entry.headline} → {entry.answers[0].short}"


def entry_in(draft: Draft) -> Entry | None:
    """The entry that a draft is to make; None where there is none in it."""
    try:
        return parse_entry(draft.now, "draft") if draft.now else None
    except DocumentError:
        return None
