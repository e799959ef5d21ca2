"""A finding and a ladder, said at length: as tables for a terminal and as plain data for programs.

Every reason is in the values already; here it is only printed. Text of questions and entries is printed as
text, never as markup. Imports of ours: values of the desk, `knowledge` and `routing`.
"""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.desk.asking import CHOICES
from bot.desk.model import Finding
from bot.desk.settings import DeskSettings
from knowledge.confidence import Band
from knowledge.index import Match
from routing.choose import Refusal, Route
from routing.evidence import Candidate

Data = dict[str, Any]


# --- for a terminal -----------------------------------------------------------------------------------


def print_answer(console: Console, finding: Finding, settings: DeskSettings) -> None:
    """What the asker would be told: the answer, the candidates, or that a person has to be found."""
    if finding.empty:
        console.print("Nothing in this could be looked up: ask in a few more words.")
    elif finding.band is Band.ANSWER:
        match = finding.matches[0]
        _say(console, match.answer.short)
        facts = [f"for {match.holds_for}" if match.holds_for else "", match.answer.source]
        if match.entry.verified is not None:
            facts.append(f"verified {match.entry.verified.on} by {match.entry.verified.by}")
        _say(console, " · ".join(fact for fact in facts if fact), "dim")
        if match.contested:
            _say(
                console, f"It differs for others: say which {match.ask_for or 'version'} is yours.", "yellow"
            )
        if match.answer.text:
            _say(console, "\n" + textwrap.indent(match.answer.text.strip(), "  ") + "\n")
        _say(
            console, f"{match.entry.id}, {_percent(match.probability)} sure: {_because(match.reasons)}", "dim"
        )
    elif finding.band is Band.OFFER:
        _say(console, "Not sure enough to answer. Did you mean:")
        likely = [match for match in finding.matches if match.probability >= settings.offer_at]
        console.print(_offered(likely[:CHOICES]))
    else:
        _say(console, "The knowledge base does not answer this; the desk would look for a person.")


def print_for_others(console: Console, others: Mapping[str, str]) -> None:
    """Entries that fit but for the version or the like, with what they hold for."""
    for entry, holds_for in others.items():
        _say(console, f"{entry} fits, but holds for {holds_for} only")


def print_search(console: Console, finding: Finding, settings: DeskSettings) -> None:
    """How the answer came about: words, candidates, probabilities, bands."""
    _head(console, "How it was read")
    for wrong, right in finding.repairs:
        _say(console, f"`{wrong}` was taken for `{right}`")
    facets = ", ".join(f"{facet} {value}" for facet, value in finding.facets.items())
    _say(console, f"known of the case: {facets or 'no version, toolstack or the like'}")
    _head(console, "What the knowledge base has")
    table = _table("sure", "entry", "because")
    for match in finding.matches:
        table.add_row(_percent(match.probability), Text(match.entry.id), Text("\n".join(match.reasons)))
    console.print(table if finding.matches else Text("nothing that shares a word with it"))
    _say(
        console,
        f"{finding.band.value}: the desk answers by itself from {_percent(settings.answer_at)} on, where the "
        f"next is {_percent(settings.gap)} behind; it offers from {_percent(settings.offer_at)} on.",
    )


def print_route(console: Console, finding: Finding, routes: Sequence[Route], settings: DeskSettings) -> None:
    """Whose question it is, and the ladder that it would climb."""
    _head(console, "Whose it is")
    table = _table("sure", "section", "because")
    for candidate in finding.candidates:
        table.add_row(
            _percent(candidate.confidence), Text(candidate.section), Text("\n".join(candidate.reasons))
        )
    console.print(table if finding.candidates else Text("nothing points to a section"))
    if not finding.candidates or finding.candidates[0].confidence < settings.route_at:
        _say(console, f"Below {_percent(settings.route_at)} a triager is asked first, where there is one.")
    _head(console, "Whom the desk would ask, if everybody were there and nobody replied")
    ladder = _table("", "from", "who", "where", "because")
    for number, (start, route) in enumerate(_timed(routes), 1):
        if route.person is not None:
            who = Text.assemble((route.person.name, "bold"), f" ({route.role})")
            ladder.add_row(str(number), start, who, Text(_where(route)), Text(route.reason))
    console.print(ladder if routes and routes[0].person is not None else Text("nobody"))
    _say(console, _end(routes))
    refusals = _refused(routes)
    if refusals:
        _head(console, "Who would not be asked")
        for refusal in refusals:
            _say(console, f"{refusal.person}: {_why(refusal)}")


def _table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold", no_wrap=head in ("", "sure", "from"))
    return table


def _offered(matches: Sequence[Match]) -> Table:
    """Candidates as they are offered: number, how sure, the question and its short answer in full."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name in ("number", "sure"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("entry", overflow="fold")
    for number, match in enumerate(matches, 1):
        body = Text.assemble((match.entry.headline, "bold"), "\n", match.answer.short)
        table.add_row(str(number), _percent(match.probability), body)
    return table


def _head(console: Console, title: str) -> None:
    console.print()
    console.print(Text(title, "bold cyan"))


def _say(console: Console, text: str, style: str = "") -> None:
    if text:
        # Elsewhere than on a terminal a line stays one, for whoever reads it next.
        console.print(Text(text, style), soft_wrap=not console.is_terminal)


def _percent(share: float) -> str:
    """Rounded, but never to a certainty that is none."""
    if 0.0 < share < 0.01:
        return "<1 %"
    return f"{share * 100:.0f} %" if share == 1.0 else f"{min(99, round(share * 100))} %"


def _because(reasons: Iterable[str]) -> str:
    return "; ".join(reasons) or "no reason was kept"


def _timed(routes: Sequence[Route]) -> Iterator[tuple[str, Route]]:
    """Each step with when it would begin: that of the one before it ending."""
    start = "at once"
    for route in routes:
        yield start, route
        start = _moment(route.due)


def _moment(at: datetime | None) -> str:
    return f"{at:%a %H:%M} UTC" if at is not None else ""


def _where(route: Route) -> str:
    if route.place is None:
        return ""
    return "privately" if route.place.venue.private else route.place.venue.name


def _end(routes: Sequence[Route]) -> str:
    last = routes[-1]
    if last.wait_until is not None:
        return f"Then it waits for somebody to be free, at the latest until {_moment(last.wait_until)}."
    return (
        f"Then it goes to {last.mail}."
        if last.mail
        else "Then it ends: nobody is left, and there is no list."
    )


def _refused(routes: Sequence[Route]) -> list[Refusal]:
    """Who was left out on the whole way, but for those who had their turn already."""
    asked = {route.person.id for route in routes if route.person is not None}
    found = {refusal.person: refusal for route in routes for refusal in route.refusals}
    return [refusal for who, refusal in found.items() if who not in asked]


def _why(refusal: Refusal) -> str:
    until = f", until {_moment(refusal.until)}" if refusal.until is not None else ""
    return refusal.why.replace("_", " ") + until


# --- for programs -------------------------------------------------------------------------------------


def finding_data(finding: Finding, settings: DeskSettings) -> Data:
    """The finding as what JSON can hold."""
    return {
        "text": finding.text,
        "band": finding.band.value,
        "empty": finding.empty,
        "repairs": [{"from": wrong, "to": right} for wrong, right in finding.repairs],
        "facets": dict(finding.facets),
        "thresholds": {
            "answer_at": settings.answer_at,
            "offer_at": settings.offer_at,
            "gap": settings.gap,
            "route_at": settings.route_at,
        },
        "matches": [_match_data(match) for match in finding.matches],
        "sections": [_candidate_data(candidate) for candidate in finding.candidates],
    }


def route_data(routes: Sequence[Route]) -> Data:
    """The ladder as what JSON can hold."""
    last = routes[-1]
    return {
        "section": routes[0].section,
        "ladder": [_step_data(route) for route in routes if route.person is not None],
        "refused": [_refusal_data(refusal) for refusal in _refused(routes)],
        "wait_until": last.wait_until.isoformat() if last.wait_until else None,
        "mail": last.mail,
        "steps": [list(route.steps) for route in routes],
    }


def _match_data(match: Match) -> Data:
    verified = match.entry.verified
    return {
        "entry": match.entry.id,
        "probability": round(match.probability, 4),
        "score": round(match.score, 4),
        "title": match.entry.headline,
        "short": match.answer.short,
        "text": match.answer.text,
        "source": match.answer.source,
        "holds_for": match.holds_for,
        "contested": match.contested,
        "ask_for": match.ask_for,
        "section": match.entry.section,
        "verified": {"on": verified.on.isoformat(), "by": verified.by, "for": verified.version}
        if verified
        else None,
        "reasons": list(match.reasons),
        "evidence": {name: round(value, 4) for name, value in asdict(match.evidence).items()},
    }


def _candidate_data(candidate: Candidate) -> Data:
    return {
        "section": candidate.section,
        "confidence": round(candidate.confidence, 4),
        "sign": candidate.sign,
        "reasons": list(candidate.reasons),
    }


def _step_data(route: Route) -> Data:
    venue = route.place.venue if route.place else None
    return {
        "person": route.person.id if route.person else None,
        "name": route.person.name if route.person else None,
        "role": route.role,
        "reason": route.reason,
        "section": route.section,
        "network": venue.network if venue else None,
        "where": _where(route),
        "due": route.due.isoformat() if route.due else None,
    }


def _refusal_data(refusal: Refusal) -> Data:
    until = refusal.until.isoformat() if refusal.until else None
    return {"person": refusal.person, "why": refusal.why.value, "until": until}
