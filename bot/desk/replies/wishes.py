"""What the desk says of how people wish to be asked: one line, with absolute times on their own clock."""

from collections.abc import Sequence
from datetime import datetime

from bot.desk.replies.words import moment, number
from routing.people import Hours, Person, Pings

_SHOWN = 5
"""Numbers of questions that are listed at the most."""


def busy(until: datetime, zone: str, freed: Sequence[int] = (), kept: Sequence[int] = ()) -> str:
    """`freed`: the questions that go on to somebody else for it; `kept`: those that wait for them, as nobody
    else can be asked."""
    wait = f" {_listed(kept)} wait{'s' if len(kept) == 1 else ''} for you until then." if kept else ""
    return (
        f"you are busy until {moment(until, zone)}; I ask you nothing before. `free` ends it."
        f"{_on(freed)}{wait}"
    )


def not_busy() -> str:
    return "you are not busy; `busy until monday` or `busy 3d` keeps me from asking you."


def spared(question: int, until: datetime) -> str:
    """To the asker: somebody could be asked now, but was asked so much lately that others come first."""
    return (
        f"{number(question)}: who could answer now was asked a lot lately, so I wait for somebody else to be "
        f"free; I go on at {moment(until)}."
    )


def free(person: Person, at: datetime) -> str:
    """`person`: with their wishes as they are now."""
    return f"you are free again. {_next(person, at)}"


def hours(person: Person, of_map: Hours | None, at: datetime, *, wished: bool) -> str:
    """What hours somebody has, whose they are, and what follows. `of_map`: those of the map."""
    if person.hours is None:
        return (
            f"you have no hours. {_next(person, at)} `hours 9-18 Europe/London` sets some, on the clock of "
            "that zone."
        )
    if not wished:
        return f"your hours are {person.hours}, as the map says. {_next(person, at)}"
    instead = f"the map's {of_map} do not count" if of_map is not None else "the map has none"
    return f"your hours are {person.hours}; {instead} until `hours off`. {_next(person, at)}"


def which_zone(text: str) -> str:
    return f"in which time zone? Say `hours {text} Europe/London`, or the like."


def budget(person: Person, of_map: int | None, spent: int, *, wished: bool) -> str:
    """`spent`: the pings within the last 24 hours."""
    limit = _times(person.budget)
    used = f" Within the last 24 hours: {spent}."
    if not wished:
        return f"I ask you {limit}, as the map says.{used} `budget 3 a day` changes it."
    return f"I ask you {limit}.{used} `budget off` goes back to what the map says: {_times(of_map)}."


def no_budget(most: int) -> str:
    return f"a budget is a number of pings within 24 hours, at most {most}: `budget 3 a day`, `budget off`."


def _times(budget: int | None) -> str:
    if budget is None:
        return "as often as questions come"
    return (
        "not at all" if not budget else f"at most {budget} time{'' if budget == 1 else 's'} within 24 hours"
    )


_PINGS = {
    Pings.PUBLIC: "I ask you where the question was asked, or privately",
    Pings.PRIVATE: "I ask you only privately",
    Pings.OFF: "I ask you nothing",
}


def pings(person: Person, *, wished: bool, freed: Sequence[int] = ()) -> str:
    """`freed` as for `busy`."""
    if not wished:
        return f"{_PINGS[person.pings]}, as the map says. `pings off`, `private` or `public` changes it."
    return f"{_PINGS[person.pings]}, until you say otherwise; `pings on` goes back to the map's.{_on(freed)}"


def _on(freed: Sequence[int]) -> str:
    if not freed:
        return ""
    return f" {_listed(freed)} go{'es' if len(freed) == 1 else ''} on to the next one."


def _listed(questions: Sequence[int]) -> str:
    return ", ".join([*map(number, questions[:_SHOWN]), *(["…"] if len(questions) > _SHOWN else [])])


def _next(person: Person, at: datetime) -> str:
    """From when on they may be asked."""
    when = person.next_awake(at)
    return "I may ask you now." if when <= at else f"I may ask you from {moment(when, person.zone)} on."
