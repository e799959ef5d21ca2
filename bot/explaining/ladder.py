"""The ladder: whose a question is and whom the desk would ask, as tables and as plain data. Where a table
would tear words (on a narrow terminal), and for whoever reads a pipe, each step is a paragraph.

Every reason is in the values already; here it is only told. Imports of ours: `bot.explaining`,
`bot.rehearsal`, values of the desk, `routing`.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.desk.model import Finding
from bot.desk.reference import Reference
from bot.explaining.screen import head, say, table
from bot.explaining.sections import follows_data, moment, print_sections
from bot.rehearsal import Rehearsed, on_none
from routing.choose import Refusal, Route, Why

Data = dict[str, Any]

WIDE = 80
"""Columns from which on the ladder is a table."""
_NAMED = 3
"""Of those whom no account is known of, so many are named."""


# --- for a terminal -----------------------------------------------------------------------------------


def print_route(
    console: Console,
    finding: Finding,
    rehearsed: Sequence[Rehearsed],
    reference: Reference,
    networks: Collection[str],
    *,
    explain: bool = False,
) -> None:
    """Whose question it is, and the ladder that it would climb; on request with what each section's odds come
    of."""
    settings = reference.settings
    print_sections(console, finding.candidates, rehearsed[0].route, settings, explain=explain)
    begins = rehearsed[0].at
    head(console, "Whom the desk would ask, if everybody were there and nobody replied")
    asked = [each for each in rehearsed if each.route.person is not None]
    if not asked:
        say(console, "nobody")
    elif console.is_terminal and console.width >= WIDE:
        ladder = table("", "from", "who", "where", "because")
        for number, each in enumerate(asked, 1):
            start, route = _start(each, begins), each.route
            ladder.add_row(str(number), start, _who(route), Text(_where(route)), Text(route.reason))
        console.print(ladder)
    else:
        for number, each in enumerate(asked, 1):
            _print_step(console, number, _start(each, begins), each.route)
    say(console, _end(rehearsed))
    refusals = _refused(rehearsed)
    if refusals:
        head(console, "Who would not be asked")
        for line in _told(refusals, reference, networks):
            say(console, line)


def _print_step(console: Console, number: int, start: str, route: Route) -> None:
    title = Text.assemble(f"{number}. {start}: ", _who(route), f", {_where(route)}")
    console.print(title, soft_wrap=not console.is_terminal)
    because = Text(f"because {route.reason}")
    if console.is_terminal:
        console.print(Padding(because, (0, 0, 0, 3)))
    else:
        console.print(Text("   ") + because, soft_wrap=True)


def _who(route: Route) -> Text:
    name = route.person.name if route.person is not None else ""
    return Text.assemble((name, "bold"), f" ({route.role})")


def _start(each: Rehearsed, begins: datetime) -> str:
    return "at once" if each.at == begins else moment(each.at)


def _where(route: Route) -> str:
    if route.place is None:
        return ""
    return "privately" if route.place.venue.private else route.place.venue.name


def _end(rehearsed: Sequence[Rehearsed]) -> str:
    first, last = rehearsed[0], rehearsed[-1]
    when = f", on {moment(last.at)}" if last.at > first.at else ""
    if last.route.mail:
        return f"Then it goes to {last.route.mail}{when}."
    return f"Then it ends{when}: nobody is left, and there is no list."


def _refused(rehearsed: Sequence[Rehearsed]) -> list[Refusal]:
    """Who was left out on the whole way, but for those who have their turn on it."""
    asked = {each.route.person.id for each in rehearsed if each.route.person is not None}
    found = {refusal.person: refusal for each in rehearsed for refusal in each.route.refusals}
    return [refusal for who, refusal in found.items() if who not in asked]


def _told(refusals: Sequence[Refusal], reference: Reference, networks: Collection[str]) -> Iterator[str]:
    """A line for each, and one for all who have no account where the desk is."""
    people = reference.map.people
    nowhere = [
        each.person
        for each in refusals
        if each.why is Why.UNREACHABLE and on_none(people[each.person], networks)
    ]
    for refusal in refusals:
        if refusal.person not in nowhere:
            yield f"{refusal.person}: {_why(refusal)}"
    if nowhere:
        more = f" and {len(nowhere) - _NAMED} more" if len(nowhere) > _NAMED else ""
        where = f" ({', '.join(sorted(networks))})" if networks else ""
        yield (
            f"{', '.join(nowhere[:_NAMED])}{more}: no account on a configured network{where}; the map, or an "
            "overlay of it, gives them one"
        )


def _why(refusal: Refusal) -> str:
    why = refusal.why.replace("_", " ")
    if refusal.until is None:
        return why
    return f"{why} until {moment(refusal.until)}, and no question waits so long (desk.wait_for_people)"


# --- for programs -------------------------------------------------------------------------------------


def route_data(finding: Finding, rehearsed: Sequence[Rehearsed], reference: Reference) -> Data:
    """What is done with the question, and the ladder, as what JSON can hold."""
    first, last = rehearsed[0], rehearsed[-1]
    waits = first.route.wait_until
    return {
        **follows_data(finding.candidates, first.route, reference.settings),
        "section": first.route.section,
        "at": first.at.isoformat(),
        "ladder": [_step_data(each) for each in rehearsed if each.route.person is not None],
        "refused": [_refusal_data(refusal) for refusal in _refused(rehearsed)],
        "wait_until": waits.isoformat() if waits else None,
        "ends": last.at.isoformat(),
        "mail": last.route.mail,
        "steps": [list(each.route.steps) for each in rehearsed],
    }


def _step_data(each: Rehearsed) -> Data:
    route = each.route
    venue = route.place.venue if route.place else None
    return {
        "person": route.person.id if route.person else None,
        "name": route.person.name if route.person else None,
        "role": route.role,
        "reason": route.reason,
        "section": route.section,
        "network": venue.network if venue else None,
        "where": _where(route),
        "from": each.at.isoformat(),
        "due": route.due.isoformat() if route.due else None,
    }


def _refusal_data(refusal: Refusal) -> Data:
    until = refusal.until.isoformat() if refusal.until else None
    return {"person": refusal.person, "why": refusal.why.value, "until": until}
