"""The one door of the pure desk: an event and what is known around it, to effects.

`bot.desk.concerning` says which text must be consulted before and which stored state must be read, `decide`
what is to be done. Neither searches, waits, or looks at a clock.
"""

from dataclasses import replace

from bot.desk import (
    answering,
    delivering,
    editing,
    giving_up,
    offering,
    pinging,
    replies,
    reviewing,
)
from bot.desk.announcing import announce, announce_upstream
from bot.desk.case import Case, say
from bot.desk.digest import digest
from bot.desk.effects import Effect, Promote
from bot.desk.events import (
    AccountChanged,
    DeadlinePassed,
    Delivered,
    DeliveryFailed,
    DigestDue,
    Edited,
    Event,
    Heard,
    Joined,
    Proposed,
    Published,
    PublishingFailed,
    Reacted,
    Redacted,
    ReferenceChanged,
    Unreadable,
    UpstreamChanged,
)
from bot.desk.facts import Facts
from bot.desk.hearing import hear, is_addressed
from bot.desk.late import told_late
from bot.desk.messages import edited, redacted
from bot.desk.model import Finding, Speaker, State
from bot.desk.reactions import reacted, taken_back, word
from bot.desk.reference import Reference
from bot.desk.showing import AtHand
from routing.presence import Roster, Venue


def decide(event: Event, finding: Finding | None, facts: Facts, reference: Reference) -> list[Effect]:
    """Everything that is to be done about `event`; an empty list where nothing durable follows."""
    case = Case(at=event.at, facts=facts, reference=reference, finding=finding)
    match event:
        case Heard():
            seen = _seen(case, event.speaker, event.venue if event.venue.private else None)
            at_hand = AtHand(
                event.speaker, event.venue, event.message, event.thread, late=event.said_at is not None
            )
            heard = replace(case.after(seen), said_at=event.said_at, at_hand=at_hand)
            return [*seen, *told_late(heard, event, hear(heard, event))]
        case Joined(speaker=speaker) if speaker.account:
            return _seen(case, speaker)
        case AccountChanged():
            return _identified(case, event)
        case DeadlinePassed():
            return _deadline(case, event)
        case Delivered():
            return _delivered(case, event)
        case DeliveryFailed():
            return _failed(case, event)
        case Edited(speaker=speaker, venue=venue, message=message):
            return edited(replace(case, at_hand=AtHand(speaker, venue, message)), event)
        case Redacted():
            undone = taken_back(case, event)
            return redacted(case, event) if undone is None else undone
        case Reacted(speaker=speaker, venue=venue, message=message):
            line = facts.lines.get(message)
            on = AtHand(speaker, venue, message, line.thread if line is not None else None)
            return reacted(replace(case, at_hand=on), event)
        case Unreadable(speaker=speaker, venue=venue, message=message):
            unread = replace(case, at_hand=AtHand(speaker, venue, message))
            return [*say(unread, venue, replies.unreadable(), to=speaker)]
        case ReferenceChanged():
            return announce(case, event)
        case Proposed():
            return editing.proposed(case, event)
        case Published():
            return reviewing.published(case, event)
        case PublishingFailed():
            return reviewing.failed(case, event)
        case UpstreamChanged():
            return announce_upstream(case, event)
        case DigestDue():
            return digest(case, event)
    # Joined without an account, Left, Renamed, AwayChanged, RosterLost change the roster alone.
    return []


def _seen(case: Case, speaker: Speaker, here: Venue | None = None) -> list[Effect]:
    """Somebody is seen, maybe as they speak privately (`here`): what they asked before they proved their
    account becomes the account's, and what waits for them is told."""
    own = (case.facts.questions[number] for number in case.facts.own)
    nameless = any(q.asker.account is None and q.asker.is_same(speaker) for q in own)
    promoted: list[Effect] = []
    if speaker.account and nameless:
        promoted.append(Promote(speaker.session_key, speaker.network, speaker.account))
    return [*promoted, *answering.collect(case, speaker), *reviewing.collect(case, speaker, here)]


def _identified(case: Case, event: AccountChanged) -> list[Effect]:
    """A session proved its account: what it asked belongs to the account, and what waits is told."""
    if event.account is None:
        return []
    member = case.roster.member(event.network, event.nick)
    if member is None:
        return []
    speaker = case.reference.whole(Speaker(event.network, event.nick, event.account, member.session))
    return [
        Promote(speaker.session_key, event.network, event.account),
        *answering.collect(case, speaker),
        *reviewing.collect(case, speaker),
    ]


def _deadline(case: Case, event: DeadlinePassed) -> list[Effect]:
    question = case.facts.questions.get(event.question)
    if question is None or question.step != event.step or question.due is None:
        return []
    match question.state:
        case State.OPEN | State.ASKED:
            return pinging.climb(case, question)
        case State.TOLD | State.OFFERED:
            return offering.lapse(case, question)
        case State.ENGAGED:
            if answering.fell_silent(question):
                return pinging.climb(case, question)
            return answering.close(case, question)
        case State.PROPOSED:
            return answering.accept(case, question)
        case State.KEPT:
            return giving_up.expire_kept(case, question)
    return []


def _delivered(case: Case, event: Delivered) -> list[Effect]:
    line = case.facts.line
    return delivering.delivered(case, line, event.message) if line is not None else []


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
            # Whoever may answer may do so by a reply to the question, though nobody asked them.
            points = event.relates_to is not None or event.thread is not None
            return person is not None and (points or f"person/{person.id}" in interest)
        case Joined(speaker=speaker):
            return speaker.account is not None and bool(interest & {speaker.key, *speaker.also})
        case AccountChanged(network=network, nick=nick, account=str(account)):
            member = roster.member(network, nick)
            session = member.session if member else ""
            return bool(interest & set(reference.whole(Speaker(network, nick, account, session)).keys))
        case Reacted(key=key) if word(key) is None:
            return False
        case Edited(speaker=speaker) | Reacted(speaker=speaker):
            person = reference.person_of(speaker)
            return bool(interest & set(speaker.keys)) or (
                person is not None and f"person/{person.id}" in interest
            )
        case ReferenceChanged(asked=asked, changes=changes, problems=problems):
            told = bool(changes) or event.mended or (bool(problems) and not event.repeated)
            return asked is not None or told
        case Proposed() | Published() | PublishingFailed() | UpstreamChanged() | DigestDue():
            return True
        case Delivered() | DeliveryFailed() | DeadlinePassed() | Redacted() | Unreadable():
            # What is taken back is forgotten, however long ago it was said.
            return True
    return False
