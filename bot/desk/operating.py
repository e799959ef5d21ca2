"""What operators and editors order, and what they are told of the whole desk.

What the process is to do leaves here as `Operate`, and is carried out once the transaction stands. While it
is paused no deadline falls and nothing is said but to operators; what is asked is taken and stored. When it
goes on, a deadline that fell meanwhile begins anew, one a little behind the other, so that nobody is passed
over and nobody gets a burst of pings for what waited.
"""

from datetime import datetime

from bot.desk import answering, reports
from bot.desk.case import Case, complain, concerned, say, visible
from bot.desk.effects import Effect, Operate, Order, SaveQuestion
from bot.desk.events import Heard
from bot.desk.fitting import wrap
from bot.desk.inquiries import some, tell
from bot.desk.lifecycle import Step, advance
from bot.desk.model import CONTROL, PingState, Purpose, Question, State
from bot.desk.patience import patience
from bot.desk.pinging import after_waking
from bot.desk.said import Said
from routing.presence import Venue, fold
from routing.sections import nearest

RUNNING = frozenset({"status", "say", "pause", "resume"})
"""The commands whose answer depends on how the process does."""

_LISTED = 20
"""Questions that `open` lists in chat; on the control socket it lists all."""


def open_questions(case: Case, heard: Heard, _: Said) -> list[Effect]:
    """Every question that has not ended and that the speaker may see here, the oldest first."""
    live = (question for question in case.facts.questions.values() if not question.state.ended)
    shown = sorted((q for q in live if concerned(case, q, heard)), key=lambda question: question.number)
    lines = [
        reports.live_question(
            question,
            case.at - question.asked_at,
            _waits_for(case, question),
            secret=not visible(case, question, heard),
        )
        for question in shown
    ]
    if heard.venue.network != CONTROL and len(lines) > _LISTED:
        lines = [*lines[:_LISTED], reports.and_more(len(lines) - _LISTED)]
    return some(case, heard, lines or [reports.nothing_live()])


def _waits_for(case: Case, question: Question) -> str:
    """Who has the next word, by name; empty where nobody has."""
    match question.state:
        case State.ASKED:
            pending = (ping for ping in case.facts.pings_of(question.number) if ping.state.pending)
            person = next((ping.person for ping in pending), None)
        case State.ENGAGED:
            person = question.responder
        case State.OPEN:
            person = question.directed_to
        case _:
            return question.asker.nick
    known = case.reference.map.person(person) if person else None
    return known.name if known else person or ""


def reload(_: Case, heard: Heard, __: Said) -> list[Effect]:
    """What came of it is told when it has been done."""
    return [Operate(Order.RELOAD, heard.speaker, heard.venue)]


def pause(case: Case, heard: Heard, _: Said) -> list[Effect]:
    if case.facts.running.paused:
        return [*complain(case, heard, reports.paused_already())]
    return [Operate(Order.PAUSE, heard.speaker, heard.venue), *tell(case, heard, [reports.paused()])]


def resume(case: Case, heard: Heard, _: Said) -> list[Effect]:
    running = case.facts.running
    if not running.paused:
        return [*complain(case, heard, reports.not_paused())]
    fallen = sorted(
        (q for q in case.facts.questions.values() if q.due is not None and q.due <= case.at),
        key=lambda question: (question.due, question.number),
    )
    return [
        *(
            SaveQuestion(
                advance(q, Step.DELAY, at=case.at, due=_anew(case, q) + place * case.settings.ping_after)
            )
            for place, q in enumerate(fallen)
        ),
        Operate(Order.RESUME, heard.speaker, heard.venue),
        *tell(case, heard, [reports.resumed(running.waiting, len(fallen))]),
    ]


def _anew(case: Case, question: Question) -> datetime:
    """When the question's deadline would fall if its step began now."""
    settings = case.settings
    match question.state:
        case State.OPEN:
            return case.at + settings.ping_after
        case State.ASKED:
            ping = next((p for p in case.facts.pings_of(question.number) if p.step == question.step), None)
            if ping is not None and ping.state is PingState.QUEUED:
                return case.at + settings.ping_expires
            pings = [p for p in case.facts.pings_of(question.number) if p.state.pending]
            if not pings:
                return case.at + settings.patience
            last = pings[-1]
            if last.until is not None:
                return max(last.until, case.at + settings.ping_after)
            promised = last.state is PingState.ACKNOWLEDGED
            waits = patience(case.facts.took, last.venue, settings).span
            person = case.reference.map.person(last.person)
            return after_waking(person, case, settings.ack_patience if promised else waits)
        case State.ENGAGED:
            return answering.due(case, question.replies) if question.replies else case.at + settings.quiet
        case State.TOLD:
            return case.at + settings.answer_stands
        case State.OFFERED:
            return case.at + settings.offer_lapses
        case State.PROPOSED:
            return case.at + settings.confirm_within
    return case.at


def drain(case: Case, heard: Heard, _: Said) -> list[Effect]:
    return [
        Operate(Order.DRAIN, heard.speaker, heard.venue),
        *tell(case, heard, [reports.draining()]),
    ]


def say_in(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`say [NETWORK] CHANNEL TEXT`: in a venue that the desk is configured to sit in, and nowhere else."""
    network, channel = said.args.get("network"), said.args["channel"]
    sits_in = case.reference.venues
    networks = {venue.network: venue for venue in sits_in}
    if network is not None and network not in networks:
        return [*complain(case, heard, reports.no_such_network(network, nearest(network, networks)))]
    among = [venue for venue in sits_in if network in (None, venue.network)]
    found = [venue for venue in among if fold(venue.name) == fold(channel)]
    found = [venue for venue in found if venue.network == heard.venue.network] or found
    if not found:
        near = nearest(channel, {venue.name: venue for venue in among})
        return [*complain(case, heard, reports.not_sitting_in(channel, network, near))]
    if len(found) > 1:
        return [*complain(case, heard, reports.on_which_network(channel, [v.network for v in found]))]
    return [*_aloud(case, found[0], said.args["text"]), *tell(case, heard, [_goes_to(case, found[0])])]


def _aloud(case: Case, venue: Venue, text: str) -> list[Effect]:
    lines = wrap(reports.from_operators(text), case.room(venue, None))
    return [*say(case, venue, lines, purpose=Purpose.TELL)]


def _goes_to(case: Case, venue: Venue) -> str:
    running = case.facts.running
    there = running.networks.get(venue.network)
    return reports.goes_to(venue, paused=running.paused, connected=there is None or there.connected)
