"""One developer at a time: who is pinged next, what their one word does, and what a failed ping means.

The ladder is climbed only when a question's deadline falls, so every reason to go on (a silence, `not me`, a
refused delivery, a denied answer) simply makes the deadline fall at once. The choice itself is
`routing.choose`; here it becomes a line, a ping and the next deadline. A step's clock starts when its ping is
delivered.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.desk import replies
from bot.desk.addressing import address, is_chatter, is_to_other, names
from bot.desk.asking import reachable_note
from bot.desk.case import Case, asker_reach, member_of, say, speaker_of
from bot.desk.effects import ClosePrompts, Effect, Explain, OpenPrompt, SavePing, SaveQuestion, SettleLine
from bot.desk.events import Heard
from bot.desk.lifecycle import Step, advance, may
from bot.desk.model import (
    Conditions,
    Failure,
    Line,
    Ping,
    PingState,
    Prompt,
    PromptKind,
    Purpose,
    Question,
    Speaker,
    State,
)
from bot.desk.said import Said
from routing.choose import Route, choose
from routing.people import Person
from routing.presence import Place, fold


def climb(case: Case, question: Question) -> list[Effect]:
    """The next step of the ladder: somebody is pinged or awaited, or the list is named, or it is given up."""
    network = question.venue.network
    since = case.roster.since.get(network)
    if since is None or case.at - since < case.settings.settle:
        due = case.at + case.settings.settle
        return [SaveQuestion(advance(question, Step.WAIT, at=case.at, due=due))]
    route = _route(case, question)
    passed: list[Effect] = [
        SavePing(replace(ping, state=PingState.PASSED))
        for ping in case.facts.pings_of(question.number)
        if ping.state.pending
    ]
    if route.person is not None and route.place is not None:
        return [*passed, *_ping(case, question, route, route.person, route.place)]
    return [*passed, *_nobody(case, question, route)]


def _route(case: Case, question: Question) -> Route:
    asker = case.reference.person_of(question.asker)
    return choose(
        case.reference.map,
        case.finding.candidates if case.finding else (),
        roster=case.roster,
        load=case.facts.load,
        at=case.at,
        asked_in=question.venue,
        open_venues=case.reference.venues,
        asker=frozenset({asker.id} if asker else ()),
        asked=case.facts.asked(question.number),
        prefer=question.directed_to,
        patience=case.settings.patience,
        threshold=case.settings.route_at,
    )


def _ping(case: Case, question: Question, route: Route, person: Person, place: Place) -> list[Effect]:
    due = case.at + case.settings.ping_expires
    asked = advance(question, Step.PING, at=case.at, due=due, section=route.section, directed_to=None)
    account = person.accounts[place.venue.network]
    to = Speaker(place.venue.network, place.nick, account)
    text = replies.ping(
        asked, route.reason, case.settings.patience, place.venue.private, case.room(place.venue, to)
    )
    asker = member_of(case.roster, question.asker, question.venue)
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
            unbroken=(asker.nick,) if asker else (),
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
    wait = route.wait_until if route.wait_until is not None else question.asked_at + case.settings.patience
    if case.at < min(wait, last_try):
        due = min(wait, last_try)
        return [
            SaveQuestion(advance(question, Step.WAIT, at=case.at, due=due)),
            *reachable_note(case, question, replies.nobody_now(number, due)),
            Explain(number, (*route.steps, f"nobody now; again {replies.moment(due)}")),
        ]
    if route.mail is None:
        return [
            SaveQuestion(advance(question, Step.EXPIRE, at=case.at, outcome="nobody could be reached")),
            *_visibly(case, question, replies.gave_up(number)),
            Explain(number, (*route.steps, "nobody is left")),
        ]
    text = replies.mail(question, route.mail)
    handed = advance(question, Step.HAND_OVER, at=case.at, outcome=f"to {route.mail}")
    effects: list[Effect] = [
        SaveQuestion(handed),
        *_visibly(case, question, replies.handed_over(number, route.mail)),
        Explain(number, (*route.steps, f"nobody is left: {route.mail}")),
    ]
    there = asker_reach(case, question)
    if there is not None:
        expires = case.at + case.settings.confirm_within
        effects.append(
            OpenPrompt(Prompt(there.speaker.key, there.venue, PromptKind.ANSWER, expires, number, (), text))
        )
    return effects


def _visibly(case: Case, question: Question, text: str) -> list[Effect]:
    """An end is told to the asker where they are, else where the question was asked."""
    note = reachable_note(case, question, text)
    if note or question.venue.private:
        return note
    return [*say(case, question.venue, text, purpose=Purpose.TELL, question=question.number)]


def expire_kept(case: Case, question: Question) -> list[Effect]:
    """Nobody came back for a kept answer: the question ends, visibly where it was asked."""
    ended = advance(question, Step.EXPIRE, at=case.at, outcome="the asker never came back")
    text = replies.never_collected(question.number)
    said = () if question.venue.private else say(case, question.venue, text, purpose=Purpose.TELL)
    return [SaveQuestion(ended), *said]


# --- the fate of a ping -----------------------------------------------------------------------------------


def delivered(case: Case, line: Line) -> list[Effect]:
    """The ping is there: the step's clock starts, counted in the person's waking time."""
    settled: list[Effect] = [SettleLine(line.id, "sent")]
    ping, question = _of(case, line)
    if ping is None or question is None:
        return settled
    return [*settled, *_start(case, question, ping, PingState.DELIVERED)]


def failed(case: Case, line: Line, reason: Failure) -> list[Effect]:
    """The line reached nobody, or nobody knows. A ping is never repeated: if it may have arrived its clock
    runs, else the next one is asked. An answer is offered again when the asker next speaks."""
    if line.purpose is Purpose.PING:
        settled: list[Effect] = [SettleLine(line.id, f"dropped: {reason}")]
        ping, question = _of(case, line)
        if ping is None or question is None:
            return settled
        if reason is Failure.UNCONFIRMED:
            return [SettleLine(line.id, "unconfirmed"), *_start(case, question, ping, PingState.UNCONFIRMED)]
        return [
            *settled,
            SavePing(replace(ping, state=PingState.FAILED)),
            SaveQuestion(advance(question, Step.RELEASE, at=case.at, due=case.at)),
            Explain(question.number, (f"the ping of {ping.person} failed: {reason}",)),
        ]
    fate = "unconfirmed" if reason is Failure.UNCONFIRMED else f"dropped: {reason}"
    effects: list[Effect] = [SettleLine(line.id, fate)]
    question = case.facts.questions.get(line.question) if line.question else None
    to_asker = question is not None and line.addressee is not None and question.asker.is_same(line.addressee)
    if question is not None and to_asker and line.purpose in {Purpose.ANSWER, Purpose.RELAY}:
        effects.append(SaveQuestion(replace(question, unsaid=f"{question.unsaid} {line.text}".strip())))
    return effects


def _of(case: Case, line: Line) -> tuple[Ping | None, Question | None]:
    """The ping that the line is, where its step is still the current one."""
    question = case.facts.questions.get(line.question) if line.question else None
    if question is None or line.purpose is not Purpose.PING:
        return None, None
    ping = next((p for p in case.facts.pings_of(question.number) if p.step == line.conditions.step), None)
    if ping is None or question.state is not State.ASKED or question.step != ping.step:
        return None, None
    return ping, question


def _start(case: Case, question: Question, ping: Ping, state: PingState) -> list[Effect]:
    person = case.reference.map.person(ping.person)
    due = _after(person, case, case.settings.patience)
    effects: list[Effect] = [
        SaveQuestion(advance(question, Step.START, at=case.at, due=due)),
        SavePing(replace(ping, state=state)),
    ]
    if state is PingState.UNCONFIRMED:
        effects += reachable_note(case, question, replies.unconfirmed(question.number, ping.nick))
    elif ping.venue.key != question.venue.key:
        told = replies.asked_elsewhere(question.number, ping.nick, ping.reason, case.settings.patience)
        effects += reachable_note(case, question, told)
    return effects


def _after(person: Person | None, case: Case, patience: timedelta) -> datetime:
    if person is None or person.hours is None:
        return case.at + patience
    return person.hours.after_waking(case.at, patience)


# --- the pinged person speaks -----------------------------------------------------------------------------


def pinged_about(case: Case, said: Said) -> tuple[Ping, Question] | None:
    """The ping that a responder's word is about: of the question they name, else their newest live one."""
    for ping in case.facts.pinged:
        question = case.facts.questions.get(ping.question)
        if question is None:
            continue
        if said.number is not None:
            if ping.question == said.number:
                return ping, question
        elif _current(ping, question):
            return ping, question
    return None


def _current(ping: Ping, question: Question) -> bool:
    if question.state is State.ENGAGED:
        return question.responder == ping.person
    return ping.state.pending and question.state is State.ASKED


def replied_to(case: Case, heard: Heard, said: Said, person: Person) -> tuple[Ping, Question] | None:
    """The question that a responder's plain line answers, or None where it is said to somebody else.

    It counts where they were pinged, where the question was asked, and privately. Naming the asker decides
    among several; naming anybody else makes it no reply.
    """
    mine = [
        (ping, case.facts.questions[ping.question])
        for ping in case.facts.pinged
        if ping.question in case.facts.questions
    ]
    start, _ = address(said.text)
    askers = {q.number: _asker_nicks(case, q) for _, q in mine}
    for ping, question in mine:
        named = any(names(said.text, nick) for nick in askers[question.number])
        if named and may(question, Step.REPLY) and _belongs(heard, ping, question):
            first = start is None or fold(start) in {fold(nick) for nick in askers[question.number]}
            return (ping, question) if first or fold(start or "") == fold(heard.me) else None
    if is_chatter(said.text) or is_to_other(said.text, _others(case, heard, person)):
        return None
    return next(((p, q) for p, q in mine if _current(p, q) and _belongs(heard, p, q)), None)


def _belongs(heard: Heard, ping: Ping, question: Question) -> bool:
    return heard.venue.private or heard.venue.key in {ping.venue.key, question.venue.key}


def _asker_nicks(case: Case, question: Question) -> set[str]:
    member = member_of(case.roster, question.asker, question.venue)
    return {question.asker.nick, member.nick} if member else {question.asker.nick}


def _others(case: Case, heard: Heard, person: Person) -> set[str]:
    network = heard.venue.network
    present = set(case.roster.nicks(heard.venue))
    lately = {nick for where, nick in case.roster.gone if where == network}
    people = {p.accounts[network] for p in case.reference.map.people.values() if network in p.accounts}
    me = {fold(heard.me), fold(heard.speaker.nick), fold(person.accounts.get(network, ""))}
    return {nick for nick in present | lately | people if fold(nick) not in me}


def acknowledge(case: Case, heard: Heard, ping: Ping, question: Question) -> list[Effect]:
    """`ack`: they will answer; the ladder waits longer."""
    if not may(question, Step.ACKNOWLEDGE):
        return []
    person = case.reference.map.person(ping.person)
    due = _after(person, case, case.settings.ack_patience)
    note = replies.acknowledged(question.number, heard.speaker.nick)
    told = reachable_note(case, question, note)
    return [
        SaveQuestion(advance(question, Step.ACKNOWLEDGE, at=case.at, due=due)),
        SavePing(replace(ping, state=PingState.ACKNOWLEDGED)),
        *(told or say(case, heard.venue, note, to=heard.speaker)),
        Explain(question.number, (f"{ping.person} said ack",)),
    ]


def not_me(
    case: Case, heard: Heard, ping: Ping | None, question: Question, to: Person | None
) -> list[Effect]:
    """`not me [→ person]`: the next one is asked at once, the named one first."""
    if not may(question, Step.RELEASE):
        return []
    by = case.reference.person_of(heard.speaker)
    released = advance(
        question,
        Step.RELEASE,
        at=case.at,
        due=case.at,
        directed_to=to.id if to else None,
        responder=None,
    )
    effects: list[Effect] = [
        SaveQuestion(released),
        ClosePrompts(question.asker.key, question.number),
        Explain(
            question.number,
            (f"{by.id if by else heard.speaker.nick} said not me" + (f" → {to.id}" if to else ""),),
        ),
    ]
    if ping is not None:
        effects.append(SavePing(replace(ping, state=PingState.REFUSED)))
    if heard.venue.private:
        effects += say(
            case, heard.venue, replies.passed_on(question.number, to.name if to else None), to=heard.speaker
        )
    return effects


def person_called(case: Case, heard: Heard, name: str) -> Person | None:
    """The person of the map whom somebody calls `name`: id, full name, account, or the nick they bear now."""
    wanted = fold(name.strip().lstrip("@").rstrip(".!"))
    for person in case.reference.map.people.values():
        accounts = {fold(account) for account in person.accounts.values()}
        if wanted in {fold(person.id), fold(person.name), *accounts}:
            return person
    member = case.roster.member(heard.venue.network, wanted)
    return case.reference.person_of(speaker_of(member)) if member else None
