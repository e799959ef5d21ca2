"""The one door of the pure desk: an event and what is known around it, to effects.

`subject` says which text must be consulted before, `concerns` which stored state must be read, `decide` what
is to be done. None of them searches, waits, or looks at a clock.
"""

import re
from dataclasses import replace

from bot.desk import answering, asking, pinged, pinging, prompting, replies
from bot.desk.addressing import address, is_chatter, is_thanks, is_to_other
from bot.desk.case import Case, complain, say, stands, visible
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
from routing.presence import Roster, Venue, fold

_NUMBERED = re.compile(r"#([0-9]{1,9})\b[\s,:;.–-]*(.*)", re.DOTALL)
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
        case Edited():
            return _without_address(event, reference)
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
            numbers += pinged.hash_numbers(event.text)
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
            seen = _seen(case, event.speaker)
            return [*seen, *_heard(case.after(seen), event)]
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
            return _edited(case, event)
        case Redacted():
            return _redacted(case, event)
        case Reacted():
            return _reacted(case, event)
    # Joined without an account, Left, Renamed, AwayChanged, RosterLost change the roster alone;
    # ReferenceChanged has already been carried out by the swap itself.
    return []


def _heard(case: Case, heard: Heard) -> list[Effect]:
    """A line: a command, a bare word, a reply, a word to one's own question, or a question."""
    said = read(heard, case.reference)
    if said.command is not None:
        handled = _command(case, heard, said)
        if handled is not None:
            return handled
    person = case.reference.person_of(heard.speaker)
    if person is not None:
        found = pinged.replied_to(case, heard, said, person)
        if found is not None:
            ping, question = found
            return answering.reply(case, heard, person.id, question, said.text, ping)
    thanks = is_thanks(said.text) and len(said.text.split()) <= _SHORT
    prompted = prompting.thanked(case, heard) if thanks else prompting.narrowed(case, heard, said)
    if prompted is not None:
        return prompted
    own = _own(case, heard, said)
    if own is not None:
        return own
    late = pinged.too_late(case, heard, said) if person is not None else None
    if late is not None:
        return late
    if not said.addressed or thanks:
        return []
    return asking.ask(case, heard, said.text) if said.text else _hello(case, heard)


def _own(case: Case, heard: Heard, said: Said) -> list[Effect] | None:
    """The line as a part of the speaker's own question, by its number, its place and its time; None where it
    is none."""
    numbered = _NUMBERED.match(said.text) if said.addressed else None
    if numbered is not None:
        return _about(case, heard, int(numbered[1]), numbered[2])
    joined = heard.joined_text
    earlier = asking.goes_on(case, heard) if joined is not None else None
    if joined is not None and earlier is not None and earlier.state is State.OPEN:
        return asking.extend(case, heard, earlier, joined)
    engaged = _engaged(case, heard)
    if engaged is not None and (heard.venue.private or not said.addressed):
        if is_chatter(said.text) or is_to_other(said.text, _bystanders(case, heard, engaged)):
            return []
        return answering.asker_line(case, heard, engaged, said.text)
    if joined is None or said.addressed:
        return None
    if earlier is None:
        # Greeted first, then asked: the lines before this one were no question.
        return asking.ask(case, heard, joined)
    return asking.extend(case, heard, earlier, joined) if may(earlier, Step.EXTEND) else []


def _about(case: Case, heard: Heard, number: int, text: str) -> list[Effect]:
    """`#42: …` by its asker goes on with it; from anybody else it is no question either."""
    question = case.facts.questions.get(number)
    own = question is not None and question.asker.is_same(heard.speaker)
    if question is None or not own or not visible(case, question, heard):
        return [*complain(case, heard, replies.no_such_question(number))]
    if question.state is State.ENGAGED and text:
        return answering.asker_line(case, heard, question, text)
    if may(question, Step.EXTEND) and text:
        return asking.append(case, question, text)
    return [*say(case, heard.venue, stands(case, question, heard), to=heard.speaker)]


def _command(case: Case, heard: Heard, said: Said) -> list[Effect] | None:
    """What the command does; None where the line is no command from this speaker and reads as plain text."""
    command = COMMANDS[said.command or ""]
    allowed = case.reference.role_of(heard.speaker) >= command.role
    if "rest" in said.args and prompting.find(case, heard, said) is None:
        return None
    if not said.addressed:
        # Bare words: only from the one who was asked. Handlers find nothing open for anybody else.
        bare = command.bare is not Bare.NOBODY and not said.usage
        return (command.handler(case, heard, said) or None) if bare and allowed else None
    if said.usage or not allowed:
        # Who did not name the desk may have meant another bot.
        told = (
            replies.usage(command.usage, command.meaning)
            if allowed
            else replies.no_such_command(command.path)
        )
        return [*complain(case, heard, told)] if said.named else []
    return command.handler(case, heard, said)


def _hello(case: Case, heard: Heard) -> list[Effect]:
    return [*complain(case, heard, replies.say_more_about_it())]


def _bystanders(case: Case, heard: Heard, question: Question) -> set[str]:
    """Everybody in the venue but those who talk about the question."""
    inside = {heard.me, heard.speaker.nick, *(line.nick for line in question.replies)}
    talking = {fold(nick) for nick in inside}
    return {nick for nick in case.roster.nicks(heard.venue) if fold(nick) not in talking}


def _engaged(case: Case, heard: Heard) -> Question | None:
    """The speaker's own question that a responder is in, where this line may belong to it."""
    for number in case.facts.own:
        question = case.facts.questions[number]
        if question.state is State.ENGAGED and (heard.venue.private or heard.venue.key == question.venue.key):
            return question
    return None


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
    return asking.extend(case, heard, question, _without_address(event, case.reference))


def _without_address(event: Edited, reference: Reference) -> str:
    """What the edited line asks. A question that was asked in public began with the desk's name."""
    start, _ = address(event.text.strip())
    said = parse(event.text, me=start or "", private=event.venue.private, prefix=reference.settings.prefix)
    return said.args.get("text", said.text) if said.command == "ask" else said.text


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
            # What goes on from earlier lines matters even while those are on their way to the writer.
            if read(event, reference).addressed or event.joined_text is not None:
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
        case Delivered() | DeliveryFailed() | DeadlinePassed():
            return True
    return False
