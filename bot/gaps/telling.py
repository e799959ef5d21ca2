"""The gaps of a base, told on the command line: as a table, or as JSON. What people asked is user input: it
is printed without greetings and the like, and with control characters spelled out."""

import json
import os
from collections.abc import Callable, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from bot.command_line import visible
from bot.config import Settings
from bot.desk.reference import Reference
from bot.desk.replies import span
from bot.gaps.finding import Asking, gaps_of
from bot.gaps.learning import cache_of
from bot.offline import Corrections, Note, Votes, learned_reference
from bot.progress import Watched
from bot.screen import console
from knowledge.drafting import cleaned_question
from knowledge.embeddings import Cache
from knowledge.gaps import Asked, Gap

Unanswered = Callable[[str, datetime], tuple[Asked, ...]]
"""The questions since a moment that the base did not answer, by the URL of the database."""


def show(
    settings: Settings,
    since: datetime,
    at: datetime,
    *,
    limit: int,
    as_json: bool,
    note: Note,
    votes: Votes,
    corrections: Corrections,
    unanswered: Unanswered,
) -> bool:
    """Print the gaps that what was asked from `since` on shows, at most `limit`; whether there is any.
    Raises DocumentError."""
    asked = unanswered(settings.database_url, since)
    found: tuple[Gap, ...] = ()
    names: tuple[str, ...] = ()
    if asked:
        reference = learned_reference(settings, note, votes, corrections)
        names = _names(reference)
        cache = Cache(cache_of(os.environ, settings.knowledge), note)
        with Watched() as tell:
            found = gaps_of(asked, reference, asking=Asking(), cache=cache, progress=tell)
    if as_json:
        shown = [_data(gap, names) for gap in found[:limit]]
        print(json.dumps({"since": since.isoformat(), "gaps": shown}, indent=2, ensure_ascii=False))
        return bool(found)
    if not found:
        note(f"no gaps: of what was asked since {since:%Y-%m-%d} nothing is left without an answer")
        return False
    console().print(_table(found[:limit], names, at))
    if len(found) > limit:
        note(f"and {len(found) - limit} more: --limit {len(found)} shows them all")
    return True


def _names(reference: Reference) -> tuple[str, ...]:
    """Whom what is printed need not name: the people of the map, as they are called in chat."""
    people = reference.map.people.values()
    return tuple(sorted({name for person in people for name in person.accounts.values() if len(name) > 2}))


def _said(text: str, names: Sequence[str]) -> str:
    return visible(cleaned_question(text, names) or text)


def _data(gap: Gap, names: Sequence[str]) -> dict[str, object]:
    return {
        "gap": gap.number,
        "people": gap.people,
        "questions": len(gap.questions),
        "section": gap.section or None,
        "headline": _said(gap.headline, names),
        "texts": list(dict.fromkeys(_said(text, names) for text in gap.texts)),
        "numbers": list(gap.public),
        "first": gap.first.isoformat(),
        "last": gap.last.isoformat(),
    }


def _table(found: Sequence[Gap], names: Sequence[str], at: datetime) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for head in ("gap", "people", "questions", "last"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("section", overflow="fold")
    table.add_column("asked", overflow="fold", ratio=1)
    for gap in found:
        table.add_row(
            str(gap.number),
            str(gap.people),
            str(len(gap.questions)),
            span(at - gap.last),
            Text(gap.section or "–"),
            Text(_said(gap.headline, names)),
        )
    return table
