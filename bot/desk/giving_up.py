"""Nobody can be pinged: the question waits while that may help, goes to the list, or ends.

Whatever it is, its asker is told, once.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.desk import replies
from bot.desk.case import Case, asker_reach, nudge, reachable_note, say
from bot.desk.effects import Effect, Explain, OpenPrompt, SaveQuestion
from bot.desk.lifecycle import Step, advance
from bot.desk.model import PingState, Prompt, PromptKind, Purpose, Question
from knowledge.facets import read_facets
from routing.choose import Route, Why
from routing.presence import Visibility

_MAY_COME = frozenset({Why.UNREACHABLE, Why.AWAY})
_WERE_ASKED = frozenset(PingState) - {PingState.QUEUED, PingState.FAILED}


def nobody(case: Case, question: Question, route: Route, resting: Iterable[datetime]) -> list[Effect]:
    """Wait while that may help, else name the list, else say that there is none. `resting`: when those may be
    asked once more whom a ping did not reach."""
    number = question.number
    last_try = _waits_since(case, question) + case.settings.wait_for_people
    waits = [route.wait_until] if route.wait_until is not None else []
    if not waits and any(refusal.why in _MAY_COME for refusal in route.refusals):
        waits.append(question.asked_at + case.settings.patience)
    waits += resting
    waits = [wait for wait in waits if case.at < wait]
    due = min([last_try, *waits])
    if waits and case.at < due:
        # Whoever goes on with a question that waits is not told the same again.
        known = case.facts.explanations.get(number, ())[-1:] == (replies.again(due),)
        told = replies.spared(number, due) if route.spares else replies.nobody_now(number, due)
        note = () if known else reachable_note(case, question, told)
        return [
            SaveQuestion(advance(question, Step.WAIT, at=case.at, due=due)),
            *note,
            Explain(number, (*_so_far(route), replies.again(due))),
        ]
    why = Explain(number, route.steps)
    if route.mail is None:
        return [*_ends(case, question, Step.EXPIRE, "nobody could be reached", replies.gave_up(number)), why]
    told = replies.handed_over(number, route.mail, nothing_points=not route.section and not route.runners_up)
    there = asker_reach(case, question)
    speaker, venue = (there.speaker, there.venue) if there else (question.asker, question.venue)
    open_for = case.settings.confirm_within if there else case.settings.keep_for
    mail = Prompt(
        speaker.key,
        venue,
        PromptKind.ANSWER,
        case.at + open_for,
        number,
        more=_mail(case, question, route.mail),
    )
    return [*_ends(case, question, Step.HAND_OVER, f"to {route.mail}", told), OpenPrompt(mail), why]


def _waits_since(case: Case, question: Question) -> datetime:
    """Since when people are waited for: it was asked, or put off until then."""
    put_off = (ping.until for ping in case.facts.pings_of(question.number) if ping.until is not None)
    return max([question.asked_at, *put_off])


def _mail(case: Case, question: Question, to: str) -> str:
    """Of people it names those whom everybody could see being asked; nothing but the question's own words
    tells of its asker's case, for others may read it here."""
    public = [
        ping.person
        for ping in case.facts.pings_of(question.number)
        if ping.venue.visibility is Visibility.PUBLIC and ping.state in _WERE_ASKED
    ]
    people = (case.reference.map.person(person) for person in dict.fromkeys(public))
    entries = (case.reference.knowledge.by_id(entry) for entry in question.refused)
    section = case.reference.map.sections.get(question.section or "")
    lists = section.lists if section is not None else ()
    return replies.mail(
        question,
        to,
        note=next((each.note for each in lists if each.address == to), ""),
        section=question.section,
        facets=read_facets(question.text, case.reference.facets),
        tried=[entry.headline for entry in entries if entry is not None],
        asked=[person.name for person in people if person is not None],
    )


def _so_far(route: Route) -> tuple[str, ...]:
    """The steps of a route that led to nobody, without its end: that is not where the question goes. But that
    somebody is spared is why it waits."""
    return route.steps if route.spares else route.steps[:-1]


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
