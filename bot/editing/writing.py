"""An entry from somebody's editor or from a file, looked through until it may be handed over as a draft."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import typer

from bot.command_line import NOT_FOUND, OK, WRONG_USE, Stop, note, visible
from bot.config import Settings
from bot.editing.editor import has_terminal, sheet
from bot.editing.entry_files import text_of
from bot.editing.examining import Examiner, complaint_line, errors_first
from bot.editing.template import template, without_explanations
from knowledge.documents import DocumentError, read
from knowledge.files import ENTRY_LIMITS

HandOver = Callable[[str], int]
"""Hands a text over, and gives the exit code."""


def by_hand(settings: Settings, editor: list[str], text: str, name: str, hand_over: HandOver) -> int:
    """Have somebody edit `text` in their editor until it can be handed over; the exit code. `name`: the id
    of the entry, empty where that is theirs to choose."""
    examiner = Examiner(settings, datetime.now(UTC).date(), note)
    with sheet(f"{name or 'new-entry'}.yaml", text) as opened:
        while True:
            try:
                written = opened.edit(editor)
                now = without_explanations(written)
                if written == text or not now.strip():
                    what = "nothing was changed" if now.strip() else "what came back is empty"
                    note(f"{what}, and nothing is proposed")
                    opened.handed_over = True
                    return OK
                fits = _fits(examiner, now, name)
            except DocumentError as error:
                fits = _told(error)
            if fits:
                code = hand_over(now)
                opened.handed_over = code == OK
                return code
            if not _again():
                return NOT_FOUND


def from_file(settings: Settings, file: Path, name: str, section: str, hand_over: HandOver) -> int:
    """Hand the entry in a file over; `-` is standard input. The exit code."""
    source = "standard input" if str(file) == "-" else str(file)
    text = _with(_read(file), name, section, source)
    examiner = Examiner(settings, datetime.now(UTC).date(), note)
    try:
        fits = _fits(examiner, text, name, f"{source}:")
    except DocumentError as error:
        fits = _told(error, source)
    return hand_over(text) if fits else NOT_FOUND


def blank(settings: Settings, name: str, section: str) -> str:
    """What a new entry begins with."""
    reference = Examiner(settings, datetime.now(UTC).date(), note).reference
    sections = reference.map.sections if reference is not None else ()
    return template(name, section, settings.facet_kinds, sections)


def _fits(examiner: Examiner, text: str, name: str, before: str = "") -> bool:
    """Whether nothing keeps a text from being published; everything that is to be said of it is told, with
    `before` before its place. Raises DocumentError."""
    found = errors_first(examiner.complaints(text, name))
    for each in found:
        note(visible(f"{before}{complaint_line(each)}"))
    return not any(each.is_error for each in found)


def _told(error: DocumentError, source: str = "") -> bool:
    """Tell what is wrong, of `source` where what was read has no name of its own; False."""
    for problem in error.problems:
        note(visible(str(replace(problem, source=source) if source else problem)))
    return False


def _again() -> bool:
    """Whether somebody wants to edit it again."""
    if not has_terminal():
        return False
    try:
        return typer.confirm("edit again?", default=True, err=True)
    except typer.Abort:
        return False


def _read(file: Path) -> str:
    if str(file) != "-":
        return text_of(file)
    if sys.stdin is None:
        raise Stop(WRONG_USE, "standard input is closed: pkgdesk kb add FILE, or without FILE an editor")
    if os.isatty(0):
        note("the entry, until Ctrl-D:")
    content = sys.stdin.buffer.read(ENTRY_LIMITS.size + 1)
    if len(content) > ENTRY_LIMITS.size:
        raise Stop(WRONG_USE, f"an entry has at most {ENTRY_LIMITS.size} bytes, and there are more of them")
    if not content.strip():
        raise Stop(
            WRONG_USE, "there is nothing on standard input: pkgdesk kb add FILE, or without FILE an editor"
        )
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Stop(WRONG_USE, "what stands on standard input is not UTF-8") from error


def _with(text: str, name: str, section: str, source: str) -> str:
    """The text with an id and a section that were given beside it. Raises DocumentError."""
    value = read(text, source, ENTRY_LIMITS).value
    said = value if isinstance(value, dict) else {}
    head = tail = ""
    for field, given in (("id", name), ("section", section)):
        stands = said.get(field)
        if given and stands and stands != given:
            raise Stop(WRONG_USE, visible(f"{source} says {field}: {stands}, and --{field} {given}: which?"))
        if given and not stands and field in said:
            raise Stop(WRONG_USE, f"{source} has an empty {field}: take that line out, or fill it in")
        if given and not stands:
            head, tail = (f"id: {given}\n", tail) if field == "id" else (head, f"section: {_quoted(given)}\n")
    return f"{head}{text if text.endswith(chr(10)) else text + chr(10)}{tail}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
