"""The ladder: whose a question is and whom the desk would ask, as tables and as plain data.

Every reason is in the values already; here it is only told. Imports of ours: `bot.explaining`, values of the
desk, `routing`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from bot.desk.model import Finding
from bot.desk.settings import DeskSettings
from bot.explaining.screen import head, say, table
from bot.explaining.sections import follows_data, moment, print_sections
from routing.choose import Refusal, Route

Data = dict[str, Any]


# --- for a terminal -----------------------------------------------------------------------------------


def print_route(
    console: Console,
    finding: Finding,
    routes: Sequence[Route],
    settings: DeskSettings,
    *,
    explain: bool = False,
) -> None:
    """Whose question it is, and the ladder that it would climb; on request with what each section's odds come
    of."""
    print_sections(console, finding.candidates, routes, settings, explain=explain)
    head(console, "Whom the desk would ask, if everybody were there and nobody replied")
    ladder = table("", "from", "who", "where", "because")
    for number, (start, route) in enumerate(_timed(routes), 1):
        if route.person is not None:
            who = Text.assemble((route.person.name, "bold"), f" ({route.role})")
            ladder.add_row(str(number), start, who, Text(_where(route)), Text(route.reason))
    console.print(ladder if routes and routes[0].person is not None else Text("nobody"))
    say(console, _end(routes))
    refusals = _refused(routes)
    if refusals:
        head(console, "Who would not be asked")
        for refusal in refusals:
            say(console, f"{refusal.person}: {_why(refusal)}")


def _timed(routes: Sequence[Route]) -> Iterator[tuple[str, Route]]:
    """Each step with when it would begin: that of the one before it ending."""
    start = "at once"
    for route in routes:
        yield start, route
        start = moment(route.due)


def _where(route: Route) -> str:
    if route.place is None:
        return ""
    return "privately" if route.place.venue.private else route.place.venue.name


def _end(routes: Sequence[Route]) -> str:
    last = routes[-1]
    if last.wait_until is not None:
        return f"Then it waits for somebody to be free, at the latest until {moment(last.wait_until)}."
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
    until = f", until {moment(refusal.until)}" if refusal.until is not None else ""
    return refusal.why.replace("_", " ") + until


# --- for programs -------------------------------------------------------------------------------------


def route_data(finding: Finding, routes: Sequence[Route], settings: DeskSettings) -> Data:
    """What is done with the question, and the ladder, as what JSON can hold."""
    last = routes[-1]
    return {
        **follows_data(finding.candidates, routes[0], settings),
        "section": routes[0].section,
        "ladder": [_step_data(route) for route in routes if route.person is not None],
        "refused": [_refusal_data(refusal) for refusal in _refused(routes)],
        "wait_until": last.wait_until.isoformat() if last.wait_until else None,
        "mail": last.mail,
        "steps": [list(route.steps) for route in routes],
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
