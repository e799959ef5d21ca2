"""The one door of the pure desk: an event and what is known around it, to effects.

`subject` says which text must be consulted before, `concerns` which stored state must be read, `decide` what
is to be done. None of them searches, waits, or looks at a clock.
"""

from dataclasses import replace

from bot.desk import answering, asking, delivering, giving_up, pinged, pinging, wishing
from bot.desk.announcing import announce
from bot.desk.case import Case
from bot.desk.effects import Effect, Promote, SettleLine
from bot.desk.events import (
    AccountChanged,
    DeadlinePassed,
    Delivered,
    DeliveryFailed,
    Edited,
    Event,
    Heard,
    Joined,
    Reacted,
    Redacted,
    ReferenceChanged,
)
from bot.desk.facts import Concern, Facts
from bot.desk.hearing import hear, is_addressed, read
from bot.desk.late import told_late
from bot.desk.messages import edited, reacted, redacted, without_address
from bot.desk.model import Finding, Purpose, Speaker, State
from bot.desk.operating import RUNNING
from bot.desk.reference import Reference
from routing.presence import Roster


def subject(event: Event, reference: Reference) -> str | None:
    """The text of the event that must be consulted before it can be decided, if any."""
    if isinstance(event, Heard) and (event.crowded or event.over or read(event, reference).meant is not None):
        return None
    match event:
        case DeadlinePassed(text=text):
            return text
        case Edited():
            return without_address(event, reference)
        case Heard(joined_text=str(joined)):
            return joined
        case Heard():
            said = read(event, reference)
            if said.command in {"ask", "who owns"}:
                return said.args.get("text")
            if (said.command is None or "rest" in said.args) and said.addressed and said.text:
                return said.text
    return None


def subject_given(event: Event, facts: Facts, reference: Reference) -> str | None:
    """The same, once the facts are known: a line that could have gone on from earlier ones goes on with their
    question where that is open; else, said to the desk, it opens one of its own and is about itself alone."""
    if isinstance(event, Heard) and event.joined_text is not None:
        said = read(event, reference)
        earlier = asking.adds_to(Case(event.at, facts, reference), event, said)
        if said.command is None and earlier is not None:
            return asking.with_line(earlier, said.text)
        if said.addressed and said.command is None:
            return said.text
    return subject(event, reference)


def concerns(event: Event, reference: Reference) -> Concern:
    """Which stored state the event touches."""
    match event:
        case Heard():
            said = read(event, reference)
            person = reference.person_of(event.speaker)
            numbers = [said.number] if said.number is not None else []
            numbers += pinged.hash_numbers(event.text)
            return Concern(
                speaker_keys=event.speaker.keys,
                person=person.id if person else None,
                numbers=tuple(dict.fromkeys(numbers)),
                venue=event.venue if said.command == "why" else None,
                explain=said.command in {"why", "why me"},
                counts=said.command == "status",
                live=said.command in {"open", "resume"} or wishing.asked_again(said),
                load=said.command in {"not me", "why me", "later"} or said.command in wishing.WORDS,
                running=said.command in RUNNING,
                facets=_remembers(event.speaker, reference),
                wishes=person is not None or said.command == "resume",
                took=said.command == "resume",
            )
        case Joined(speaker=speaker):
            return Concern(speaker_keys=speaker.keys)
        case AccountChanged(network=network, nick=nick, account=str(account)):
            return Concern(speaker_keys=(Speaker(network, nick, account).key,))
        case Edited(message=message, venue=venue, speaker=speaker):
            told = _remembers(speaker, reference)
            return Concern(speaker_keys=speaker.keys, message=message, venue=venue, facets=told)
        case Redacted(message=message, venue=venue, speaker=speaker):
            return Concern(speaker_keys=speaker.keys, message=message, venue=venue)
        case Reacted(speaker=speaker):
            person = reference.person_of(speaker)
            return Concern(
                speaker_keys=speaker.keys, person=person.id if person else None, wishes=person is not None
            )
        case Delivered(line=line) | DeliveryFailed(line=line):
            return Concern(line=line, wishes=True, took=True)
        case DeadlinePassed(question=question):
            return Concern(numbers=(question,), load=True, explain=True, took=True)
    return Concern()


def _remembers(speaker: Speaker, reference: Reference) -> bool:
    """Whether something may be remembered of the speaker."""
    return bool(speaker.account and reference.facets)


def decide(event: Event, finding: Finding | None, facts: Facts, reference: Reference) -> list[Effect]:
    """Everything that is to be done about `event`; an empty list where nothing durable follows."""
    case = Case(at=event.at, facts=facts, reference=reference, finding=finding)
    match event:
        case Heard():
            seen = _seen(case, event.speaker)
            heard = replace(case.after(seen), said_at=event.said_at)
            return [*seen, *told_late(heard, event, hear(heard, event))]
        case Joined(speaker=speaker) if speaker.account:
            return _seen(case, speaker)
        case AccountChanged():
            return _identified(case, event)
        case DeadlinePassed():
            return _deadline(case, event)
        case Delivered():
            return _delivered(case)
        case DeliveryFailed():
            return _failed(case, event)
        case Edited():
            return edited(case, event)
        case Redacted():
            return redacted(case, event)
        case Reacted():
            return reacted(case, event)
        case ReferenceChanged():
            return announce(case, event)
    # Joined without an account, Left, Renamed, AwayChanged, RosterLost change the roster alone.
    return []


def _seen(case: Case, speaker: Speaker) -> list[Effect]:
    """Somebody is seen: what they asked before they proved their account becomes the account's, and what
    waits for them is told."""
    own = (case.facts.questions[number] for number in case.facts.own)
    nameless = any(q.asker.account is None and q.asker.is_same(speaker) for q in own)
    promoted: list[Effect] = []
    if speaker.account and nameless:
        promoted.append(Promote(speaker.session_key, speaker.network, speaker.account))
    return [*promoted, *answering.collect(case, speaker)]


def _identified(case: Case, event: AccountChanged) -> list[Effect]:
    """A session proved its account: what it asked belongs to the account, and what waits is told."""
    if event.account is None:
        return []
    member = case.roster.member(event.network, event.nick)
    if member is None:
        return []
    speaker = Speaker(event.network, event.nick, event.account, member.session)
    return [
        Promote(speaker.session_key, event.network, event.account),
        *answering.collect(case, speaker),
    ]


def _deadline(case: Case, event: DeadlinePassed) -> list[Effect]:
    question = case.facts.questions.get(event.question)
    if question is None or question.step != event.step or question.due is None:
        return []
    match question.state:
        case State.OPEN | State.ASKED:
            return pinging.climb(case, question)
        case State.TOLD | State.OFFERED:
            return asking.lapse(case, question)
        case State.ENGAGED:
            if answering.fell_silent(question):
                return pinging.climb(case, question)
            return answering.close(case, question)
        case State.PROPOSED:
            return answering.accept(case, question)
        case State.KEPT:
            return giving_up.expire_kept(case, question)
    return []


def _delivered(case: Case) -> list[Effect]:
    line = case.facts.line
    if line is None:
        return []
    if line.purpose is Purpose.PING:
        return delivering.delivered(case, line)
    return [SettleLine(line.id, "sent")]


def _failed(case: Case, event: DeliveryFailed) -> list[Effect]:
    line = case.facts.line
    return delivering.failed(case, line, event.reason) if line is not None else []


def may_matter(event: Event, reference: Reference, roster: Roster, interest: frozenset[str]) -> bool:
    """Whether an event can have any effect: a line that is not said to the desk, from nobody whom the desk
    waits for, has none, and need touch no table."""
    match event:
        case Heard(speaker=speaker):
            # What goes on from earlier lines matters even while those are on their way to the writer.
            if event.joined_text is not None or is_addressed(event, reference):
                return True
            if interest & set(speaker.keys):
                return True
            person = reference.person_of(speaker)
            return person is not None and f"person/{person.id}" in interest
        case Joined(speaker=speaker):
            return speaker.account is not None and speaker.key in interest
        case AccountChanged(network=network, nick=nick, account=str(account)):
            member = roster.member(network, nick)
            session = member.session if member else ""
            return bool(interest & set(Speaker(network, nick, account, session).keys))
        case Edited(speaker=speaker) | Redacted(speaker=speaker) | Reacted(speaker=speaker):
            person = reference.person_of(speaker)
            return bool(interest & set(speaker.keys)) or (
                person is not None and f"person/{person.id}" in interest
            )
        case ReferenceChanged(changes=changes, problems=problems, asked=asked, repeated=repeated):
            return asked is not None or bool(changes) or (bool(problems) and not repeated)
        case Delivered() | DeliveryFailed() | DeadlinePassed():
            return True
    return False
