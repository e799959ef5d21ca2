"""What an event takes to be decided: which text must be consulted before, and which stored state be read.

Values only: nothing is searched or read here. What is not named is not known when it is decided, so that what
a line of chat costs is seen here; most name next to nothing.
"""

from bot.desk import (
    asking,
    browsing,
    drafting,
    gaps,
    linking,
    pinged,
    suggesting,
    wishing,
)
from bot.desk.case import Case
from bot.desk.confirming import CONFIRMING, about_to_confirm
from bot.desk.digest import GAPS
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
)
from bot.desk.facts import Concern, Facts
from bot.desk.hearing import read
from bot.desk.kb_commands import is_kb
from bot.desk.messages import subject_edited, without_address
from bot.desk.model import Speaker
from bot.desk.operating import RUNNING
from bot.desk.reference import Reference
from bot.desk.thanks import may_confirm
from routing.presence import Venue

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
                drafts_of=said.command in CONFIRMING | _TAKING_BACK or may_confirm(said.text),
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
