"""The one door of the pure desk: an event and what is known around it, to effects.

`subject` says which text must be consulted before, `concerns` which stored state must be read, `decide` what
is to be done. None of them searches, waits, or looks at a clock.
"""

import re
from dataclasses import replace

from bot.desk import answering, asking, pinging, prompting, replies
from bot.desk.addressing import is_thanks
from bot.desk.case import Case, say
from bot.desk.commands import COMMANDS, Bare, parse
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
)
from bot.desk.facts import Concern, Facts
from bot.desk.lifecycle import Step, may
from bot.desk.model import Finding, Purpose, Question, Speaker, State
from bot.desk.reference import Reference
from bot.desk.said import Said
from routing.presence import Roster, Venue

_HASH_NUMBER = re.compile(r"#([0-9]{1,9})\b")
_SHORT = 8
_REACTIONS = {
    "👍": "yes",
    "👎": "not it",
    "1️⃣": "1",
    "2️⃣": "2",
    "3️⃣": "3",
    "✋": "ack",
}


def subject(event: Event, reference: Reference) -> str | None:
    """The text of the event that must be consulted before it can be decided, if any."""
    match event:
        case DeadlinePassed(text=text):
            return text
        case Edited(text=text):
            return text
        case Heard(joined_text=str(joined)):
            return joined
        case Heard():
            said = read(event, reference)
            if said.command in {"ask", "who owns"}:
                return said.args.get("text")
            if said.command is None and said.addressed and said.text:
                return said.text
    return None


def subject_given(event: Event, facts: Facts, reference: Reference) -> str | None:
    """The same, once the facts are known: a line to the desk that could have gone on from earlier ones opens
    a question of its own where theirs is no longer open, and then it is about itself alone."""
    if isinstance(event, Heard) and event.joined_text is not None:
        said = read(event, reference)
        earlier = asking.goes_on(Case(event.at, facts, reference), event)
        if said.addressed and said.command is None and (earlier is None or earlier.state is not State.OPEN):
            return said.text
    return subject(event, reference)


def concerns(event: Event, reference: Reference) -> Concern:
    """Which stored state the event touches."""
    match event:
        case Heard():
            said = read(event, reference)
            person = reference.person_of(event.speaker)
            numbers = [said.number] if said.number is not None else []
            numbers += [int(found) for found in _HASH_NUMBER.findall(event.text)[:3]]
            return Concern(
                speaker_keys=event.speaker.keys,
                person=person.id if person else None,
                numbers=tuple(dict.fromkeys(numbers)),
                venue=event.venue if said.command == "why" else None,
                explain=said.command == "why",
                counts=said.command == "status",
            )
        case Joined(speaker=speaker):
            return Concern(speaker_keys=speaker.keys)
        case AccountChanged(network=network, nick=nick, account=str(account)):
            return Concern(speaker_keys=(Speaker(network, nick, account).key,))
        case Edited(message=message, venue=venue, speaker=speaker):
            return Concern(speaker_keys=speaker.keys, message=message, venue=venue)
        case Redacted(message=message, venue=venue, speaker=speaker):
            return Concern(speaker_keys=speaker.keys, message=message, venue=venue)
        case Reacted(speaker=speaker):
            person = reference.person_of(speaker)
            return Concern(speaker_keys=speaker.keys, person=person.id if person else None)
        case Delivered(line=line) | DeliveryFailed(line=line):
            return Concern(line=line)
        case DeadlinePassed(question=question):
            return Concern(numbers=(question,), load=True)
    return Concern()


def read(heard: Heard, reference: Reference) -> Said:
    return parse(heard.text, me=heard.me, private=heard.venue.private, prefix=reference.settings.prefix)


def decide(event: Event, finding: Finding | None, facts: Facts, reference: Reference) -> list[Effect]:
    """Everything that is to be done about `event`; an empty list where nothing durable follows."""
    case = Case(at=event.at, facts=facts, reference=reference, finding=finding)
    match event:
        case Heard():
            return [*answering.collect(case, event.speaker), *_heard(case, event)]
        case Joined(speaker=speaker) if speaker.account:
            return answering.collect(case, speaker)
        case AccountChanged():
            return _identified(case, event)
        case DeadlinePassed():
            return _deadline(case, event)
        case Delivered():
            return _delivered(case)
        case DeliveryFailed():
            return _failed(case, event)
        case Edited():
            return _edited(case, event)
        case Redacted():
            return _redacted(case, event)
        case Reacted():
            return _reacted(case, event)
    # Joined without an account, Left, Renamed, AwayChanged, RosterLost change the roster alone;
    # ReferenceChanged has already been carried out by the swap itself.
    return []


def _heard(case: Case, heard: Heard) -> list[Effect]:
    said = read(heard, case.reference)
    if said.command is not None:
        handled = _command(case, heard, said)
        if handled is not None:
            return handled
    person = case.reference.person_of(heard.speaker)
    if person is not None:
        found = pinging.replied_to(case, heard, said, person)
        if found is not None:
            ping, question = found
            return answering.reply(case, heard, person.id, question, said.text, ping)
    if is_thanks(said.text) and len(said.text.split()) <= _SHORT:
        thanked = prompting.thanked(case, heard)
        if thanked is not None:
            return thanked
    engaged = _engaged(case, heard)
    if engaged is not None and not said.addressed:
        return answering.asker_line(case, heard, engaged, said.text)
    if heard.joined_text is not None:
        earlier = asking.goes_on(case, heard)
        if earlier is not None and (earlier.state is State.OPEN or not said.addressed):
            return asking.extend(case, heard, earlier, heard.joined_text)
    if engaged is not None and heard.venue.private:
        return answering.asker_line(case, heard, engaged, said.text)
    if said.addressed and said.command is None:
        return asking.ask(case, heard, said.text) if said.text else _hello(case, heard)
    return []


def _command(case: Case, heard: Heard, said: Said) -> list[Effect] | None:
    """What the command does; None where the line is no command from this speaker and reads as plain text."""
    command = COMMANDS[said.command or ""]
    if not said.addressed:
        # Bare words: only from the one who was asked. Handlers find nothing open for anybody else.
        bare = command.bare is not Bare.NOBODY and not said.usage
        if not bare or case.reference.role_of(heard.speaker) < command.role:
            return None
        return command.handler(case, heard, said) or None
    if case.reference.role_of(heard.speaker) < command.role:
        if not said.named:
            return []
        return [*say(case, heard.venue, replies.no_such_command(said.text.split()[0]), to=heard.speaker)]
    if said.usage:
        usage = replies.usage(command.usage, command.meaning)
        return [*say(case, heard.venue, usage, to=heard.speaker)]
    return command.handler(case, heard, said)


def _hello(case: Case, heard: Heard) -> list[Effect]:
    return [*say(case, heard.venue, replies.say_more_about_it(), to=heard.speaker)]


def _engaged(case: Case, heard: Heard) -> Question | None:
    """The speaker's own question that a responder is in, where this line may belong to it."""
    for number in case.facts.own:
        question = case.facts.questions[number]
        if question.state is State.ENGAGED and (heard.venue.private or heard.venue.key == question.venue.key):
            return question
    return None


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
            return pinging.expire_kept(case, question)
    return []


def _delivered(case: Case) -> list[Effect]:
    line = case.facts.line
    if line is None:
        return []
    if line.purpose is Purpose.PING:
        return pinging.delivered(case, line)
    return [SettleLine(line.id, "sent")]


def _failed(case: Case, event: DeliveryFailed) -> list[Effect]:
    line = case.facts.line
    return pinging.failed(case, line, event.reason) if line is not None else []


def _asked_in(case: Case, message: str, speaker: Speaker) -> Question | None:
    """The speaker's own question that was asked in this message."""
    number = case.facts.message
    question = case.facts.questions.get(number) if number is not None else None
    own = question is not None and question.asker.is_same(speaker) and question.message_id == message
    return question if own else None


def _edited(case: Case, event: Edited) -> list[Effect]:
    """The asker changed the question: while nobody has it yet, it is read anew."""
    question = _asked_in(case, event.message, event.speaker)
    if question is None or question.state is not State.OPEN:
        return []
    heard = _as_heard(event, event.venue, event.speaker, event.text, me="")
    return asking.extend(case, heard, question, event.text)


def _redacted(case: Case, event: Redacted) -> list[Effect]:
    """The asker took the message back: the question is withdrawn."""
    question = _asked_in(case, event.message, event.speaker)
    if question is None or not may(question, Step.WITHDRAW):
        return []
    return asking.withdraw(case, question, "its message was redacted")


def _reacted(case: Case, event: Reacted) -> list[Effect]:
    """A reaction is a bare word: it counts under the same conditions."""
    word = _REACTIONS.get(event.key)
    if word is None:
        return []
    heard = _as_heard(event, event.venue, event.speaker, word, me=event.me)
    said = parse(word, me=event.me, private=False, prefix="")
    command = COMMANDS[said.command or ""]
    if case.reference.role_of(event.speaker) < command.role:
        return []
    return command.handler(case, heard, replace(said, named=False))


def _as_heard(event: Edited | Reacted, venue: Venue, speaker: Speaker, text: str, *, me: str) -> Heard:
    return Heard(id=event.id, at=event.at, speaker=speaker, venue=venue, text=text, me=me)


def may_matter(event: Event, reference: Reference, roster: Roster, interest: frozenset[str]) -> bool:
    """Whether an event can have any effect: a line that is not said to the desk, from nobody whom the desk
    waits for, has none, and need touch no table."""
    match event:
        case Heard(speaker=speaker):
            if read(event, reference).addressed or interest & set(speaker.keys):
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
        case Delivered() | DeliveryFailed() | DeadlinePassed():
            return True
    return False
