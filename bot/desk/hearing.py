"""A line was heard: a command, a bare word, a reply, a word to one's own question, or a question.

In this order: what says how a line reads is looked at first, what merely stands near it last. Nothing is done
about a line that says nothing to the desk.
"""

from collections.abc import Container
from dataclasses import replace
from datetime import timedelta

from bot.desk import answering, asking, pinged, prompting, remembering, replies, triaging
from bot.desk.addressing import NUMBERED, address, is_chatter, is_to_other, no_reply
from bot.desk.case import Case, complain, privately, say, stands, visible
from bot.desk.commands import COMMANDS
from bot.desk.effects import Effect
from bot.desk.events import Heard
from bot.desk.grammar import meant, parse, wish_meant
from bot.desk.kb_commands import read_as_kb
from bot.desk.late import lapsed
from bot.desk.lifecycle import Step, may
from bot.desk.model import CONTROL, Conditions, Question, Role, State
from bot.desk.pointing import pointed_at
from bot.desk.reference import Reference
from bot.desk.remembering import read_so
from bot.desk.rows import Bare, Command
from bot.desk.said import Said
from bot.desk.settling import says_so, settled_by
from bot.desk.thanks import is_brief, is_polite, is_thanks, says_it_worked, will_try
from routing.presence import fold

_HINT_FOR = timedelta(minutes=2)
"""How long it is worth saying to somebody that their last lines were too many."""
_WORDS = frozenset({"text", "words", "rest", "person"})
"""What may stand behind a bare word, and then be talk."""


def read(heard: Heard, reference: Reference) -> Said:
    said = parse(heard.text, me=heard.me, private=heard.venue.private, prefix=reference.settings.prefix)
    said = read_as_kb(read_so(said, reference), reference, heard)
    if said.command is not None or not said.named:
        return said

    def known(word: str) -> bool:
        return word in reference.knowledge.index.prepare().speller

    role = reference.role_of(heard.speaker)
    wish = wish_meant(said.text, role=role)
    return replace(said, meant=meant(said.text, role=role, known=known), wish=wish)


def is_addressed(heard: Heard, reference: Reference) -> bool:
    """Whether it is said to the desk, as `read` finds it; for next to nothing where it is chatter."""
    if heard.venue.private:
        return True
    prefix = reference.settings.prefix
    if prefix and heard.text.startswith(prefix):
        return read(heard, reference).addressed
    nick, _ = address(heard.text)
    return nick is not None and fold(nick) == fold(heard.me)


def may_ask(heard: Heard, reference: Reference, interest: Container[str]) -> bool:
    """Whether a line may be a question to the desk: said to it, no command, and by nobody whose answer it
    waits for; `interest`: whom it waits for."""
    if not is_addressed(heard, reference) or read(heard, reference).command not in (None, "ask"):
        return False
    person = reference.person_of(heard.speaker)
    return person is None or f"person/{person.id}" not in interest


def wants_right(heard: Heard, reference: Reference) -> bool:
    """Whether a line reads as a command that its speaker may not give by their account alone."""
    said = read(heard, reference)
    command = COMMANDS[said.command] if said.addressed and said.command is not None else None
    return command is not None and command.role > reference.role_of(heard.speaker)


def hear(case: Case, heard: Heard) -> list[Effect]:
    """A line: a command, a bare word, a reply, a word to one's own question, or a question."""
    if heard.crowded:
        # In public it is for all whose lines are lost; there they are not named.
        to = heard.speaker if heard.venue.private else None
        return [*say(case, heard.venue, replies.too_much_at_once(), to=to)]
    if heard.over:
        # Nobody else need read it, and it is of no use once they may speak again anyway.
        text = replies.over_allowance()
        soon = Conditions(not_after=case.at + _HINT_FOR)
        return [*say(case, privately(heard), text, to=heard.speaker, conditions=soon)]
    said = read(heard, case.reference)
    if said.command is not None:
        handled = _command(case, heard, said)
        if handled is not None:
            return handled
    if heard.venue.network == CONTROL:
        # Whoever operates the desk has no question to the developers, but may have mistyped.
        return [*complain(case, heard, replies.no_such_command(said.text))]
    if said.meant is not None:
        return [*complain(case, heard, replies.did_you_mean(said.meant))]
    if said.wish is not None and no_reply(said.text) is None:
        return _usage(case, heard, said.wish)
    person = case.reference.person_of(heard.speaker)
    if person is not None and not _only_word(case, said):
        found = pinged.replied_to(case, heard, said, person)
        if found is not None:
            return pinged.spoken(case, heard, said, person, *found)
        joined_in = None if said.addressed else pinged.joined_in(case, heard, said, person)
        if joined_in is not None:
            return answering.reply(case, heard, person.id, joined_in, said.text, None)
    talked_of = settled_by(case, heard, said)
    if talked_of is not None and (said.addressed or not _is_to_other(case, heard, talked_of, heard.text)):
        return prompting.settled(case, heard, talked_of)
    thanks = _is_thanks(said.text)
    prompted = prompting.find(case, heard, Said(said.text))
    if prompted is not None and (
        said.addressed or not _is_to_other(case, heard, prompted.question, heard.text)
    ):
        done = _of_prompt(case, heard, said, prompted.question)
        if done is not None:
            return done
    own = _own(case, heard, said)
    if own is not None:
        return own
    late = pinged.too_late(case, heard, said) if person is not None else None
    if late is not None:
        return late
    if not said.addressed or thanks:
        return []
    if said.wish is not None:
        return _usage(case, heard, said.wish)
    told = remembering.of_oneself(case, heard, said.text)
    if told is not None:
        return told
    return asking.ask(case, heard, said.text) if said.text else _hello(case, heard)


def _of_prompt(case: Case, heard: Heard, said: Said, question: Question | None) -> list[Effect] | None:
    """The line as a word to what its speaker was told of the question: thanks for it confirm it, unless they
    may be for what somebody said of another; and who will only try it says nothing of it."""
    talking = {heard.me, *(line.nick for line in question.replies)} if question is not None else {heard.me}
    if not _is_thanks(said.text) and not says_it_worked(said.text, talking):
        return prompting.narrowed(case, heard, said)
    other = _engaged(case, heard)
    doubtful = other is not None and not answering.fell_silent(other) and pointed_at(case, heard) is None
    return None if doubtful or will_try(said.text) else prompting.thanked(case, heard)


def _is_thanks(text: str) -> bool:
    """Whether it is thanks, or that all is well, and not much else."""
    return is_thanks(text) and is_brief(text)


def _own(case: Case, heard: Heard, said: Said) -> list[Effect] | None:
    """The line as a part of the speaker's own question, by its number, its place and its time; None where it
    is none."""
    numbered = NUMBERED.match(said.text) if said.addressed else None
    if numbered is not None:
        return _about(case, heard, int(numbered[1]), numbered[2])
    joined = heard.joined_text
    worked = says_it_worked(said.text, (heard.me,))
    thanks = worked or is_polite(said.text, (heard.me,))
    added_to = asking.adds_to(case, heard, said)
    if added_to is not None:
        longer = asking.with_line(added_to, said.text)
        named = said.addressed and not heard.venue.private
        if worked and said.addressed:  # nobody answered, so they helped themselves
            return [*say(case, heard.venue, replies.if_settled(added_to.number), to=heard.speaker)]
        return [] if thanks else asking.extend(case, heard, added_to, longer, addressed=named)
    engaged = _engaged(case, heard)
    pointed = pointed_at(case, heard)
    if engaged is not None and (heard.venue.private or not said.addressed or pointed):
        if is_chatter(said.text) or _is_to_other(case, heard, engaged, said.text):
            return []
        return answering.asker_line(case, heard, engaged, said.text)
    within = asking.in_its_thread(case, heard, said)
    if within is not None:
        empty = is_chatter(said.text) or _is_thanks(said.text)
        empty = empty or (said.command is not None and not _WORDS & said.args.keys())
        if empty or _is_to_other(case, heard, within, said.text):
            return []
        if said.addressed:
            return asking.append(case, heard, within, said.text)
        return asking.extend(case, heard, within, asking.with_line(within, said.text))
    if joined is None or said.addressed or pointed is not None:
        return None
    if thanks:
        return []
    earlier = asking.goes_on(case, heard)
    if earlier is None:
        # Greeted first, then asked: the lines before this one were no question.
        return [] if asking.was_asked(case, heard, joined) else asking.ask(case, heard, joined)
    if not may(earlier, Step.EXTEND):
        return []
    return asking.extend(case, heard, earlier, asking.with_line(earlier, said.text))


def _about(case: Case, heard: Heard, number: int, text: str) -> list[Effect]:
    """`#42: …` by its asker goes on with it; from anybody else it is no question either."""
    question = case.facts.questions.get(number)
    own = question is not None and question.asker.is_same(heard.speaker)
    if question is None or not own or not visible(case, question, heard):
        return [*complain(case, heard, replies.no_such_question(number))]
    if question.state is State.ENGAGED and says_so(question, heard, text):
        return prompting.settled(case, heard, question)
    if question.state is State.ENGAGED and text:
        return answering.asker_line(case, heard, question, text)
    if may(question, Step.EXTEND) and text:
        return asking.append(case, heard, question, text)
    return [*say(case, heard.venue, stands(case, question, heard), to=heard.speaker)]


def _command(case: Case, heard: Heard, said: Said) -> list[Effect] | None:
    """What the command does; None where the line is no command from this speaker and reads as plain text."""
    command = COMMANDS[said.command or ""]
    allowed = case.reference.role_of(heard.speaker) >= command.role
    if "rest" in said.args:
        prompted = prompting.find(case, heard, said)
        texts = () if said.addressed else (heard.text, said.args["rest"])
        if prompted is None or any(_is_to_other(case, heard, prompted.question, text) for text in texts):
            return None
    if not said.addressed:
        # Bare words: only from the one who was asked. Handlers find nothing open for anybody else.
        bare = command.bare is not Bare.NOBODY and not said.usage
        return (_done(case, heard, said, command) or None) if bare and allowed else None
    if said.usage or not allowed:
        # Who did not name the desk may have meant another bot.
        told = (
            replies.usage(command.usage, command.meaning)
            if allowed
            else replies.no_such_command(command.path)
        )
        return [*complain(case, heard, told)] if said.named else []
    return _done(case, heard, said, command)


def _done(case: Case, heard: Heard, said: Said, command: Command) -> list[Effect]:
    effects = command.handler(case, heard, said)
    return [*complain(case, heard, replies.say_it_again())] if effects and lapsed(heard, command) else effects


def _usage(case: Case, heard: Heard, path: str) -> list[Effect]:
    command = COMMANDS[path]
    return [*complain(case, heard, replies.usage(command.usage, command.meaning))]


def _only_word(case: Case, said: Said) -> bool:
    """Whether the line is a word to the desk and nothing else: no reply to be passed on, even where it finds
    nothing to act on. `yes` and `no` may be replies, but not from somebody who was asked to choose."""
    command = COMMANDS[said.command] if said.command is not None else None
    if command is None or said.usage or _WORDS & said.args.keys():
        return False
    if command.bare is Bare.NOBODY and command.role is not Role.RESPONDER:
        return False  # `why`, `help`, `open` are words of people, too
    answers = command.path in {"yes", "not it"} and not said.text.casefold().startswith("none")
    return not (answers and said.number is None) or triaging.directs(case)


def _hello(case: Case, heard: Heard) -> list[Effect]:
    return [*complain(case, heard, replies.say_more_about_it())]


def _is_to_other(case: Case, heard: Heard, question: Question | None, text: str) -> bool:
    """Whether it is said to somebody who has no part in the question. Privately there is nobody else."""
    return not heard.venue.private and is_to_other(text, _bystanders(case, heard, question))


def _bystanders(case: Case, heard: Heard, question: Question | None) -> set[str]:
    """Everybody about but those who talk about the question, if any; folded."""
    replied = question.replies if question is not None else ()
    talking = (heard.me, heard.speaker.nick, *(line.nick for line in replied))
    return case.about(heard.venue) - {fold(nick) for nick in talking}


def _engaged(case: Case, heard: Heard) -> Question | None:
    """The speaker's own question that a responder is in, where this line may belong to it."""
    pointed = pointed_at(case, heard)
    for number in case.facts.own:
        question = case.facts.questions[number]
        if pointed is not None and number not in pointed:
            continue
        talks = question.state is State.ENGAGED or answering.asked_back(question)
        if talks and (heard.venue.private or heard.venue.key == question.venue.key):
            return question
    return None
