"""A developer answers: their lines are linked to the question, brought to the asker, and asked about once.

A responder simply talks. Their lines gather while the question is *engaged*; lines said where the asker is
need no relay, others are passed on as far as visibility allows. After `done`, thanks or a quiet while the
asker is asked once whether that was it; an asker who is not there is told on their return.
"""

from dataclasses import replace
from datetime import datetime

from bot.desk import replies
from bot.desk.addressing import is_promise
from bot.desk.case import Case, Reach, asker_reach, carries, nudge, reach, say
from bot.desk.effects import ClosePrompts, Effect, Explain, OpenPrompt, SavePing, SaveQuestion
from bot.desk.events import Heard
from bot.desk.fitting import wrap
from bot.desk.lifecycle import Step, advance, may
from bot.desk.model import (
    Ping,
    PingState,
    Prompt,
    PromptKind,
    Purpose,
    Question,
    ReplyLine,
    Speaker,
    State,
)
from bot.desk.offering import PROMPTS_OUTLAST
from bot.desk.thanks import is_thanks, may_say_it_worked, will_try
from bot.desk.triaging import reacted
from bot.desk.voting import confirmed, refused, told_by_base
from routing.people import Person
from routing.presence import Venue, Visibility

CONFIRMED = "confirmed by the asker"
"""The outcome of a question to whose answer the asker said yes."""

_LINES_KEPT = 40


def reply(
    case: Case,
    heard: Heard,
    person: str,
    question: Question,
    text: str,
    ping: Ping | None,
    *,
    whole: bool = False,
) -> list[Effect]:
    """A responder's line about `question`: the ladder stops, the talk goes on, unless this is the `whole`."""
    there = asker_reach(case, question, heard.venue)
    line = ReplyLine(
        at=case.at,
        nick=heard.speaker.nick,
        text=text,
        venue=heard.venue,
        person=person,
        passed=there is not None,
        message=heard.message,
    )
    lines = (*question.replies, line)[-_LINES_KEPT:]
    until = due(case, lines)
    if line.asks_back and ping is not None and ping.until is not None:
        until = max(until, ping.until)
    engaged = advance(question, Step.REPLY, at=case.at, due=until, replies=lines, responder=person)
    where = "privately" if heard.venue.private else f"in {heard.venue.name}"
    effects: list[Effect] = [
        SaveQuestion(engaged),
        ClosePrompts(question.asker.key, question.number),
        Explain(question.number, (f"{person} replied {where}",)),
    ]
    if ping is not None:
        effects.append(SavePing(reacted(case, ping, PingState.REPLIED)))
    if there is not None and not case.reference.same_place(there.venue, heard.venue):
        effects += _relay(case, engaged, there, heard.speaker.nick, text)
        if not any(earlier.person == person for earlier in question.replies):
            # Who asked under one name is not told apart under another: that they are linked is theirs to say.
            known = there.speaker if there.speaker.network == question.asker.network else question.asker
            told = replies.passed_along(known.nick, more_follows=not whole)
            effects += say(case, heard.venue, told, to=heard.speaker)
    return effects


def asker_line(case: Case, heard: Heard, question: Question, text: str) -> list[Effect]:
    """The asker's line while a responder is in it: kept with the talk, passed on where the responder is
    elsewhere; thanks for an answer end the talk."""
    good = (is_thanks(text) or may_say_it_worked(text)) and not will_try(text)
    if good and not fell_silent(question):
        return close(case, question)
    responder = last_said(question)
    lines = (
        *question.replies,
        ReplyLine(
            at=case.at,
            nick=heard.speaker.nick,
            text=text,
            venue=heard.venue,
            passed=True,
            message=heard.message,
        ),
    )[-_LINES_KEPT:]
    promised = [p.until for p in case.facts.pings_of(question.number) if p.until and p.until > case.at]
    until = question.due if question.state is State.ASKED else max([due(case, lines), *promised])
    engaged = advance(question, Step.EXTEND, at=case.at, due=until, replies=lines)
    effects: list[Effect] = [SaveQuestion(engaged)]
    if responder is not None and not case.reference.same_place(responder.venue, heard.venue):
        account = case.reference.map.person(responder.person or "")
        network = responder.venue.network
        accounts = case.reference.accounts_of(account) if account else {}
        to = Speaker(network, responder.nick, accounts.get(network))
        there = reach(case, to, responder.venue, heard.venue)
        if there is not None:
            effects += _relay(case, engaged, there, heard.speaker.nick, text)
    return effects


def asked_back(question: Question) -> bool:
    """Whether a responder who put the question off asked something before, which its asker may answer."""
    last = question.replies[-1] if question.replies else None
    return question.state is State.ASKED and last is not None and (last.person is None or last.asks_back)


def close(case: Case, question: Question) -> list[Effect]:
    """The answer is complete: the asker is asked whether that was it, or told when they come back."""
    said_in = sources(question)
    there = asker_reach(case, question, *said_in)
    if there is not None:
        return _propose(case, question, there)
    responder = last_said(question)
    open_there = all(carries(case, source, question.venue) for source in said_in)
    if question.asker.account or question.venue.private or not open_there:
        kept = advance(question, Step.KEEP, at=case.at, due=case.at + case.settings.keep_for)
        if any(source.sealed for source in said_in) and not open_there:
            note = replies.sealed_here(question.number, question.asker.network)
        elif question.asker.account:
            note = replies.kept(question.number, question.asker.nick)
        elif question.venue.private:
            note = replies.out_of_reach(question.number, question.asker.nick)
        else:
            bridged = question.asker.bridged
            note = replies.share_first(question.number, question.venue.name, behind_bridge=bridged)
        why = f"{question.asker.nick} is not there: the answer is kept"
        effects: list[Effect] = [SaveQuestion(kept), Explain(question.number, (why,)), *nudge(case, question)]
    else:
        note = replies.said_in(question.number, question.venue.name)
        effects = _say_in_the_open(case, question, "the asker left; the answer stands in the channel")
    if responder is not None:
        effects += _to_responder(case, question, responder, note)
    return effects


def share(case: Case, heard: Heard, question: Question, person: Person) -> list[Effect]:
    """The responder lets what they said here be said where the question was asked, and so it is."""
    closed = not carries(case, heard.venue, question.venue)
    here = [line for line in question.replies if line.venue.key == heard.venue.key]
    mine = [line for line in here if line.person == person.id and not line.shared]
    if not closed or not mine:
        return [*say(case, heard.venue, replies.nothing_to_share(question.number), to=heard.speaker)]
    shared = tuple(replace(line, shared=True) if line in mine else line for line in question.replies)
    opened = replace(question, replies=shared)
    effects: list[Effect] = [
        *say(case, heard.venue, replies.shared(question.number, question.venue.name), to=heard.speaker)
    ]
    if question.state is State.KEPT and not question.asker.account:
        return [*effects, *_say_in_the_open(case, opened, "shared by its responder", via=Step.REPLY)]
    text = " / ".join(line.text for line in mine)
    return [*effects, SaveQuestion(opened), *_aloud(case, opened, mine[-1].nick, text)]


def collect(case: Case, speaker: Speaker) -> list[Effect]:
    """Somebody is seen: whatever waits for their account is told, and what may have been lost is repeated."""
    effects: list[Effect] = []
    for number in case.facts.own:
        question = case.facts.questions[number]
        if not question.asker.is_same(speaker):
            continue
        # Unlike the base's answer, a responder's may have been said privately: it is told again to its asker.
        from_base = question.state in {State.TOLD, State.OFFERED}
        said_in = sources(question)
        if question.unsaid and not from_base:
            said_in = (*said_in, Venue(question.venue.network, "", Visibility.PRIVATE))
        there = asker_reach(case, question, *said_in)
        if there is None:
            continue
        if question.unsaid:
            sentence = replies.unconfirmed_answer(number, question.unsaid)
            again = wrap(sentence, case.room(there.venue, there.speaker))
            question = replace(question, unsaid="")
            effects += [
                SaveQuestion(question),
                *say(case, there.venue, again, to=there.speaker, purpose=Purpose.ANSWER, question=number),
            ]
        if question.state is State.KEPT:
            effects += _propose(case, question, there)
    return effects


def confirm(case: Case, question: Question, heard: Heard) -> list[Effect]:
    """The asker says yes."""
    ended = advance(question, Step.CONFIRM, at=case.at, outcome=CONFIRMED)
    return [
        SaveQuestion(ended),
        *confirmed(question, heard.speaker, told_by_base(question)),
        ClosePrompts(heard.speaker.key, question.number),
        *_for_a_second_yes(case, question, heard),
        Explain(question.number, (CONFIRMED,)),
        *say(case, heard.venue, replies.thank_you(question.number), to=heard.speaker),
    ]


def _for_a_second_yes(case: Case, question: Question, heard: Heard) -> list[Effect]:
    """Whoever thanks and then says yes is heard; but the words that wait for another question go before."""
    here = [p for p in case.facts.prompts if p.venue.key == heard.venue.key and p.expires > case.at]
    if any(prompt.question != question.number for prompt in here):
        return []
    more = next((prompt.more for prompt in here), "")
    expires = case.at + case.settings.join_lines
    key = heard.speaker.key
    return [OpenPrompt(Prompt(key, heard.venue, PromptKind.CONFIRM, expires, question.number, more=more))]


def deny(case: Case, question: Question, heard: Heard, because: str = "") -> list[Effect]:
    """The asker says no, perhaps `because` of something: the ladder goes on from where it stood."""
    kept = because if carries(case, heard.venue, question.venue) else ""
    text = f"{question.text}\n{kept}" if kept else question.text
    wrong = told_by_base(question)
    reopened = advance(
        question,
        Step.DENY,
        at=case.at,
        due=case.at,
        text=text,
        refused=(*question.refused, *wrong),
        responder=None,
        replies=(),
        outcome="",
    )
    return [
        SaveQuestion(reopened),
        *refused(question, heard.speaker, wrong),
        ClosePrompts(heard.speaker.key, question.number),
        Explain(question.number, ("the asker says that this was not it",)),
        *say(
            case,
            heard.venue,
            [replies.goes_on(question.number), *unkept(question, because, kept)],
            to=heard.speaker,
        ),
    ]


def unkept(question: Question, because: str, kept: str) -> list[str]:
    """What to say where the reason somebody gave could not be kept, since more people would read it."""
    return [replies.say_it_there(question.number, question.venue.name)] if because and not kept else []


def accept(case: Case, question: Question) -> list[Effect]:
    """The asker was asked, and said nothing: the answer counts as right."""
    ended = advance(question, Step.ACCEPT, at=case.at, outcome="nobody objected")
    return [SaveQuestion(ended), ClosePrompts(question.asker.key, question.number)]


def fell_silent(question: Question) -> bool:
    """Whether the responder only ever asked back or promised, so that there is nothing to propose yet."""
    return not any(tells(line) for line in question.replies)


def gathered(question: Question) -> str:
    """What the responder said, in order, without questions back and promises."""
    return _joined(question.replies)


def last_said(question: Question) -> ReplyLine | None:
    """The responder's last line."""
    return next((line for line in reversed(question.replies) if line.person), None)


def tells(line: ReplyLine) -> bool:
    """Whether the line may be the answer."""
    return bool(line.person) and not line.asks_back and not is_promise(line.text)


def _joined(lines: tuple[ReplyLine, ...]) -> str:
    said = [line.text for line in lines if tells(line)]
    return " / ".join(said or [line.text for line in lines if line.person])


def due(case: Case, lines: tuple[ReplyLine, ...]) -> datetime:
    """A quiet while after what may be the answer; where somebody owes a word, as long as for a ping."""
    return case.at + (case.settings.quiet if tells(lines[-1]) else case.settings.patience)


def sources(question: Question) -> tuple[Venue, ...]:
    """Where it was said what its asker is told at the end: the question itself, and those of the responder's
    lines that were not shared."""
    said_in = (line.venue for line in question.replies if line.person and not line.shared)
    return (question.venue, *said_in)


def _propose(case: Case, question: Question, there: Reach) -> list[Effect]:
    late = any(line.person and not line.passed for line in question.replies)
    if late:
        last = last_said(question)
        text, rest = replies.welcome_back(
            question,
            last.nick if last else "somebody",
            gathered(question),
            case.room(there.venue, there.speaker),
        )
    else:
        text, rest = replies.was_that_it(question.number), ""
    passed = tuple(replace(line, passed=True) for line in question.replies)
    due = case.at + case.settings.confirm_within
    proposed = advance(question, Step.PROPOSE, at=case.at, due=due, replies=passed)
    return [
        SaveQuestion(proposed),
        OpenPrompt(
            Prompt(
                speaker=there.speaker.key,
                venue=there.venue,
                kind=PromptKind.CONFIRM,
                expires=due + PROMPTS_OUTLAST,
                question=question.number,
                more=rest,
            )
        ),
        *say(
            case,
            there.venue,
            text,
            to=there.speaker,
            purpose=Purpose.RELAY if late else Purpose.TELL,
            question=question.number,
        ),
    ]


def _relay(case: Case, question: Question, there: Reach, who: str, text: str) -> list[Effect]:
    sentence = replies.relayed(question.number, who, text)
    lines = wrap(sentence, case.room(there.venue, there.speaker))
    return [
        *say(
            case,
            there.venue,
            lines,
            to=there.speaker,
            purpose=Purpose.RELAY,
            question=question.number,
        )
    ]


def correct(case: Case, question: Question, there: Reach, who: str, text: str) -> list[Effect]:
    """What was passed on says something else now."""
    sentence = replies.answer_corrected(question.number, who, text)
    lines = wrap(sentence, case.room(there.venue, there.speaker))
    return [*say(case, there.venue, lines, to=there.speaker, purpose=Purpose.RELAY, question=question.number)]


def _to_responder(case: Case, question: Question, last: ReplyLine, text: str) -> list[Effect]:
    person = case.reference.map.person(last.person or "")
    account = case.reference.accounts_of(person).get(last.venue.network) if person else None
    to = Speaker(last.venue.network, last.nick, account)
    return [*say(case, last.venue, text, to=to, purpose=Purpose.TELL, question=question.number)]


def _say_in_the_open(case: Case, question: Question, outcome: str, via: Step | None = None) -> list[Effect]:
    if via is not None and may(question, via):
        question = advance(question, via, at=case.at, due=case.at)
    ended = advance(question, Step.ACCEPT, at=case.at, outcome=outcome)
    effects: list[Effect] = [SaveQuestion(ended), Explain(question.number, (outcome,))]
    allowed = tuple(
        line
        for line in question.replies
        if line.person and (line.shared or carries(case, line.venue, question.venue))
    )
    elsewhere = [line for line in allowed if not case.reference.same_place(line.venue, question.venue)]
    if elsewhere:
        effects += _aloud(case, question, elsewhere[-1].nick, _joined(allowed))
    return effects


def _aloud(case: Case, question: Question, who: str, text: str) -> list[Effect]:
    """What a responder said elsewhere, said where the question was asked."""
    asker = question.asker
    lines = wrap(replies.relayed(question.number, who, text), case.room(question.venue, asker))
    return [*say(case, question.venue, lines, to=asker, purpose=Purpose.RELAY, question=question.number)]
