"""The one door of the pure desk: an event and what is known around it, to effects.

`subject` says which text must be consulted before, `concerns` which stored state must be read, `decide` what
is to be done. None of them searches, waits, or looks at a clock.
"""

from dataclasses import replace

from bot.desk import (
    answering,
    asking,
    browsing,
    delivering,
    drafting,
    editing,
    gaps,
    giving_up,
    linking,
    pinged,
    pinging,
    replies,
    reviewing,
    suggesting,
    wishing,
)
from bot.desk.announcing import announce, announce_upstream
from bot.desk.case import Case, say
from bot.desk.confirming import CONFIRMING, about_to_confirm
from bot.desk.digest import GAPS, digest
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
from bot.desk.facts import Concern, Facts
from bot.desk.hearing import hear, is_addressed, read
from bot.desk.kb_commands import is_kb
from bot.desk.late import told_late
from bot.desk.messages import edited, redacted, subject_edited, without_address
from bot.desk.model import Finding, Speaker, State
from bot.desk.operating import RUNNING
from bot.desk.reactions import reacted, taken_back, word
from bot.desk.reference import Reference
from bot.desk.showing import AtHand
from bot.desk.thanks import is_confirming
from routing.presence import Roster, Venue

_TAKING_BACK = frozenset({"not it", "withdraw"})
"""The commands after which nothing may stand in the base that a question was the reason for."""


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
            if said.command == "suggest":
                return suggesting.asked(said)
            if said.command == "kb new":
                return said.args.get("question")
            if said.command == "kb gap":
                return gaps.looked_up(said, reference)
            if (said.command is None or "rest" in said.args) and said.addressed and said.text:
                return said.text
    return None


def subject_given(event: Event, facts: Facts, reference: Reference) -> str | None:
    """The same, once the facts are known: a line that could have gone on from earlier ones goes on with their
    question where that is open; else, said to the desk, it opens one of its own and is about itself alone."""
    case = Case(event.at, facts, reference)
    if isinstance(event, Edited):
        return subject_edited(case, event)
    right = about_to_confirm(case, event)
    if right is not None and (phrased := drafting.searched(case, right)) is not None:
        return phrased
    if isinstance(event, Heard) and (shown := browsing.looked_up(read(event, reference), facts)) is not None:
        return shown
    if isinstance(event, Heard) and event.joined_text is None and (event.thread or event.relates_to):
        # What reads as a command may turn out to be none from this speaker, and so a line of their question.
        said = read(event, reference)
        added = asking.in_its_thread(case, event, said)
        if added is not None:
            return asking.with_line(added, said.text)
    if isinstance(event, Heard) and event.joined_text is not None:
        said = read(event, reference)
        earlier = asking.adds_to(case, event, said)
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
            numbers += gaps.asked_about(said, reference)
            return Concern(
                speaker_keys=event.speaker.keys,
                person=person.id if person else None,
                numbers=tuple(dict.fromkeys(numbers)),
                messages=_messages(event.venue, event.relates_to, event.thread),
                venue=event.venue if said.command == "why" else None,
                explain=said.command in {"why", "why me"},
                counts=said.command == "status",
                live=said.command in {"open", "resume"} or wishing.asked_again(said),
                load=said.command in {"not me", "why me", "later"} or said.command in wishing.WORDS,
                running=said.command in RUNNING,
                facets=_remembers(event.speaker, reference) and not is_kb(said),
                wishes=person is not None or said.command == "resume",
                took=said.command == "resume",
                code=linking.wanted(event, said).code,
                tries=linking.wanted(event, said).tries,
                drafts=said.command == "suggest" or is_kb(said),
                draft_numbers=tuple(browsing.numbers(said)) if is_kb(said) else (),
                rejected=event.speaker.keys if event.venue.private and event.speaker.account else (),
                drafts_of=said.command in CONFIRMING | _TAKING_BACK or is_confirming(said.text),
                noted=said.command in _TAKING_BACK,
                suggested=event.speaker.keys if said.command == "suggest" else (),
            )
        case Joined(speaker=speaker):
            return Concern(speaker_keys=speaker.keys, rejected=speaker.keys if speaker.account else ())
        case AccountChanged(network=network, nick=nick, account=str(account)):
            keys = reference.whole(Speaker(network, nick, account)).keys
            return Concern(speaker_keys=keys, rejected=keys)
        case Edited(message=message, venue=venue, speaker=speaker):
            person = reference.person_of(speaker)
            return Concern(
                speaker_keys=speaker.keys,
                person=person.id if person else None,
                messages=_messages(venue, message),
                talked=_messages(venue, message),
                explain=True,
                facets=_remembers(speaker, reference),
                drafts_of=True,
                noted=True,
            )
        case Redacted(message=message, venue=venue, speaker=speaker):
            person = reference.person_of(speaker)
            return Concern(
                speaker_keys=speaker.keys,
                person=person.id if person else None,
                messages=_messages(venue, message),
                talked=_messages(venue, message),
                reactions=True,
                explain=True,
                drafts_of=True,
                draft_keys=(suggesting.key_said_in(event),),
                noted=True,
            )
        case Reacted(message=message, venue=venue, speaker=speaker):
            person = reference.person_of(speaker)
            return Concern(
                speaker_keys=speaker.keys,
                person=person.id if person else None,
                messages=_messages(venue, message),
                reactions=True,
                load=person is not None,
                facets=_remembers(speaker, reference),
                drafts_of=True,
            )
        case Delivered(line=line) | DeliveryFailed(line=line):
            return Concern(line=line, wishes=True, took=True)
        case DeadlinePassed(question=question):
            return Concern(numbers=(question,), load=True, explain=True, took=True)
        case Proposed(number=named):
            return Concern(drafts=True, draft_numbers=() if named is None else (named,))
        case Published(draft=draft) | PublishingFailed(draft=draft):
            return Concern(draft_numbers=(draft,))
        case DigestDue():
            return Concern(numbers=gaps.standing_for(reference.gaps[:GAPS]), drafts=True, digests=True)
    return Concern()


def _messages(venue: Venue, *messages: str | None) -> tuple[tuple[str, str], ...]:
    """The messages that an event points at."""
    return tuple((venue.network, message) for message in dict.fromkeys(messages) if message is not None)


def _remembers(speaker: Speaker, reference: Reference) -> bool:
    """Whether something may be remembered of the speaker."""
    return bool(speaker.account and reference.facets)


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
