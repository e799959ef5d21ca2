"""One developer at a time: who is pinged next, and what became of a ping.

The ladder is climbed only when a question's deadline falls, so every reason to go on (a silence, `not me`, a
refused delivery, a denied answer) simply makes the deadline fall at once. The choice itself is
`routing.choose`; here it becomes a line, a ping and the next deadline. A step's clock starts when its ping is
delivered (`bot.desk.delivering`). What the one who was pinged says is `bot.desk.pinged`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.desk import replies
from bot.desk.asking import reachable_note
from bot.desk.case import Case, asker_reach, member_of, nudge, say, wished
from bot.desk.effects import Effect, Explain, OpenPrompt, SavePing, SaveQuestion
from bot.desk.lifecycle import Step, advance
from bot.desk.model import (
    Conditions,
    Ping,
    PingState,
    Prompt,
    PromptKind,
    Purpose,
    Question,
    Speaker,
    State,
)
from routing.choose import Refusal, Route, Why, choose
from routing.evidence import Candidate, gather, rank
from routing.people import Person
from routing.presence import Place

_MAY_COME = frozenset({Why.UNREACHABLE, Why.AWAY})
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
    route = _route(case, question)
    passed: list[Effect] = [
        SavePing(replace(ping, state=PingState.PASSED))
        for ping in case.facts.pings_of(question.number)
        if ping.state.pending
    ]
    if route.person is not None and route.place is not None:
        return [*passed, *_ping(case, question, route, route.person, route.place)]
    return [*passed, *_nobody(case, question, route)]


def _blind_until(case: Case, question: Question) -> datetime | None:
    """When to look again while it is not known who is about; None where it is, or that took too long."""
    since = case.roster.since.get(question.venue.network)
    settle = case.settings.settle
    if since is not None:
        return case.at + settle if abs(case.at - since) < settle else None
    if case.at >= question.asked_at + case.settings.wait_for_people:
        return None
    # The longer it lasts, the more seldom: an outage must not be a stream of commits.
    return case.at + max(settle, min(_SELDOM, (case.at - question.asked_at) / 4))


def hindrance(case: Case, question: Question, person: Person) -> Refusal | None:
    """What keeps `person`, who was named to be next, from being asked now; None where nothing does."""
    route = _route(case, replace(question, directed_to=person.id))
    if route.person == person:
        return None
    found = (refusal for refusal in route.refusals if refusal.person == person.id)
    return next(found, Refusal(person.id, Why.UNREACHABLE))


def _resting(case: Case, question: Question) -> dict[str, datetime]:
    """Whom a ping did not reach a moment ago, and when they may be asked once more."""
    enough = case.facts.asked_enough(question.number)
    rest = min(_ONCE_MORE, case.settings.patience)
    return {
        ping.person: ping.at + rest
        for ping in case.facts.pings_of(question.number)
        if ping.person not in enough and case.at < ping.at + rest
    }


def _belonging(case: Case, question: Question) -> tuple[Candidate, ...]:
    """The sections that the text points to; where it points to none (what its asker said of an answer may
    lead away from the entry), the one that the question is noted for, as its asker was told."""
    pointed = case.finding.candidates if case.finding else ()
    return pointed or rank(gather(case.reference.map, "", question.section))


def _route(case: Case, question: Question) -> Route:
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
    return choose(
        case.reference.map,
        _belonging(case, question),
        roster=case.roster,
        load=case.facts.load,
        at=case.at,
        asked_in=question.venue,
        open_venues=case.reference.venues,
        asker=frozenset({asker.id} if asker else ()),
        asked=case.facts.asked_enough(question.number) | _resting(case, question).keys(),
        prefer=question.directed_to,
        named_by=by.name if by else None,
        patience=case.settings.patience,
        threshold=case.settings.route_at,
        wishes=case.facts.wishes,
    )


def _ping(case: Case, question: Question, route: Route, person: Person, place: Place) -> list[Effect]:
    due = case.at + case.settings.ping_expires
    asked = advance(
        question, Step.PING, at=case.at, due=due, section=route.section, directed_to=None, replies=()
    )
    account = person.accounts[place.venue.network]
    to = Speaker(place.venue.network, place.nick, account)
    asker = member_of(case.roster, question.asker, question.venue)
    who = asker.nick if asker else question.asker.nick
    text = replies.ping(
        asked, who, route.reason, case.settings.patience, place.venue, case.room(place.venue, to)
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
            )
        ),
        *say(
            case,
            place.venue,
            text,
            to=to,
            purpose=Purpose.PING,
            question=question.number,
            unbroken=(who,) if asker and home else (),
            conditions=Conditions(
                question=question.number,
                states=frozenset({State.ASKED}),
                step=asked.step,
                person=person.id,
                present=True,
                not_after=due,
            ),
        ),
        Explain(question.number, route.steps),
    ]


def _nobody(case: Case, question: Question, route: Route) -> list[Effect]:
    """Nobody can be pinged now: wait while that may help, else name the list, else say so."""
    number = question.number
    last_try = question.asked_at + case.settings.wait_for_people
    waits = [route.wait_until] if route.wait_until is not None else []
    if not waits and any(refusal.why in _MAY_COME for refusal in route.refusals):
        waits.append(question.asked_at + case.settings.patience)
    waits += _resting(case, question).values()
    waits = [wait for wait in waits if case.at < wait]
    due = min([last_try, *waits])
    if waits and case.at < due:
        # Whoever goes on with a question that waits is not told the same again.
        known = case.facts.explanations.get(number, ())[-1:] == (replies.again(due),)
        note = () if known else reachable_note(case, question, replies.nobody_now(number, due))
        return [
            SaveQuestion(advance(question, Step.WAIT, at=case.at, due=due)),
            *note,
            Explain(number, (*_so_far(route), replies.again(due))),
        ]
    why = Explain(number, route.steps)
    if route.mail is None:
        return [*_ends(case, question, Step.EXPIRE, "nobody could be reached", replies.gave_up(number)), why]
    told = replies.handed_over(number, route.mail)
    there = asker_reach(case, question)
    speaker, venue = (there.speaker, there.venue) if there else (question.asker, question.venue)
    open_for = case.settings.confirm_within if there else case.settings.keep_for
    mail = Prompt(
        speaker.key,
        venue,
        PromptKind.ANSWER,
        case.at + open_for,
        number,
        more=replies.mail(question, route.mail),
    )
    return [*_ends(case, question, Step.HAND_OVER, f"to {route.mail}", told), OpenPrompt(mail), why]


def _so_far(route: Route) -> tuple[str, ...]:
    """The steps of a route that led to nobody, without its end: that is not where the question goes."""
    return route.steps[:-1]


def _ends(case: Case, question: Question, step: Step, outcome: str, text: str) -> list[Effect]:
    """The end is told to the asker where they are, else where the question was asked, and again when they are
    seen."""
    ended = advance(question, step, at=case.at, outcome=outcome)
    note = reachable_note(case, question, text)
    if note:
        return [SaveQuestion(ended), *note]
    later = text.removeprefix(f"{replies.number(question.number)}: ")
    unsaid = f"{question.unsaid} {later}".strip()
    said: list[Effect] = [SaveQuestion(replace(ended, unsaid=unsaid)), *nudge(case, question)]
    if not question.venue.private:
        said += say(
            case,
            question.venue,
            text,
            to=question.asker,
            purpose=Purpose.TELL,
            question=question.number,
        )
    return said


def expire_kept(case: Case, question: Question) -> list[Effect]:
    """Nobody came back for a kept answer: the question ends, visibly where it was asked."""
    ended = advance(question, Step.EXPIRE, at=case.at, outcome="the asker never came back")
    text = replies.never_collected(question.number)
    said = () if question.venue.private else say(case, question.venue, text, purpose=Purpose.TELL)
    return [SaveQuestion(ended), *said]


def after_waking(person: Person | None, case: Case, patience: timedelta) -> datetime:
    """When `patience` of the person's waking time has passed, as they wish to be asked."""
    return (
        case.at + patience if person is None else wished(case.facts, person).after_waking(case.at, patience)
    )
