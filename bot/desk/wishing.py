"""What people of the map wish of how they are asked: busy, free, hours, budget, pings.

    busy [until MOMENT | SPAN | off]    free    hours [HOURS [ZONE] | off]    budget [N [a day] | off]
    pings [public | private | off | on]

Each acts at once, is kept for the person (whichever account they say it from) and goes before what the map
says; alone it tells what holds. Moments (`routing.times`) and hours are read on the person's own wall clock.
Who is busy, or wants no pings, is not waited for: a question that waits for their first word goes on, unless
nobody else can be asked and they are back soon enough. Whoever may be asked again is at once: the questions
that wait for anybody look again.

As bare words they count from somebody who is being asked, there or where the question is, and only with what
they wish: "busy" alone may be an answer, or talk.
"""

import re
from dataclasses import replace
from datetime import datetime

from bot.desk import pinging, replies
from bot.desk.case import Case, complain, reachable_note, say, wished
from bot.desk.effects import Effect, Explain, SavePing, SaveQuestion, SaveWish
from bot.desk.events import Heard
from bot.desk.lifecycle import Step, advance
from bot.desk.model import Ping, PingState, Question, State
from bot.desk.said import Said
from bot.desk.triaging import reacted
from routing.people import NoZone, Person, Pings, Wishes, read_hours
from routing.times import read_moment
from routing.wishes import Value, Wish, written

WORDS = frozenset({"busy", "free", "hours", "budget", "pings"})

_MOST = 1000
"""Pings a day; who accepts more has no budget."""

_BUDGET = re.compile(
    r"(?P<count>\d{1,9})(?:\s*pings?)?(?:\s*(?:/|a|per|each)\s*(?:day|24\s*h))?", re.IGNORECASE
)


def busy(case: Case, heard: Heard, said: Said) -> list[Effect]:
    if "off" in said.args:
        return free(case, heard, said)
    person = _speaker(case, heard, said)
    if person is None:
        return _not_theirs(case, heard, said)
    now = wished(case.facts, person)
    text = said.args.get("text")
    if text is None:
        until = now.busy_until
        held = until is not None and case.at < until
        told = replies.busy(until, now.zone) if until is not None and held else replies.not_busy()
        return [*say(case, heard.venue, told, to=heard.speaker)]
    try:
        until = read_moment(text, case.at, now.zone, now.day_starts)
    except ValueError as error:
        return _unread(case, heard, said, _sentence(error))
    back = replace(now, busy_until=until).next_awake(until)
    moved, freed, kept = _goes_on(case, heard, person, back)
    told = replies.busy(until, now.zone, freed, kept)
    return [*_wish(person, Wish.BUSY, until), *moved, *say(case, heard.venue, told, to=heard.speaker)]


def free(case: Case, heard: Heard, said: Said) -> list[Effect]:
    person = _speaker(case, heard, said)
    if person is None:
        return _not_theirs(case, heard, said)
    wishes = _wishes(case, person)
    until = wishes.busy_until
    if until is None or until <= case.at:
        return [*say(case, heard.venue, replies.not_busy(), to=heard.speaker)]
    told = replies.free(replace(wishes, busy_until=None).on(person), case.at)
    return [
        *_wish(person, Wish.BUSY, None),
        *_looks_again(case, person),
        *say(case, heard.venue, told, to=heard.speaker),
    ]


def hours(case: Case, heard: Heard, said: Said) -> list[Effect]:
    person = _speaker(case, heard, said)
    if person is None:
        return _not_theirs(case, heard, said)
    wishes, text = _wishes(case, person), said.args.get("text")
    effects: list[Effect] = []
    if "off" in said.args:
        wishes, effects = replace(wishes, hours=None), _wish(person, Wish.HOURS, None)
        effects += _looks_again(case, person)
    elif text is not None:
        known = wishes.on(person).hours
        try:
            wanted = read_hours(text, known.zone if known is not None else None)
        except NoZone:
            return _unread(case, heard, said, replies.which_zone(text))
        except ValueError as error:
            return _unread(case, heard, said, _sentence(error))
        wishes, effects = replace(wishes, hours=wanted), _wish(person, Wish.HOURS, wanted)
        then = wishes.on(person)
        if then.awake(case.at):
            effects += _looks_again(case, person)
        else:
            effects += _goes_on(case, heard, person, then.next_awake(case.at))[0]
    told = replies.hours(wishes.on(person), person.hours, case.at, wished=wishes.hours is not None)
    return [*effects, *say(case, heard.venue, told, to=heard.speaker)]


def budget(case: Case, heard: Heard, said: Said) -> list[Effect]:
    person = _speaker(case, heard, said)
    if person is None:
        return _not_theirs(case, heard, said)
    wishes, text = _wishes(case, person), said.args.get("text")
    effects: list[Effect] = []
    if "off" in said.args:
        wishes, effects = replace(wishes, budget=None), _wish(person, Wish.BUDGET, None)
        effects += _looks_again(case, person)
    elif text is not None:
        found = _BUDGET.fullmatch(text)
        wanted = int(found["count"]) if found else _MOST + 1
        if wanted > _MOST:
            return _unread(case, heard, said, replies.no_budget(_MOST))
        wishes, effects = replace(wishes, budget=wanted), _wish(person, Wish.BUDGET, wanted)
        effects += _looks_again(case, person) if wanted else _goes_on(case, heard, person)[0]
    spent = case.facts.load.recent.get(person.id, 0)
    told = replies.budget(wishes.on(person), person.budget, spent, wished=wishes.budget is not None)
    return [*effects, *say(case, heard.venue, told, to=heard.speaker)]


def pings(case: Case, heard: Heard, said: Said) -> list[Effect]:
    person = _speaker(case, heard, said)
    if person is None:
        return _not_theirs(case, heard, said)
    wishes, to = _wishes(case, person), said.args.get("to", "").casefold()
    effects: list[Effect] = []
    freed: tuple[int, ...] = ()
    if to == "on":
        wishes, effects = replace(wishes, pings=None), _wish(person, Wish.PINGS, None)
    elif to:
        wanted = Pings(to)
        wishes, effects = replace(wishes, pings=wanted), _wish(person, Wish.PINGS, wanted)
    if to and wishes.on(person).pings is Pings.OFF:
        moved, freed, _ = _goes_on(case, heard, person)
        effects = [*effects, *moved]
    elif to:
        effects = [*effects, *_looks_again(case, person)]
    told = replies.pings(wishes.on(person), wished=wishes.pings is not None, freed=freed)
    return [*effects, *say(case, heard.venue, told, to=heard.speaker)]


def _speaker(case: Case, heard: Heard, said: Said) -> Person | None:
    """Who wishes, as the map has them; None where that is nobody, or a bare word is not for the desk."""
    person = case.reference.person_of(heard.speaker)
    if person is None or said.addressed:
        return person
    places = {key for ping, question in _asked(case) for key in (ping.venue.key, question.venue.key)}
    return person if said.args and heard.venue.key in places else None


def _asked(case: Case) -> list[tuple[Ping, Question]]:
    """What the speaker is being asked now."""
    pinged = [(ping, case.facts.questions[ping.question]) for ping in case.facts.pinged]
    return [(ping, question) for ping, question in pinged if ping.is_current(question)]


def _wishes(case: Case, person: Person) -> Wishes:
    return case.facts.wishes.get(person.id, Wishes())


def _wish(person: Person, wish: Wish, value: Value | None) -> list[Effect]:
    return [SaveWish(person.id, wish, None if value is None else written(value))]


def asked_again(said: Said) -> bool:
    """Whether the line may let its speaker be asked who could not be."""
    return said.command in WORDS and (said.command == "free" or bool(said.args))


def _goes_on(
    case: Case, heard: Heard, person: Person, back: datetime | None = None
) -> tuple[list[Effect], tuple[int, ...], tuple[int, ...]]:
    """The questions that wait for a first word of theirs, and for longer than until they are `back`, are for
    the next one at once; but where nobody else can be asked and they are back soon enough, they wait as after
    `later`. And the numbers of those, and of these."""
    effects: list[Effect] = []
    freed, kept = [], []
    for ping, question in _asked(case):
        back_in_time = back is not None and question.due is not None and back <= question.due
        if question.state is not State.ASKED or ping.person != person.id or back_in_time:
            continue
        latest = question.asked_at + case.settings.wait_for_people
        if back is not None and back <= latest and not pinging.anybody_else(case, question, person.id):
            told = replies.put_off(question.number, heard.speaker.nick, back)
            effects += [
                SavePing(replace(reacted(case, ping, PingState.ACKNOWLEDGED), until=back)),
                SaveQuestion(advance(question, Step.PUT_OFF, at=case.at, due=back)),
                *reachable_note(case, question, told),
                Explain(question.number, (f"nobody but {person.id} can be asked, and that is waited for",)),
            ]
            kept.append(question.number)
            continue
        released = advance(question, Step.RELEASE, at=case.at, due=case.at, responder=None, replies=())
        effects += [
            SavePing(replace(ping, state=PingState.PASSED)),
            SaveQuestion(released),
            Explain(question.number, (f"{person.id} cannot be asked now",)),
        ]
        freed.append(question.number)
    return effects, tuple(freed), tuple(kept)


def _looks_again(case: Case, person: Person) -> list[Effect]:
    """The questions that wait for somebody who can be asked, and were not brought to `person`, are looked at
    now: they may be the one. Whoever asked hears nothing where that changes nothing."""
    waiting = (
        question
        for question in case.facts.questions.values()
        if question.state is State.OPEN
        and question.due is not None
        and question.due - case.at > case.settings.settle
        and person.id not in case.facts.asked_enough(question.number)
    )
    return [SaveQuestion(advance(question, Step.WAIT, at=case.at, due=case.at)) for question in waiting]


def _unread(case: Case, heard: Heard, said: Said, why: str) -> list[Effect]:
    """What is wished cannot be read. A bare word was meant otherwise then, and who did not name the desk may
    have meant another bot."""
    return [*complain(case, heard, why)] if said.named else []


def _sentence(error: ValueError) -> str:
    text = str(error)
    return text if text.endswith("?") else f"{text}."


def _not_theirs(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """It is no word of theirs, or was not said to the desk."""
    return [*complain(case, heard, replies.only_people(said.command or ""))] if said.named else []
