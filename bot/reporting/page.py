"""A report as one page of HTML that needs nothing else: no network, no script.

Made by hand of a few elements (`bot.reporting.markup`), as a template engine or a plotting library would be
more than the page itself, and the installation stays light. Whatever an entry says is text: it is escaped
where it is put in, the browser is told to run and to fetch nothing (Content-Security-Policy, CSP level 3,
with the hash of the one style), and what is written from right to left stays within its own place (`bdi`).
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain

from bot.evaluating.tables import counted
from bot.reporting import plots
from bot.reporting.markup import Raw, element, joined
from bot.reporting.steps import Step, steps
from bot.reporting.telling import ENDS, headline, most
from bot.reporting.values import NEVER, OLDER, Facet, Report, Section, Used
from bot.usage import End

MOST = 200
"""Rows of a table, or ids in a list; `--json` has all."""

FIRST = 10
"""Rows of a table that are seen before it is unfolded."""

_NARROW = 6  # values of a facet for which half of the page has room

_SAID = {
    End.BASE: "answered by the base",
    End.PEOPLE: "answered by people",
    End.NOBODY: "answered by nobody",
    End.OPEN: "still open",
}


def page(report: Report) -> str:
    """The page."""
    style = _style()
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    title = f"The knowledge base on {report.today.isoformat()}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Raw(style)),
    )
    facets = sorted(report.facets, key=_is_wide)  # what is as wide as the page would part the others
    first = [_by_section(report), _verified(report), *map(_by_facet, facets)]
    sheets = [*_asked(report), *first, *_lists(report)]
    body = element(
        "body",
        element("header", element("h1", title), element("p", _about(report), class_="soft")),
        element(
            "main", _cards(report), _without(report), _next(report), element("div", *sheets, class_="sheets")
        ),
        element("footer", "Made by pkgdesk kb report. Of what people said, nothing is in here but numbers."),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


@cache
def _style() -> str:
    return files("bot.reporting").joinpath("page.css").read_text(encoding="utf-8")


def _about(report: Report) -> str:
    if report.usage is None:
        return "What is in it, and what wants a look."
    since = f"{report.usage.since:%Y-%m-%d}"
    return f"What is in it, what it answers, and what wants a look. Questions are those since {since}."


def _without(report: Report) -> Raw:
    if report.usage is not None:
        return Raw("")
    said = "There is no database to say what was asked: this is the base alone."
    return element("p", said, class_="note", role="note")


def _cards(report: Report) -> Raw:
    cards = [
        element("li", element("b", number), element("span", what), element("small", more))
        for number, what, more in headline(report)
    ]
    return element("ul", *cards, class_="cards")


def _next(report: Report) -> Raw:
    """What to do next, each with the command that it begins with."""
    found = [
        element(
            "li",
            element("span", step.what, *_names(step)),
            element("code", _text(step.command)),
        )
        for step in steps(report)
    ]
    inner = (
        element("ol", *found, class_="next")
        if found
        else element("p", "Nothing: no draft waits, and no entry wants a look.")
    )
    return _sheet("What to do next", "", inner, whole=True)


def _names(step: Step) -> Iterable[str | Raw]:
    for number, name in enumerate(step.names):
        yield ", " if number else ": "
        yield _id(name)
    if step.names and step.count > len(step.names):
        yield ", …"


def _sheet(title: str, about: str, *inner: Raw, whole: bool = False) -> Raw:
    said = [element("p", about, class_="soft")] if about else []
    return element("section", element("h2", title), *said, *inner, class_="whole" if whole else "half")


def _asked(report: Report) -> Iterable[Raw]:
    if report.usage is None:
        return
    if not report.weeks:
        yield _sheet("Questions by week", "Nothing was asked yet.", whole=True)
        return
    ends = [(end, _SAID[end]) for end in ENDS]
    heads = ["week of", *(_SAID[end] for end in ENDS)]
    rows = [
        [week.monday.isoformat(), *(f"{week.ends.get(end, 0):,}" for end in ENDS)]
        for week in reversed(report.weeks)
    ]
    numbers = element(
        "details",
        element("summary", "The numbers"),
        element("div", _table("Questions by week", heads, rows), class_="wide"),
    )
    yield _sheet(
        "Questions by week",
        "Who answered what was asked in each week. Withdrawn questions are left out.",
        plots.legend([(end.value, said) for end, said in ends]),
        plots.columns(report.weeks, ends),
        numbers,
        whole=True,
    )


def _by_section(report: Report) -> Raw:
    filled = [each for each in report.sections if each.entries or each.questions]
    empty = [each.name for each in report.sections if not (each.entries or each.questions) and each.name]
    shown = filled[:MOST]
    widest = max((each.entries for each in shown), default=0)
    kinds = [("fresh", "verified"), ("stale", "to be reviewed"), ("unverified", "never verified")]
    heads = ["section", "entries", "of which"] + (["asked", "by base"] if report.usage else [])
    rows = [_section_row(each, widest, asked=report.usage is not None) for each in shown]
    table = element(
        "table",
        _caption("Sections"),
        element(
            "thead",
            element(
                "tr",
                *(
                    element(
                        "th",
                        element("span", head, class_="unseen") if number == 2 else head,
                        scope="col",
                        class_="t" if number in (0, 2) else "n",
                        **_sorted("entries", head),
                    )
                    for number, head in enumerate(heads)
                ),
            ),
        ),
        element("tbody", *rows),
    )
    about = "How much each section has, and whether somebody looked at it."
    return _sheet(
        "Sections",
        about,
        *([plots.legend(kinds), element("div", table, class_="wide")] if filled else []),
        _more(filled, MOST),
        _empty(empty),
    )


def _empty(names: Sequence[str]) -> Raw:
    """The sections of the map that nothing was written for, nor asked."""
    if not names:
        return Raw("")
    said = [each for name in names[:MOST] for each in (", ", _text(name))][1:]
    more = f" and {len(names) - MOST:,} more" if len(names) > MOST else ""
    return element("p", "Nothing there, and nothing asked: ", *said, more, ".", class_="soft")


def _section_row(section: Section, widest: int, *, asked: bool) -> Raw:
    parts = [
        ("fresh", "verified", section.entries - section.stale - section.unverified),
        ("stale", "to be reviewed", section.stale),
        ("unverified", "never verified", section.unverified),
    ]
    unknown = [] if section.known else [element("span", "not in the map", class_="about")]
    cells = [
        element("th", _named(section.name), *unknown, scope="row"),
        element("td", f"{section.entries:,}", class_="n"),
        element("td", plots.bar(parts, widest), class_="bars"),
    ]
    if asked:
        base = (section.ends or {}).get(End.BASE, 0)
        cells += [element("td", f"{each:,}", class_="n") for each in (section.questions, base)]
    return element("tr", *cells)


def _verified(report: Report) -> Raw:
    kinds = {NEVER: "unverified", OLDER: "stale"}
    counts = {name: (kinds.get(name, "fresh"), count) for name, count in report.ages}
    return _sheet(
        "When somebody last verified them",
        "The age of the last verification.",
        element(
            "table", _caption("Entries by when they were verified"), element("tbody", plots.shares(counts))
        ),
    )


def _is_wide(facet: Facet) -> bool:
    return len(facet.values) > _NARROW


def _by_facet(facet: Facet) -> Raw:
    held = [row for row in facet.rows if any(row[2])]
    rows = [(_named(name), anyway, row) for name, anyway, row in held[:MOST]]
    if others := [anyway for _, anyway, row in facet.rows if not any(row)]:
        rows.append(
            (
                element("i", f"{counted(len(others), 'other section', 'other sections')}", class_="soft"),
                sum(others),
                (0,) * len(facet.values),
            )
        )
    about = (
        "How many entries have an answer for a version that entries name; “any”: those for every version."
        if facet.versions
        else "How many entries have an answer for it; “any”: those that do not depend on it."
    )
    return element(
        "section",
        element("h2", "Entries by ", _text(facet.name)),
        element("p", about, class_="soft"),
        plots.heat(facet, rows),
        _more(held, MOST),
        class_="whole" if _is_wide(facet) else "half",
    )


def _lists(report: Report) -> Iterable[Raw]:
    for title, what, about in (
        ("Most asked", "asked", "By how many questions they were found first, or refused."),
        ("Most confirmed", "confirmed", "By how many accounts said that this was it."),
        ("Most refused", "refused", "By how many questions whose asker said that it was not it."),
    ):
        if found := most(report.used, what):
            yield _sheet(title, about, *_used(title, found, what))
    if report.stale:
        rows = [
            [_entry(each.id, each.headline), each.due.isoformat(), _text(each.by)] for each in report.stale
        ]
        yield _sheet(
            "To be reviewed",
            "The time that they were verified for is over.",
            *_long("To be reviewed", ["entry", "since", "last verified by"], rows),
        )
    if report.usage is not None and report.usage.waiting:
        waiting = report.usage.waiting
        rows = [
            [_entry(each.entry or "–", each.kind), str(each.number), f"{each.at:%Y-%m-%d}"]
            for each in waiting
        ]
        yield _sheet(
            "Drafts that wait",
            "For an editor: pkgdesk kb drafts, or kb drafts in chat.",
            *_long("Drafts that wait", ["entry", "draft", "since"], rows),
        )
    yield from _ids("Never matched", "No question found them.", report.never)
    yield from _ids("Never verified", "Nobody said yet that they looked at them.", report.unverified)


def _used(title: str, found: Sequence[Used], by: str) -> Iterable[Raw]:
    columns: dict[str, Callable[[Used], int]] = {
        "asked": lambda each: each.told.asked,
        "answered": lambda each: each.told.answered,
        "confirmed": lambda each: each.told.confirmed,
        "refused": lambda each: each.told.refused,
    }
    rows = [
        [
            _entry(each.id, each.headline if each.there else "no longer in the base"),
            *(f"{figure(each):,}" for figure in columns.values()),
        ]
        for each in found
    ]
    return _long(title, ["entry", *columns], rows, by)


def _long(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str | Raw]], by: str = ""
) -> Iterable[Raw]:
    """A table of which the beginning is seen, and the rest when it is unfolded."""
    yield element("div", _table(title, heads, rows[:FIRST], by), class_="wide")
    if rest := rows[FIRST:MOST]:
        more = element("div", _table(f"{title}: the rest", heads, rest, by), class_="wide")
        yield element("details", element("summary", f"{len(rest):,} more"), more)
    yield _more(rows, MOST)


def _ids(title: str, about: str, ids: Sequence[str]) -> Iterable[Raw]:
    if not ids:
        return
    listed = element("ul", *(element("li", _id(each)) for each in ids[:MOST]), class_="ids")
    summary = element("summary", f"{len(ids):,} entries")
    few = len(ids) <= 3 * FIRST
    inner = [listed] if few else [element("details", summary, listed, _more(ids, MOST))]
    yield _sheet(title, about, *inner, whole=True)


def _caption(text: str) -> Raw:
    """What a table is, for who does not see what it stands under."""
    return element("caption", text, class_="unseen")


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str | Raw]], by: str = "") -> Raw:
    """The first column is what the others are about; they are figures."""
    columns = [
        element("th", head, scope="col", class_="n" if number else "t", **_sorted(by, head))
        for number, head in enumerate(heads)
    ]
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell, class_="n") for cell in row[1:]),
        )
        for row in rows
    ]
    return element(
        "table", _caption(caption), element("thead", element("tr", *columns)), element("tbody", *body)
    )


def _sorted(by: str, head: str) -> dict[str, str]:
    return {"aria_sort": "descending"} if by == head else {}


def _more(rows: Sequence[object], shown: int) -> Raw:
    if len(rows) <= shown:
        return Raw("")
    return element("p", f"and {len(rows) - shown:,} more, which --json has", class_="soft")


def _entry(name: str, headline: str) -> Raw:
    about = [element("span", _text(headline), class_="about")] if headline else []
    return joined(chain([_id(name)], about))


def _id(name: str) -> Raw:
    return element("bdi", name, class_="id")


def _text(text: str) -> Raw:
    return element("bdi", text)


def _named(section: str) -> Raw:
    return _text(section) if section else element("i", "none", class_="soft")
