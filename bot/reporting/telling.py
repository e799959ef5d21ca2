"""A report on a terminal, and as data for programs. Entries are user input: control characters are spelled
out."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.command_line import visible
from bot.evaluating.tables import counted
from bot.reporting.steps import steps
from bot.reporting.values import Report, Used
from bot.usage import End
from knowledge.drafts import DraftState

Data = dict[str, Any]

ENDS = (End.BASE, End.PEOPLE, End.NOBODY, End.OPEN)
_COLOURS = {End.BASE: "blue", End.PEOPLE: "green", End.NOBODY: "red", End.OPEN: "bright_black"}
_BAR = 30  # columns of a bar
_FEW = 10  # questions, of fewer of which no share is told
_NAMED, _FIGURE = 30, 8  # columns for what a row is about, and for each of its figures


def data(report: Report) -> Data:
    """The report as JSON has it."""
    return {
        "today": report.today.isoformat(),
        "since": report.usage.since.isoformat() if report.usage else None,
        "entries": report.entries,
        "phrasings": report.phrasings,
        "answers": report.answers,
        "coverage": None if report.coverage is None else round(report.coverage, 4),
        "questions": {end.value: report.ends.get(end, 0) for end in ENDS} if report.usage else None,
        "sections": [
            {
                "section": each.name or None,
                "entries": each.entries,
                "review_due": each.stale,
                "never_verified": each.unverified,
                "in_map": each.known,
                "questions": {end.value: (each.ends or {}).get(end, 0) for end in ENDS},
            }
            for each in report.sections
        ],
        "facets": [
            {
                "facet": each.name,
                "values": list(each.values),
                "sections": [
                    {
                        "section": name or None,
                        "any": anyway,
                        "entries": dict(zip(each.values, row, strict=True)),
                    }
                    for name, anyway, row in each.rows
                ],
            }
            for each in report.facets
        ],
        "verified": dict(report.ages),
        "used": [
            {
                "entry": each.id,
                "in_base": each.there,
                "asked": each.told.asked,
                "answered": each.told.answered,
                "confirmed": each.told.confirmed,
                "refused": each.told.refused,
            }
            for each in report.used
        ],
        "never_matched": list(report.never),
        "review_due": [
            {"entry": each.id, "since": each.due.isoformat(), "verified_by": each.by} for each in report.stale
        ],
        "never_verified": list(report.unverified),
        "weeks": [
            {"monday": each.monday.isoformat(), **{end.value: each.ends.get(end, 0) for end in ENDS}}
            for each in report.weeks
        ],
        "drafts": {state.value: number for state, number in report.usage.drafts.items()}
        if report.usage
        else {},
        "waiting": [
            {
                "draft": each.number,
                "entry": each.entry or None,
                "new": each.new,
                "remark": each.remark,
                "at": each.at.isoformat(),
            }
            for each in (report.usage.waiting if report.usage else ())
        ],
        "next": [
            {
                "step": each.kind,
                "count": each.count,
                "what": each.what,
                "names": list(each.names),
                "command": each.command,
            }
            for each in steps(report)
        ],
    }


def most(used: Iterable[Used], what: str) -> list[Used]:
    """Those of which something was `asked`, `confirmed` or `refused`, most of it first."""
    found = [each for each in used if getattr(each.told, what)]
    return sorted(found, key=lambda each: (-getattr(each.told, what), each.id))


def headline(report: Report) -> list[tuple[str, str, str]]:
    """The figures that come first: number, what it counts, and more about it."""
    found = [
        (
            f"{report.entries:,}",
            "entry" if report.entries == 1 else "entries",
            f"{counted(report.phrasings, 'phrasing', 'phrasings')}, "
            f"{counted(report.answers, 'answer', 'answers')}",
        )
    ]
    usage = report.usage
    if usage is not None:
        asked = sum(report.ends.values())
        found += [
            (
                _covered(report),
                "answered by the base",
                f"of what was asked since {usage.since:%Y-%m-%d} and has ended",
            ),
            (f"{asked:,}", "questions" if asked != 1 else "question", _ended(report)),
        ]
    found += [
        (f"{len(report.stale):,}", "to be reviewed", "whose time since they were verified is over"),
        (f"{len(report.unverified):,}", "never verified", _share(len(report.unverified), report.entries)),
    ]
    if usage is not None:
        found += [
            (f"{len(report.never):,}", "never matched", "which no question found"),
            (f"{usage.drafts.get(DraftState.QUEUED, 0):,}", "drafts waiting", "for an editor"),
        ]
    return found


def _covered(report: Report) -> str:
    """How much of what ended the base answered; of few questions a share would say more than is known."""
    ended, base = report.ended, report.ends.get(End.BASE, 0)
    if not ended:
        return "–"
    return f"{base} of {ended}" if ended < _FEW else f"{100 * base / ended:.0f} %"


def _ended(report: Report) -> str:
    ends = report.ends
    return f"{ends.get(End.PEOPLE, 0):,} by people, {ends.get(End.NOBODY, 0):,} by nobody"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} % of the base" if whole else ""


def show(console: Console, report: Report, limit: int) -> None:
    """Print the report; of each list at most `limit`."""
    figures = Table.grid(padding=(0, 2, 0, 0))
    figures.add_column(justify="right", style="bold", no_wrap=True)
    figures.add_column()
    figures.add_column(style="dim")
    for number, what, more in headline(report):
        figures.add_row(number, what, more)
    console.print(figures)
    _steps(console, report)
    _sections(console, report, limit)
    for facet in report.facets:
        room = max(2, (console.width - _NAMED) // _FIGURE)
        shown = slice(-room, None) if facet.versions else slice(room)  # the newest versions
        heads = map(visible, facet.values[shown])
        table = _table(f"entries by {visible(facet.name)}", "section", "any", *heads)
        for name, anyway, row in facet.rows[:limit]:
            figures_of = (anyway, *row[shown])
            table.add_row(Text(_named(name)), *(f"{each:,}" if each else "·" for each in figures_of))
        _print(console, table, len(facet.rows) - limit)
    _weeks(console, report)
    for title, what in (
        ("most asked", "asked"),
        ("most confirmed", "confirmed"),
        ("most refused", "refused"),
    ):
        found = most(report.used, what)
        if found:
            table = _table(title, "entry", "asked", "answered", "confirmed", "refused")
            for used in found[:limit]:
                told = used.told
                counts = (told.asked, told.answered, told.confirmed, told.refused)
                gone = "" if used.there else " (not in the base)"
                table.add_row(Text(f"{visible(used.id)}{gone}"), *(f"{each:,}" for each in counts))
            _print(console, table, len(found) - limit)
    if report.stale:
        table = _table("to be reviewed", "entry", "since")
        for stale in report.stale[:limit]:
            table.add_row(Text(visible(stale.id)), stale.due.isoformat())
        _print(console, table, len(report.stale) - limit)
    _ids(console, "never verified", report.unverified, limit)
    _ids(console, "never matched", report.never, limit)
    waiting = report.usage.waiting if report.usage else ()
    if waiting:
        table = _table("drafts waiting", "entry", "draft", "since")
        for draft in waiting[:limit]:
            named = f"{visible(draft.entry) or '–'}{f' ({draft.kind})' if draft.kind else ''}"
            table.add_row(Text(named), str(draft.number), f"{draft.at:%Y-%m-%d}")
        _print(console, table, len(waiting) - limit)


def _steps(console: Console, report: Report) -> None:
    console.print(Text("\n what to do next", "bold"))
    found = steps(report)
    if not found:
        console.print(Text(" nothing: no draft waits, and no entry wants a look"))
    table = Table.grid(padding=(0, 1))
    for number, step in enumerate(found, 1):
        more = ", …" if step.count > len(step.names) else ""
        names = f" ({', '.join(map(visible, step.names))}{more})" if step.names else ""
        table.add_row(f" {number}.", Text(f"{step.what}{names}"))
        table.add_row("", Text(visible(step.command), "dim"))
    console.print(table)


def _sections(console: Console, report: Report, limit: int) -> None:
    asked = ("asked", "by the base") if report.usage else ()
    table = _table("by section", "section", "entries", "to review", "unverified", *asked)
    for each in report.sections[:limit]:
        ends = each.ends or {}
        figures = [each.entries, each.stale, each.unverified]
        figures += [each.questions, ends.get(End.BASE, 0)] if report.usage else []
        unknown = "" if each.known else " (not in the map)"
        table.add_row(Text(_named(each.name) + unknown), *(f"{figure:,}" for figure in figures))
    _print(console, table, len(report.sections) - limit)


def _weeks(console: Console, report: Report) -> None:
    if not report.weeks:
        return
    table = _table("questions by week", "week of", *(each.value for each in ENDS), "")
    largest = max(week.questions for week in report.weeks) or 1
    for week in report.weeks:
        bar = Text()
        for end in ENDS:
            bar.append("█" * round(_BAR * week.ends.get(end, 0) / largest), _COLOURS[end])
        table.add_row(week.monday.isoformat(), *(f"{week.ends.get(end, 0):,}" for end in ENDS), bar)
    table.columns[-1].justify = "left"
    console.print()
    console.print(table)


def _ids(console: Console, title: str, ids: Sequence[str], limit: int) -> None:
    if ids:
        more = f" … and {len(ids) - limit:,} more" if len(ids) > limit else ""
        console.print(Text(f"\n {title}", "bold"))
        console.print(Text(f" {', '.join(visible(each) for each in ids[:limit])}{more}"))


def _named(section: str) -> str:
    return visible(section) or "(none)"


def _table(title: str, first: str, *heads: str) -> Table:
    table = Table(
        title=Text(title, "bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False
    )
    table.add_column(first, overflow="fold")
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _print(console: Console, table: Table, more: int) -> None:
    console.print()
    console.print(table)
    if more > 0:
        console.print(Text(f"and {more:,} more (--limit)", "dim"))
