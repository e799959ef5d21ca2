"""The one who was pinged speaks: is it about the question, and what does their one word do?

A line of theirs is a reply where they were pinged, where the question was asked, and privately, unless it is
said to somebody else (`bot.desk.addressing`) or says nothing. Naming the question's number or its asker
decides among several, and is what it takes once the question has gone further. Their words `ack` and `not me`
act on the ladder of `bot.desk.pinging`, and so does `#42 → NAME`. A NAME is that of a person or of a section.
"""

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.desk import answering, replies
from bot.desk.addressing import is_chatter, is_to_other, names, no_reply
from bot.desk.case import (
    Case,
    belongs,
    complain,
    concerned,
    member_of,
    reachable_note,
    say,
    speaker_of,
    stands,
    visible,
)
from bot.desk.effects import ClosePrompts, Effect, Explain, SaveCorrection, SavePing, SaveQuestion
from bot.desk.events import Heard
from bot.desk.lifecycle import Step, advance, may
from bot.desk.model import Ping, PingState, Placing, Question, State
from bot.desk.pinging import after_waking, hindrance
from bot.desk.pointing import pointed_at
from bot.desk.said import Said
from bot.desk.thanks import is_thanks
from bot.desk.triaging import place, reacted, section_called, section_named, section_of
from routing.people import Person
from routing.presence import fold
from routing.sections import Section

LATE = timedelta(days=1)
"""How long after the end of a question its asker's name alone still refers to it, and how long after a ping a
private line still answers it."""

_ARROW = re.compile(r"(?:#?(?P<number>[0-9]{1,9})[\s,:]*)?(?:→|->|=>|–>)\s*(?P<name>\S.*)", re.DOTALL)
_PLEASE = re.compile(r"[\s,]+(?:please|pls|plz)[\s.!]*$", re.IGNORECASE)
_NEAR = 5
_HASH_NUMBER = re.compile(r"#([0-9]{1,9})\b")
_UNANSWERED = frozenset({PingState.QUEUED, PingState.DELIVERED, PingState.UNCONFIRMED, PingState.PASSED})


def hash_numbers(text: str) -> tuple[int, ...]:
    """The questions that a line names as `#42`, three at most."""
    return tuple(int(found) for found in _HASH_NUMBER.findall(text)[:3])


def pinged_about(
    case: Case, heard: Heard, said: Said, *, unacknowledged: bool = False
) -> tuple[Ping, Question] | None:
    """The ping that a responder's word is about: of the question they name, else their newest live one; a
    bare word counts only where it `belongs`. What must not be known where they speak is not found.
    `unacknowledged`: rather one that they have not acknowledged, or replied to, yet."""
    mine = [(ping, question) for ping, question in _mine(case) if concerned(case, question, heard)]
    if said.number is not None:
        return next(((p, q) for p, q in mine if p.question == said.number), None)
    pointed = pointed_at(case, heard)
    if pointed is not None:
        meant = [(p, q) for p, q in mine if q.number in pointed]
        if meant or not said.addressed:
            return next(((p, q) for p, q in meant if p.is_current(q)), next(iter(meant), None))
    current = [(p, q) for p, q in mine if p.is_current(q) and (said.addressed or belongs(case, heard, p, q))]
    first = ((p, q) for p, q in current if p.state is not PingState.ACKNOWLEDGED and q.state is State.ASKED)
    return (next(first, None) if unacknowledged else None) or next(iter(current), None)


def replied_to(case: Case, heard: Heard, said: Said, person: Person) -> tuple[Ping, Question] | None:
    """The question that a responder's plain line answers, or None where it is said to somebody else."""
    pointed = pointed_at(case, heard)
    there = [
        (p, q)
        for p, q in _mine(case)
        if (belongs(case, heard, p, q) if pointed is None else q.number in pointed)
    ]
    mine = [(p, q) for p, q in there if may(q, Step.REPLY)]
    arrow = _pointing(case, heard, said) if there else None
    if arrow is not None and arrow.number is not None:
        return next(((p, q) for p, q in there if q.number == arrow.number), None)
    if not mine:
        return None
    if arrow is not None:
        return next(((p, q) for p, q in mine if p.is_current(q)), None)
    askers = {question.number: _asker_nicks(case, question) for _, question in mine}
    others = _others(case, heard, person)
    numbers = hash_numbers(said.text)
    for ping, question in mine:
        if question.number in numbers and not is_to_other(said.text, others - askers[question.number]):
            return ping, question
    for ping, question in mine:
        nicks = askers[question.number]
        if _is_fresh(case, question) and any(names(said.text, nick) for nick in nicks):
            empty = is_chatter(said.text, nicks) or is_thanks(said.text)
            return None if empty or is_to_other(said.text, others - nicks) else (ping, question)
    pointing = no_reply(said.text) is not None  # "ask @dave" is said to nobody but us
    if is_chatter(said.text) or (is_to_other(said.text, others) and not pointing):
        return None
    current = next(((p, q) for p, q in mine if p.is_current(q)), None)
    if pointed is not None and current is None:
        return mine[0]
    if current is not None or not heard.venue.private or said.text.endswith("?"):
        return current
    late = ((p, q) for p, q in mine if p.state in _UNANSWERED and case.at - p.at <= LATE)
    return next(late, None)


def spoken(
    case: Case, heard: Heard, said: Said, person: Person, ping: Ping, question: Question
) -> list[Effect]:
    """What the line that `replied_to` found does: it is a reply, says whose it is, or, as their first word,
    that they have none."""
    arrow = _pointing(case, heard, said)
    if arrow is not None:
        if arrow.to is None:
            return unknown(case, heard, ping, arrow.name)
        return not_me(case, heard, ping, question, arrow.to)
    without = no_reply(said.text) if question.state is State.ASKED and ping.is_current(question) else None
    if without is None:
        return answering.reply(case, heard, person.id, question, said.text, ping)
    to = person_called(case, heard, without.who) if without.who else None
    return not_me(case, heard, ping, question, to) if without.passes else []


def joined_in(case: Case, heard: Heard, said: Said, person: Person) -> Question | None:
    """The question that somebody answers by a reply to it, or in its thread, though they were not asked."""
    pointed = pointed_at(case, heard) or frozenset()
    found = [case.facts.questions[number] for number in sorted(pointed, reverse=True)]
    asked = [q for q in found if may(q, Step.REPLY) and not q.state.ended and visible(case, q, heard)]
    question = next((q for q in asked if not q.asker.is_same(heard.speaker)), None)
    if question is None:
        return None
    others = _others(case, heard, person) - _asker_nicks(case, question)
    empty = is_chatter(said.text) or is_thanks(said.text) or no_reply(said.text) is not None
    return None if empty or is_to_other(said.text, others) else question


def too_late(case: Case, heard: Heard, said: Said) -> list[Effect] | None:
    """A private line of somebody whose question has ended is no question of their own."""
    newest = next(iter(_mine(case)), None)
    if newest is None or not heard.venue.private or said.text.endswith("?"):
        return None
    ping, question = newest
    if may(question, Step.REPLY) or ping.state not in _UNANSWERED or case.at - ping.at > LATE:
        return None
    return [
        SavePing(replace(ping, state=PingState.REPLIED)),
        *say(case, heard.venue, replies.no_longer(question.number, question.state), to=heard.speaker),
    ]


def _mine(case: Case) -> list[tuple[Ping, Question]]:
    """The speaker's pings with their questions, the newest first."""
    return [(ping, case.facts.questions[ping.question]) for ping in case.facts.pinged]


def _is_fresh(case: Case, question: Question) -> bool:
    return question.ended_at is None or case.at - question.ended_at <= LATE


def _asker_nicks(case: Case, question: Question) -> set[str]:
    """Folded."""
    member = member_of(case.roster, question.asker, question.venue)
    return {fold(question.asker.nick), *([fold(member.nick)] if member else ())}


def _others(case: Case, heard: Heard, person: Person) -> set[str]:
    """Everybody to whom a line of `person` may be said, but for the desk; folded."""
    network = heard.venue.network
    people = {fold(p.accounts[network]) for p in case.reference.map.people.values() if network in p.accounts}
    own = case.reference.accounts_of(person).get(network, "")
    me = {fold(heard.me), fold(heard.speaker.nick), fold(own)}
    return (case.about(heard.venue) | people) - me


def acknowledge(case: Case, heard: Heard, ping: Ping, question: Question) -> list[Effect]:
    """`ack`: they will answer; the ladder waits longer."""
    person = case.reference.map.person(ping.person)
    due = after_waking(person, case, case.settings.ack_patience)
    told = reachable_note(case, question, replies.acknowledged(question.number, heard.speaker.nick))
    mine = replies.acknowledgement(question.number, case.settings.ack_patience)
    in_sight = told and not heard.venue.private and heard.venue.key == question.venue.key
    return [
        SaveQuestion(advance(question, Step.ACKNOWLEDGE, at=case.at, due=due)),
        SavePing(replace(reacted(case, ping, PingState.ACKNOWLEDGED), until=None)),
        *told,
        *(() if in_sight else say(case, heard.venue, mine, to=heard.speaker)),
        Explain(question.number, (f"{ping.person} said ack",)),
    ]


def not_me(
    case: Case, heard: Heard, ping: Ping, question: Question, to: Person | Section | None
) -> list[Effect]:
    """`not me [→ person or section]`: the next one is asked at once, the named one first, or somebody of the
    named section. From somebody whom the question does not wait for it only says who should be next. Who
    names a person says what section it is, too, where that is clear (`section_of`)."""
    if isinstance(to, Section):
        return place(case, heard, ping, question, to, Placing.PASSED_ON)
    if question.state.ended:
        return [*say(case, heard.venue, stands(case, question, heard), to=heard.speaker)]
    named = f" → {to.id}" if to else ""
    section = section_of(case, to, ping, question) if to is not None else None
    effects: list[Effect] = [
        SavePing(reacted(case, ping, PingState.REFUSED)),
        Explain(question.number, (f"{ping.person} said not me{named}",)),
    ]
    if section is not None:
        effects.append(SaveCorrection(question.number, ping.person, section.name, Placing.PASSED_ON))
    directed = to.id if to else question.directed_to
    placed = section.name if section is not None else question.placed
    if ping.is_current(question):
        released = advance(
            question,
            Step.RELEASE,
            at=case.at,
            due=case.at,
            directed_to=directed,
            placed=placed,
            responder=None,
            replies=(),
        )
        effects += [SaveQuestion(released), ClosePrompts(question.asker.key, question.number)]
    else:
        effects.append(SaveQuestion(replace(question, directed_to=directed, placed=placed)))
    hindered = hindrance(case, question, to) if to is not None else None
    if to is not None and hindered is not None:
        told = replies.cannot_be_asked(question.number, to.name, hindered.why, hindered.until)
        effects += say(case, heard.venue, told, to=heard.speaker)
    elif heard.venue.private:
        told = replies.passed_on(question.number, to.name if to else None)
        effects += say(case, heard.venue, told, to=heard.speaker)
    return effects


def person_called(case: Case, heard: Heard, name: str) -> Person | None:
    """The person of the map whom somebody calls `name`: id, full name, account, or the nick they bear now."""
    wanted = fold(name.strip().lstrip("@").rstrip(".,;:!?"))
    for person in case.reference.map.people.values():
        accounts = {fold(account).removeprefix("@") for account in person.accounts.values()}
        if wanted in {fold(person.id), fold(person.name), *accounts}:
            return person
    network = heard.venue.network
    member = case.roster.member(network, wanted) or case.roster.member(network, f"@{wanted}")
    return case.reference.person_of(speaker_of(member)) if member else None


@dataclass(frozen=True, slots=True)
class _Pointing:
    """`#42 → NAME`: the question's number, if it was said, the name, and whom or what it names."""

    number: int | None
    name: str
    to: Person | Section | None


def _pointing(case: Case, heard: Heard, said: Said) -> _Pointing | None:
    """How a line that begins with an arrow reads; None where it does not, or where what follows is no name:
    "#42 → restart the daemon" is an answer."""
    arrow = _ARROW.fullmatch(said.text)
    if arrow is None:
        return None
    name = _PLEASE.sub("", arrow["name"].strip())
    to = person_called(case, heard, name) or section_named(case.reference.map, name)
    if to is None and len(name.split()) > 1:
        return None
    return _Pointing(int(arrow["number"]) if arrow["number"] else None, name, to)


def called(case: Case, heard: Heard, name: str) -> Person | Section | None:
    """The person or the section that somebody calls `name`, perhaps with more words behind it."""
    person = person_called(case, heard, name) or person_called(case, heard, name.split()[0])
    return person or section_called(case.reference.map, name)


def unknown(case: Case, heard: Heard, ping: Ping, name: str) -> list[Effect]:
    """Nobody and no section is called so: a few whom one may name, those of the question's section first."""
    question = case.facts.questions[ping.question]
    section = case.reference.map.sections.get(question.section or "")
    near = (*section.maintainers, *section.reviewers) if section else ()
    names = dict.fromkeys((*near, *case.reference.map.people))
    others = [each for each in names if each != ping.person][:_NEAR]
    return [*complain(case, heard, replies.who_is(name.split()[0], others))]
