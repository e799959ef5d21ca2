"""A reaction is a bare word about the line it stands on; taken back, it undoes what it did.

    👍 👎           to an answer, an offer of one, or "was that it?": `yes`, `not it`
    1️⃣ 2️⃣ 3️⃣        to an offer, or to a ping that asks which section it is
    ✋              to a ping, or to the question of which it is one: `ack`

Each counts from the one alone whom that line prompted, or pinged, and while the prompt is open: on an older
line it does nothing, and nothing is said about it. Skin tones and variation selectors make no difference (UTS
#51): clients send the same sign with and without them.

Taken back, a vote is forgotten in any case. The question becomes what it was where nothing has come of it
since, a few times: a confirmed answer stands unconfirmed again, candidates are offered again, one that went
to people is told again while nobody was asked, and the ladder goes on as without `ack`. The line on which the
reaction stood is there still. Where people were asked already they stay so, since they may be thinking about
it; whoever took it back is told that, and how to spare them. Of what has ended nothing is said.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.desk import drafting, replies
from bot.desk.case import Case, reachable_note, say
from bot.desk.commands import COMMANDS
from bot.desk.effects import (
    ClosePrompts,
    DropReaction,
    Effect,
    Explain,
    OpenPrompt,
    SavePing,
    SaveQuestion,
    SaveReaction,
    SaveVote,
    Say,
)
from bot.desk.events import Heard, Reacted, Redacted
from bot.desk.lifecycle import Step, advance, may
from bot.desk.model import Ping, PingState, Prompt, Purpose, Question, Reaction, State
from bot.desk.offering import PROMPTS_OUTLAST
from bot.desk.said import Said

_BARE = str.maketrans("", "", "\ufe0e\ufe0f" + "".join(map(chr, range(0x1F3FB, 0x1F400))))
_WORDS = {
    "👍": "yes",
    "👎": "not it",
    "1\u20e3": "1",
    "2\u20e3": "2",
    "3\u20e3": "3",
    "✋": "ack",
}
_KEPT = 20
"""Characters of a sign that are looked at."""


def word(key: str) -> str | None:
    """The command that a sign is read as."""
    return _WORDS.get(key[:_KEPT].translate(_BARE))


def reacted(case: Case, event: Reacted) -> list[Effect]:
    """The word of the reaction, about the question of the line it stands on."""
    path = word(event.key)
    if path is None or _is_repeated(case, event, path):
        return []
    ping = _ping(case, event, path)
    prompt = prompt_of(case, event) if ping is None and path != "ack" else None
    number = ping.question if ping is not None else prompt.question if prompt is not None else None
    question = case.facts.questions.get(number) if number is not None else None
    if number is None or question is None or question.state.ended:
        return []
    command = COMMANDS[path]
    if case.reference.role_of(event.speaker) < command.role:
        return []
    args = {"number": str(number)} | ({"choice": path} if path.isdecimal() else {})
    heard = Heard(event.id, event.at, event.speaker, event.venue, path, event.me)
    effects = command.handler(case, heard, Said(path, command=path, args=args))
    if not any(isinstance(each, SaveQuestion | SavePing | SaveVote) for each in effects):
        return [each for each in effects if isinstance(each, Say) and each.complaint]
    return [*effects, *_kept(event, path, question, prompt, ping, effects)]


def _is_repeated(case: Case, event: Reacted, path: str) -> bool:
    """Whether the same speaker has put the same sign there before."""
    return any(
        each.target == event.message and each.word == path and each.speaker in event.speaker.keys
        for each in case.facts.reactions
    )


def prompt_of(case: Case, event: Reacted) -> Prompt | None:
    """The open prompt of which the line is a part."""
    line = case.facts.lines.get(event.message)
    for prompt in case.facts.prompts:
        if line is None or prompt.question is None or prompt.expires <= case.at:
            continue
        of_line = prompt.event == line.event and prompt.question == line.question
        if of_line and prompt.venue.key == event.venue.key and prompt.speaker in event.speaker.keys:
            return prompt
    return None


def _ping(case: Case, event: Reacted, path: str) -> Ping | None:
    """The speaker's ping that the line is; or, for `ack`, their newest one of the question that the message
    asks."""
    line = case.facts.lines.get(event.message)
    for ping in case.facts.pinged:
        question = case.facts.questions[ping.question]
        is_line = line is not None and line.purpose is Purpose.PING and line.question == ping.question
        if is_line and line is not None and line.conditions.step == ping.step:
            return ping
        asked_here = question.message_id == event.message and question.venue.network == event.venue.network
        if asked_here and path == "ack":
            return ping
    return None


def _kept(
    event: Reacted,
    path: str,
    question: Question,
    prompt: Prompt | None,
    ping: Ping | None,
    effects: list[Effect],
) -> list[Effect]:
    """What the reaction did, where its network can say that it is taken back."""
    if event.reaction is None:
        return []
    after = [each.question for each in effects if isinstance(each, SaveQuestion)]
    return [
        SaveReaction(
            Reaction(
                network=event.venue.network,
                message=event.reaction,
                target=event.message,
                speaker=event.speaker.key,
                word=path,
                step=after[-1].step if after else question.step,
                before=replace(question, text="", parts=()),
                prompt=prompt,
                ping=ping,
            )
        )
    ]


def taken_back(case: Case, event: Redacted) -> list[Effect] | None:
    """What the redaction undoes, where the message is a reaction of its speaker; None where it is none."""
    found = next((each for each in case.facts.reactions if each.message == event.message), None)
    if found is None or found.speaker not in event.speaker.keys:
        return None
    question = case.facts.questions.get(found.before.number)
    if question is None:
        return [DropReaction(found)]
    undone = (
        _unacknowledged(case, found, question)
        if found.word == "ack"
        else _undone(case, event, found, question)
    )
    return [DropReaction(found), *undone]


def _unacknowledged(case: Case, found: Reaction, question: Question) -> list[Effect]:
    """The ladder's clock goes on as if nobody had said anything; but whoever said more since, answered."""
    ping = found.ping
    if ping is None or question.state is not State.ASKED or question.step != found.step:
        return []
    due = max(case.at, found.before.due or case.at)
    told = replies.unacknowledged(question.number, ping.nick, due - case.at)
    return [
        SaveQuestion(advance(question, Step.UNACKNOWLEDGE, at=case.at, due=due)),
        SavePing(ping),
        *reachable_note(case, question, told),
        Explain(question.number, (f"{ping.person} took ack back",)),
    ]


_TOOK = "its asker took “"
_UNDONE = 3
"""How often a question is put back by taking back reactions: each time is told where others read it."""

_AGAIN = {
    State.TOLD: Step.TELL_AGAIN,
    State.OFFERED: Step.OFFER_AGAIN,
    State.PROPOSED: Step.PROPOSE_AGAIN,
}


def _undone(case: Case, event: Redacted, found: Reaction, question: Question) -> list[Effect]:
    before, prompt = found.before, found.prompt
    step = _AGAIN.get(before.state)
    if prompt is None or step is None or not may(question, step):
        return _stays(case, event, found, question)
    if not _is_untouched(case, found, question) or _often(case, question):
        return _stays(case, event, found, question)
    due = _due(case, before)
    restored = replace(
        question,
        entries=before.entries,
        refused=before.refused,
        section=before.section,
        responder=before.responder,
        replies=before.replies,
        outcome=before.outcome,
    )
    told = replies.as_before(question.number, before.state, len(prompt.options))
    return [
        SaveQuestion(advance(restored, step, at=case.at, due=due)),
        ClosePrompts(event.speaker.key, question.number),
        ClosePrompts(prompt.speaker, question.number),
        OpenPrompt(replace(prompt, expires=due + PROMPTS_OUTLAST)),
        Explain(question.number, (f"{_TOOK}{found.word}” back",)),
        *drafting.unconfirmed(case, question),
        *say(case, event.venue, told, to=event.speaker, question=question.number),
    ]


def _often(case: Case, question: Question) -> bool:
    """Whether reactions to the question were undone so often that others have read enough of it."""
    reasons = case.facts.explanations.get(question.number, ())
    return sum(reason.startswith(_TOOK) for reason in reasons) >= _UNDONE


def _is_untouched(case: Case, found: Reaction, question: Question) -> bool:
    """Whether nothing has come of the question since the reaction: it stands where that led, or still waits
    for somebody to be asked."""
    if question.step == found.step:
        return True
    asked_since = any(ping.step >= found.step for ping in case.facts.pings_of(question.number))
    return question.state is State.OPEN and question.step > found.step and not asked_since


def _due(case: Case, before: Question) -> datetime:
    """When it would have gone further; if that has passed, after as long as the first time."""
    if before.due is not None and before.due > case.at:
        return before.due
    settings = case.settings
    spans: dict[State, timedelta] = {
        State.TOLD: settings.answer_stands,
        State.OFFERED: settings.offer_lapses,
        State.PROPOSED: settings.confirm_within,
    }
    return case.at + spans[before.state]


def _stays(case: Case, event: Redacted, found: Reaction, question: Question) -> list[Effect]:
    """It cannot be undone. Only who sent it to people, and could spare them, needs to know."""
    pings = case.facts.pings_of(question.number)
    asked = any(ping.step >= found.step and ping.state is not PingState.FAILED for ping in pings)
    if found.prompt is None or question.state not in {State.ASKED, State.ENGAGED} or not asked:
        return []
    told = replies.cannot_take_back(question.number)
    return [*say(case, event.venue, told, to=event.speaker, question=question.number)]
