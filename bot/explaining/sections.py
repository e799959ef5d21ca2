"""Whose a question is: what speaks for each section and what that adds to its odds, what of the past is like
it, and what follows from that: a developer is asked, a triager with the best candidates, whoever sees to the
rest, or the list.

Imports of ours: `bot.explaining`, values of the desk, `routing`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from bot.desk.settings import DeskSettings
from bot.explaining.account import beside, percent
from bot.explaining.screen import head, rows, say, table
from routing.candidates import Candidate
from routing.choose import Route
from routing.ladder import OFFERED, Standing, unsure
from routing.precedent import Alike

Data = dict[str, Any]

LABELS = {
    "stated": "what the text names, and what people said of its like",
    "nearest": "its part in the past commits that are most like it",
    "near": "its part in the nearest of them",
    "worked": "words that were said of changes to its files",
    "holds": "words of the paths of its files",
    "filed": "words of its patterns",
    "called": "words of its name, aliases and keywords",
    "usual": "how much of the tree's work it has lately",
}
"""The measures of whose a question is, in the words of whoever looks after a map."""

SHOWN = 5
"""Sections that are told to a reader; programs get all."""
_SEEN = 0.005  # what is printed as 0.01


class Follows(StrEnum):
    """What the desk does first with a question."""

    PERSON = "person"
    TRIAGER = "triager"
    REST = "rest"
    READS_BACK = "reads_back"
    WAIT = "wait"
    LIST = "list"
    NOBODY = "nobody"


def follows(route: Route) -> Follows:
    """What the first step of a question is."""
    if route.person is None:
        if route.wait_until is not None:
            return Follows.WAIT
        return Follows.LIST if route.mail else Follows.NOBODY
    if route.standing is Standing.TRIAGER:
        return Follows.TRIAGER
    return {Standing.REST.value: Follows.REST, Standing.READS_BACK.value: Follows.READS_BACK}.get(
        route.role, Follows.PERSON
    )


def why(candidates: Sequence[Candidate], route: Route, settings: DeskSettings) -> str:
    """Why that is done, in a sentence."""
    if not candidates:
        sure = "nothing points to a section"
    else:
        first = candidates[0]
        is_it, needed = beside(first.confidence, settings.route_at)
        sure = f"{first.section} is {is_it} sure, and its people are asked from {needed} on (desk.route_at)"
    what = follows(route)
    doubtful = unsure(candidates, settings.route_at) and what is not Follows.TRIAGER
    nobody = "; there is no triager who could be asked" if doubtful else ""
    return f"{sure}{nobody}; {_done(what, candidates, route)}"


def moment(at: datetime | None) -> str:
    """A time of a ladder. It may span a week, of which its beginning is told with the date."""
    return f"{at:%a %d %b %H:%M} UTC" if at is not None else ""


def _done(what: Follows, candidates: Sequence[Candidate], route: Route) -> str:
    who = route.person.name if route.person is not None else ""
    match what:
        case Follows.TRIAGER if candidates:
            offered = enumerate((each.section for each in candidates[:OFFERED]), 1)
            which = ", ".join(f"{number} {section}" for number, section in offered)
            return f"{who} ({route.role}) is asked which it is: {which}"
        case Follows.TRIAGER:
            return f"{who} ({route.role}) is asked where it belongs"
        case Follows.REST:
            return f"it goes to those who see to the rest: {who} is asked"
        case Follows.READS_BACK:
            return f"it goes to those who read back: {who} is asked"
        case Follows.WAIT:
            return f"nobody can be asked before {moment(route.wait_until)}"
        case Follows.LIST:
            return f"nobody can be asked, so it goes to the list, {route.mail}"
        case Follows.NOBODY:
            return "nobody can be asked, and there is no list"
    return f"{who} ({route.role}) is asked"


# --- for a terminal -----------------------------------------------------------------------------------


def print_sections(
    console: Console,
    candidates: Sequence[Candidate],
    route: Route,
    settings: DeskSettings,
    *,
    explain: bool,
) -> None:
    """Whose question it is; on request with what that comes of and what follows. `route`: its first step."""
    head(console, "Whose it is")
    if not candidates:
        say(console, "nothing points to a section")
    elif explain:
        console.print(_at_length(candidates[:SHOWN]))
    else:
        console.print(_in_short(candidates[:SHOWN]))
    if others := candidates[SHOWN:]:
        more = f"{len(others)} more section{'s' if len(others) > 1 else ''}"
        say(console, f"{more}: {percent(others[0].confidence)} sure at most", "dim")
    if explain:
        head(console, "What follows")
        say(console, f"{why(candidates, route, settings)}.")
    elif unsure(candidates, settings.route_at):
        say(console, f"Below {percent(settings.route_at)} a triager is asked first, where there is one.")


def _in_short(candidates: Iterable[Candidate]) -> Table:
    made = table("sure", "section", "because")
    for each in candidates:
        made.add_row(percent(each.confidence), Text(each.section), Text("\n".join(each.reasons)))
    return made


def _at_length(candidates: Iterable[Candidate]) -> Table:
    """Each section with what it says for itself, what that adds to its odds, and what is like it."""
    made = rows("right")
    for each in candidates:
        told: list[Text | Table] = [Text(each.section, "bold")]
        # What is like it stands below in full.
        told += [Text(reason) for reason in each.reasons if not any(a.subject in reason for a in each.alike)]
        if shares := [share for share in _by_weight(each) if abs(share[1]) >= _SEEN]:
            told.append(_sum(shares))
        if each.alike:
            told.append(_past(each.alike))
        made.add_row(percent(each.confidence), Group(*told))
    return made


def _by_weight(candidate: Candidate) -> list[tuple[str, float]]:
    """What each measure adds to the logarithm of a section's odds, the one that counts most first."""
    return sorted(candidate.shares, key=lambda share: -abs(share[1]))


def _sum(shares: Iterable[tuple[str, float]]) -> Table:
    """What each measure adds to the logarithm of the odds."""
    made = rows("right")
    for measure, adds in shares:
        made.add_row(Text(f"{adds:+.2f}", "green" if adds > 0 else "red"), Text(LABELS.get(measure, measure)))
    return made


def _past(alike: Iterable[Alike]) -> Table:
    """Of the past what is like it, and how much beside what is most."""
    made = rows("right")
    for each in alike:
        made.add_row(Text(percent(each.likeness), "dim"), Text(f"like “{each.subject}”, of {each.section}"))
    return made


# --- for programs -------------------------------------------------------------------------------------


def candidate_data(candidate: Candidate) -> Data:
    """A section that the question may belong to."""
    return {
        "section": candidate.section,
        "confidence": round(candidate.confidence, 4),
        "sign": candidate.sign,
        "reasons": list(candidate.reasons),
        "shares": [{"measure": measure, "adds": round(adds, 4)} for measure, adds in _by_weight(candidate)],
        "alike": [
            {"subject": each.subject, "section": each.section, "likeness": round(each.likeness, 4)}
            for each in candidate.alike
        ],
    }


def follows_data(candidates: Sequence[Candidate], route: Route, settings: DeskSettings) -> Data:
    """What is done first with the question, and why."""
    return {
        "thresholds": {"route_at": settings.route_at},
        "follows": follows(route).value,
        "why": why(candidates, route, settings),
    }
