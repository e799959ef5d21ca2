"""What anybody may ask of the desk: the question itself, who owns what, why, status, mine, missed, help.

A question that was asked privately, or in a room for members, is shown only to its asker, to those who were
pinged about it, to operators, and in its own venue; to everybody else it does not exist.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from importlib.metadata import version

from bot.desk import asking, drafting, replies, reports, withdrawing
from bot.desk.answering import CONFIRMED, gathered, last_said, sources
from bot.desk.case import Case, carries, complain, privately, say, visible
from bot.desk.effects import Effect
from bot.desk.events import Heard
from bot.desk.fitting import cut
from bot.desk.lifecycle import Step, may
from bot.desk.model import Ping, PingState, Question, Role, State
from bot.desk.said import Said
from routing.presence import LATELY, Venue

_VERSION = version("pkgdesk")
_PUBLIC_LINES = 3
_OWNERS_SHOWN = 3
_REASONS_SHOWN = 12
_RECENT = timedelta(days=3)
"""How long whoever asks what they missed is told that a question ended without an answer: over a weekend."""
_CHOSEN = re.compile(r": \S+ is asked\b")


def named(case: Case, heard: Heard, number: int) -> Question | None:
    question = case.facts.questions.get(number)
    return question if question is not None and visible(case, question, heard) else None


def explain_commands(
    case: Case, heard: Heard, wanted: str, usages: list[str], found: tuple[str, str] | None
) -> list[Effect]:
    """`wanted`: the command asked about; `found`: its usage and its meaning."""
    if not wanted:
        # Where messages have ids and lines have no end, there are signs to be put on them.
        signs = heard.message is not None and heard.venue.network not in case.facts.rooms
        room = case.room(heard.venue, heard.speaker)
        return tell(case, heard, replies.help_overview(usages, room, signs=signs))
    if found is None:
        return [*complain(case, heard, replies.no_such_command(wanted))]
    return tell(case, heard, [replies.usage(*found)])


def ask(case: Case, heard: Heard, said: Said) -> list[Effect]:
    return asking.ask(case, heard, said.args["text"])


def who_owns(case: Case, heard: Heard, said: Said) -> list[Effect]:
    candidates = case.finding.owners[:_OWNERS_SHOWN] if case.finding else ()
    found = []
    for candidate in candidates:
        section = case.reference.map.sections[candidate.section]
        people = [case.reference.map.person(person) for person in (*section.maintainers, *section.reviewers)]
        listed = ", ".join(person.name for person in people if person is not None)
        found.append((section.name, listed, candidate.reasons[0] if candidate.reasons else ""))
    lines = replies.owners(said.args["text"], found, case.room(heard.venue, heard.speaker))
    return tell(case, heard, lines)


def why(case: Case, heard: Heard, said: Said) -> list[Effect]:
    number = said.number if said.number is not None else _latest(case)
    question = named(case, heard, number) if number else None
    if question is None:
        text = replies.no_such_question(said.number) if said.number else replies.nothing_to_explain()
        return [*complain(case, heard, text)]
    reasons = case.facts.explanations.get(question.number, ())[-_REASONS_SHOWN:]
    lines = replies.explained(question, reasons, case.room(heard.venue, heard.speaker))
    return some(case, heard, lines)


def why_me(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """To somebody who was pinged: why just they were. A bare one is about what they are being asked here."""
    person = case.reference.person_of(heard.speaker)
    if person is None:
        return [*complain(case, heard, replies.only_people(said.command or ""))] if said.named else []
    ping, question = _ping_of(case, heard, said) or (None, None)
    if ping is None or question is None:
        if not said.named:
            return []
        known = named(case, heard, said.number) if said.number is not None else None
        text = replies.asked_you_nothing()
        if said.number is not None:
            text = replies.not_asked_you(said.number) if known else replies.no_such_question(said.number)
        return [*complain(case, heard, text)]
    lately = case.facts.load.lately
    lines = replies.why_you(
        question.number,
        ping.reason,
        _steps_to(case, ping),
        lately.get(person.id, 0),
        sum(lately.values()),
        LATELY,
        case.room(heard.venue, heard.speaker),
    )
    return some(case, heard, lines)


def _ping_of(case: Case, heard: Heard, said: Said) -> tuple[Ping, Question] | None:
    """The speaker's newest ping, of the question named if one is, as far as it may be talked about here."""
    for ping in case.facts.pinged:
        question = case.facts.questions[ping.question]
        here = heard.venue.key in {ping.venue.key, question.venue.key}
        bare = said.addressed or (here and ping.is_current(question))
        if bare and said.number in {None, ping.question} and visible(case, question, heard):
            return ping, question
    return None


def _steps_to(case: Case, ping: Ping) -> tuple[str, ...]:
    """What was kept of the choice that led to the ping: the reasons since the choice before it."""
    reasons = case.facts.explanations.get(ping.question, ())
    chosen = [place for place, reason in enumerate(reasons) if _CHOSEN.search(reason)]
    this = next((p for p in chosen if f": {ping.person} is asked" in reasons[p]), None)
    if this is None:
        return ()
    before = max((place for place in chosen if place < this), default=-1)
    return reasons[max(before + 1, this + 1 - _REASONS_SHOWN) : this + 1]


def status(case: Case, heard: Heard, said: Said) -> list[Effect]:
    if said.number is None:
        counts = dict(case.facts.counts)
        entries, sections = len(case.reference.knowledge.entries), len(case.reference.map.sections)
        lines = [reports.overview(counts, entries, sections, _VERSION)]
        if case.reference.role_of(heard.speaker) is Role.OPERATOR:
            room = case.room(heard.venue, heard.speaker)
            lines += [cut(line, room) for line in reports.condition(case.facts.running, case.at)]
        return tell(case, heard, lines)
    question = named(case, heard, said.number)
    if question is None:
        return [*complain(case, heard, replies.no_such_question(said.number))]
    return tell(case, heard, [replies.where_it_stands(question)])


def mine(case: Case, heard: Heard, _: Said) -> list[Effect]:
    own = [case.facts.questions[n] for n in case.facts.own]
    lines = [replies.where_it_stands(q) for q in own if not q.state.ended and visible(case, q, heard)]
    for ping in case.facts.pinged:
        question = case.facts.questions.get(ping.question)
        if question and ping.state.pending and not question.state.ended and visible(case, question, heard):
            lines.append(replies.missed_ping(question, ping.state))
    return some(case, heard, lines or [replies.nothing_asked()])


def missed(case: Case, heard: Heard, _: Said) -> list[Effect]:
    """What came of the speaker's questions and was not seen by them as far as is known: answers that they
    have not confirmed, and ends without one; and pings for them that nobody has dealt with."""
    here: list[str] = []
    private: list[str] = []
    aside = privately(heard)
    sealed = 0
    for number in case.facts.own:
        question = case.facts.questions[number]
        line = None if number in case.told else _unseen(case, question)
        if line is not None:
            said_in = sources(question)
            own = privately(heard, sealed=any(source.sealed for source in said_in))
            if visible(case, question, heard) and all(carries(case, each, heard.venue) for each in said_in):
                here.append(line)
            elif all(carries(case, source, own) for source in said_in) and not heard.venue.private:
                private.append(line)
                aside = own if own.sealed else aside
            else:
                sealed += 1
    for ping in case.facts.pinged:
        waiting = case.facts.questions[ping.question]
        undone = ping.state.pending or ping.state in {PingState.PASSED, PingState.FAILED}
        unanswered = not waiting.state.ended or waiting.state is State.HANDED_OVER
        if undone and unanswered and visible(case, waiting, heard):
            here.append(replies.missed_ping(waiting, ping.state))
    if sealed:
        here.append(replies.missed_sealed(sealed))
    if not here and not private and not case.told:
        known = heard.speaker.account is not None
        here = [replies.missed_nothing() if known else replies.missed_by_nobody(heard.speaker.bridged)]
    return some(case, heard, here, private, aside=aside)


def _unseen(case: Case, question: Question) -> str | None:
    """What came of a question, where its asker may not have seen it; who said yes has."""
    last = last_said(question)
    if question.state in {State.KEPT, State.PROPOSED, State.ANSWERED}:
        if last is None or question.outcome == CONFIRMED:
            return None
        return replies.missed_answer(question, last.nick, gathered(question))
    since = question.ended_at
    lately = since is not None and case.at - since <= _RECENT
    ended = question.state in {State.HANDED_OVER, State.EXPIRED} and lately
    return replies.where_it_stands(question) if ended else None


def withdraw(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """Of one's own question; an operator may withdraw any, and a session only its own."""
    number = said.number
    if number is None:
        number = next((n for n in case.facts.own if not case.facts.questions[n].state.ended), None)
    question = case.facts.questions.get(number) if number is not None else None
    operator = case.reference.role_of(heard.speaker) is Role.OPERATOR
    allowed = question is not None and (question.asker.is_same(heard.speaker) or operator)
    if question is None or not allowed:
        text = replies.no_such_question(number) if number is not None else replies.nothing_asked()
        return [*complain(case, heard, text)]
    if not may(question, Step.WITHDRAW):
        if not visible(case, question, heard):
            return [*complain(case, heard, replies.no_such_question(question.number))]
        return tell(case, heard, [replies.where_it_stands(question)])
    by = "withdrawn by its asker" if question.asker.is_same(heard.speaker) else "withdrawn by an operator"
    return [
        *withdrawing.withdraw(case, question, by),
        *drafting.forgotten(case, question),
        *tell(case, heard, [replies.withdrawn(question.number)]),
    ]


def _latest(case: Case) -> int | None:
    """What `why` is about where no number is given: one's own newest question, one's newest ping, or the
    newest question here."""
    if case.facts.own:
        return case.facts.own[0]
    if case.facts.pinged:
        return case.facts.pinged[0].question
    return case.facts.latest


def tell(case: Case, heard: Heard, lines: list[str]) -> list[Effect]:
    return [*say(case, heard.venue, lines, to=heard.speaker)]


def some(
    case: Case, heard: Heard, lines: list[str], private: Sequence[str] = (), *, aside: Venue | None = None
) -> list[Effect]:
    """A few lines where it was asked; the rest, and what must not be said there, privately (`aside`)."""
    if heard.venue.private:
        return tell(case, heard, [*lines, *private])
    rest = [*lines[_PUBLIC_LINES:], *private]
    note = [replies.rest_privately(len(rest))] if rest else []
    return [
        *tell(case, heard, [*lines[:_PUBLIC_LINES], *note]),
        *say(case, aside or privately(heard), rest, to=heard.speaker),
    ]
