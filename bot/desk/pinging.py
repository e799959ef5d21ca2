"""One developer at a time: who is pinged next, and what for.

The ladder is climbed only when a question's deadline falls, so every reason to go on (a silence, `not me`, a
refused delivery, a denied answer, a section that somebody names) simply makes the deadline fall at once. The
choice itself is `routing.choose`; here it becomes a line, a ping and the next deadline. Where it is not clear
which section it is, a triager is pinged, who chooses by a number (`bot.desk.triaging`). Before the question
goes past somebody who owes it a word, they are asked once more (`bot.desk.reminding`). A step's clock starts
when its ping is delivered (`bot.desk.delivering`). What the one who was pinged says is `bot.desk.pinged`;
where nobody can be pinged, `bot.desk.giving_up` goes on.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.desk import giving_up, replies
from bot.desk.case import Case, member_of, reachable_note, say, wished
from bot.desk.effects import Effect, Explain, SavePing, SaveQuestion
from bot.desk.lifecycle import Step, advance
from bot.desk.model import (
    Conditions,
    Ping,
    PingKind,
    PingState,
    Purpose,
    Question,
    Speaker,
    State,
)
from bot.desk.patience import Patience, patience
from bot.desk.reminding import Owed, owed, waits_until
from routing.candidates import Candidate, rank
from routing.choose import Refusal, Route, Why, choose
from routing.evidence import gather
from routing.ladder import OFFERED, Standing
from routing.people import Person
from routing.presence import Place

_SPARING = 0.8
"""For this part of the time that a question waits for people at most it also waits for those who had less."""

_SELDOM = timedelta(seconds=30)
"""How often, at the least, it is looked again whether a network has come back."""

_ONCE_MORE = timedelta(minutes=5)
"""Whom a ping did not reach may be asked once more, not sooner than this after it; sooner only where the desk
has less patience with those whom it did reach."""


def climb(case: Case, question: Question) -> list[Effect]:
    """The next step of the ladder: somebody is pinged or awaited, or the list is named, or it is given up."""
    blind = _blind_until(case, question)
    if blind is not None:
        return [SaveQuestion(advance(question, Step.WAIT, at=case.at, due=blind))]
    again = owed(case, question)
    if again is not None:
        reminded = _remind(case, question, again)
        if reminded is not None:
            return reminded
    route = _route(case, question)
    passed: list[Effect] = [
        SavePing(replace(ping, state=PingState.PASSED))
        for ping in case.facts.pings_of(question.number)
        if ping.state.pending
    ]
    if route.person is not None and route.place is not None:
        kind = PingKind.TRIAGE if route.standing is Standing.TRIAGER else PingKind.ANSWER
        return [*passed, *_ping(case, question, route, route.person, route.place, kind)]
    return [*passed, *giving_up.nobody(case, question, route, _resting(case, question).values())]


def _blind_until(case: Case, question: Question) -> datetime | None:
    """When to look again while it is not known who is about, since we are not on the network, or not in the
    channel of the question; None where it is, or that took too long."""
    since = case.roster.since.get(question.venue.network)
    settle = case.settings.settle
    if since is not None and abs(case.at - since) < settle:
        return case.at + settle
    if since is not None and (question.venue.private or question.venue.key in case.roster.venues):
        return None
    if case.at >= question.asked_at + case.settings.wait_for_people:
        return None
    # The longer it lasts, the more seldom: an outage must not be a stream of commits.
    return case.at + max(settle, min(_SELDOM, (case.at - question.asked_at) / 4))


def hindrance(case: Case, question: Question, person: Person) -> Refusal | None:
    """What keeps `person`, who was named to be next, from being asked now; None where nothing does."""
    return _refusal(_route(case, replace(question, directed_to=person.id)), person.id)


def anybody_else(case: Case, question: Question, person: str) -> bool:
    """Whether somebody other than `person` (id) can be asked at once."""
    route = _route(case, question)
    return route.person is not None and route.person.id != person


def _refusal(route: Route, person: str) -> Refusal | None:
    if route.person is not None and route.person.id == person:
        return None
    found = (refusal for refusal in route.refusals if refusal.person == person)
    return next(found, Refusal(person, Why.UNREACHABLE))


def _remind(case: Case, question: Question, again: Owed) -> list[Effect] | None:
    """Whoever owes a word is asked once more, or that is waited for; None where it cannot be."""
    route = _route(case, replace(question, directed_to=again.person), but=again.person)
    refusal = _refusal(route, again.person)
    if refusal is not None or route.person is None or route.place is None:
        until = waits_until(case, again, refusal)
        if until is None:
            return None
        nick = again.ping.nick if again.ping is not None else again.person
        return [
            SaveQuestion(advance(question, Step.PUT_OFF, at=case.at, due=until)),
            *reachable_note(case, question, replies.put_off(question.number, nick, until)),
        ]
    done: list[Effect] = []
    if again.ping is not None:
        done.append(SavePing(replace(again.ping, state=PingState.REPLIED)))
    sections = again.ping.sections if again.ping is not None else ()
    return [*done, *_ping(case, question, route, route.person, route.place, again.kind, sections)]


def _resting(case: Case, question: Question) -> dict[str, datetime]:
    """Whom a ping did not reach a moment ago, and when they may be asked once more."""
    enough = case.facts.asked_enough(question.number)
    rest = min(_ONCE_MORE, case.settings.patience)
    return {
        ping.person: ping.at + rest
        for ping in case.facts.pings_of(question.number)
        if ping.person not in enough and not ping.shut and case.at < ping.at + rest
    }


def belonging(case: Case, question: Question) -> tuple[Candidate, ...]:
    """The sections that the text points to, but first the one in which a person has placed it, and none where
    they said that it is none of them; where it points to none (what its asker said of an answer may lead away
    from the entry), the one that the question is noted for, as its asker was told."""
    pointed = case.finding.candidates if case.finding else ()
    placed = question.placed
    if placed == "":
        return ()
    if placed is not None and placed in case.reference.map.sections:
        others = (candidate for candidate in pointed if candidate.section != placed)
        return (Candidate(placed, 1.0, ("a person says so",)), *others)
    return pointed or rank(gather(case.reference.map, "", question.section))


def _route(case: Case, question: Question, *, but: str | None = None) -> Route:
    """`but`: who may be asked though they were."""
    asker = case.reference.person_of(question.asker)
    named_by = next(
        (
            ping.person
            for ping in reversed(case.facts.pings_of(question.number))
            if ping.state is PingState.REFUSED
        ),
        None,
    )
    by = case.reference.map.person(named_by) if named_by else None
    asked = case.facts.asked_enough(question.number) | _resting(case, question).keys()
    return choose(
        case.reference.map,
        belonging(case, question),
        roster=case.roster,
        load=case.facts.load,
        at=case.at,
        asked_in=question.venue,
        open_venues=case.reference.venues,
        asker=frozenset({asker.id} if asker else ()),
        asked=asked - {but},
        prefer=question.directed_to,
        named_by=by.name if by else None,
        patience=case.settings.patience,
        threshold=case.settings.route_at,
        wishes=case.facts.wishes,
        spare_until=question.asked_at + _SPARING * case.settings.wait_for_people,
        shut=case.facts.shut(question.number),
        accounts=case.reference.accounts_of,
        joined=case.reference.bridged_to(question.venue),
    )


def _ping(
    case: Case,
    question: Question,
    route: Route,
    person: Person,
    place: Place,
    kind: PingKind,
    sections: tuple[str, ...] = (),
) -> list[Effect]:
    """`sections`: of which they were told before."""
    again = kind in {PingKind.PUT_OFF, PingKind.FOLLOW_UP}
    pings = case.facts.pings_of(question.number)
    triage = kind is PingKind.TRIAGE or (again and _triaged(pings, person.id))
    if not again:
        sections = tuple(each.section for each in belonging(case, question)[:OFFERED])
    due = case.at + case.settings.ping_expires
    # Neither whose question it is nor what they said of it changes by asking them once more.
    section = question.section if again else route.section
    said = question.replies if again else ()
    asked = advance(question, Step.PING, at=case.at, due=due, section=section, directed_to=None, replies=said)
    account = case.reference.accounts_of(person)[place.venue.network]
    to = Speaker(place.venue.network, place.nick, account)
    asker = member_of(case.roster, question.asker, question.venue)
    who = asker.nick if asker else question.asker.nick
    waits = patience(case.facts.took, place.venue, case.settings)
    text = replies.ping(
        asked,
        who,
        route.reason,
        waits.span,
        place.venue,
        case.room(place.venue, to),
        kind=kind,
        choices=sections if triage else None,
        among_others=case.facts.load.recent.get(person.id, 0) > 0,
    )
    # Where the asker reads it too, it tells them whom the desk asked; elsewhere the nick may be another's.
    home = place.venue.key == question.venue.key
    return [
        SaveQuestion(asked),
        SavePing(
            Ping(
                question=question.number,
                step=asked.step,
                person=person.id,
                venue=place.venue,
                nick=place.nick,
                at=case.at,
                reason=route.reason,
                kind=kind,
                role=route.role,
                sections=sections,
            )
        ),
        *say(
            case,
            place.venue,
            text,
            to=to,
            purpose=Purpose.PING,
            question=question.number,
            unbroken=(who,) if asker and home and not question.asker.bridged else (),
            conditions=Conditions(
                question=question.number,
                states=frozenset({State.ASKED}),
                step=asked.step,
                person=person.id,
                present=True,
                not_after=due,
            ),
        ),
        Explain(question.number, (*_why(route, person, kind), *_waits(waits, place))),
    ]


def _triaged(pings: tuple[Ping, ...], person: str) -> bool:
    return any(ping.kind is PingKind.TRIAGE and ping.person == person for ping in pings)


_AGAIN: Mapping[PingKind, str] = {
    PingKind.PUT_OFF: "{} put it off until now, and is asked once more",
    PingKind.FOLLOW_UP: "{} has said nothing more, and is asked once more",
}


def _why(route: Route, person: Person, kind: PingKind) -> tuple[str, ...]:
    return (_AGAIN[kind].format(person.id),) if kind in _AGAIN else route.steps


def _waits(waits: Patience, place: Place) -> tuple[str, ...]:
    """What was learned of the venue, for `why`."""
    if not waits.replies:
        return ()
    where = "private" if place.venue.private else place.venue.name
    span = replies.span(waits.span)
    return (f"it waits {span}, as long as nine in ten of {waits.replies} replies took there ({where})",)


def after_waking(person: Person | None, case: Case, patience: timedelta) -> datetime:
    """When `patience` of the person's waking time has passed, by the hours that they wish. That they are busy
    does not count: nobody busy is asked, and whoever speaks while they are is about."""
    if person is None:
        return case.at + patience
    return replace(wished(case.facts, person), busy_until=None).after_waking(case.at, patience)
