"""Bare words: `1`, `yes`, `not it`, `more` from the one who was asked, where they were asked.

A bare word counts only from the prompted speaker, in that venue or by private message, while the prompt is
open; with a number (`1 #42`) it counts for the speaker's own question without a prompt, or for one that they
were asked to direct (`bot.desk.triaging`). Anything else that reads like one is chatter.
"""

from dataclasses import dataclass, replace

from bot.desk import drafting, phrasing, replies, triaging
from bot.desk.answering import confirm, deny, unkept
from bot.desk.case import Case, carries, complain, say, stands, visible
from bot.desk.effects import Effect, OpenPrompt
from bot.desk.events import Heard
from bot.desk.fitting import size, wrap
from bot.desk.lifecycle import Step, may
from bot.desk.model import Prompt, PromptKind, Question, State
from bot.desk.narrowing import narrow
from bot.desk.offering import known, pick, refuse, remaining
from bot.desk.pointing import pointed_at
from bot.desk.said import Said
from bot.desk.settling import is_told, settled_by
from bot.desk.voting import confirmed, refused, told_by_base
from knowledge.facets import choose_answer


@dataclass(frozen=True, slots=True)
class Prompted:
    """What a bare word refers to: the prompt, the question behind it, or both."""

    prompt: Prompt | None
    question: Question | None

    @property
    def options(self) -> tuple[str, ...]:
        if self.prompt is not None and self.prompt.kind is not PromptKind.CONFIRM:
            return self.prompt.options
        return remaining(self.question) if self.question else ()


def find(case: Case, heard: Heard, said: Said) -> Prompted | None:
    """What the speaker's bare word is about, or None where nothing of theirs is open."""
    prompts = [
        prompt
        for prompt in case.facts.prompts
        if prompt.expires > case.at
        and (heard.venue.private or prompt.venue.key == heard.venue.key)
        # What `more` goes on with may repeat what was said in an encrypted room.
        and (not prompt.venue.sealed or carries(case, prompt.venue, heard.venue))
    ]
    if said.number is not None:
        question = case.facts.questions.get(said.number)
        if question is None or not question.asker.is_same(heard.speaker):
            return None
        if not visible(case, question, heard):
            return None
        prompt = next((p for p in prompts if p.question == said.number), None)
        return Prompted(prompt, question)
    if not prompts:
        return None
    pointed = pointed_at(case, heard)
    if pointed is not None:
        meant = [prompt for prompt in prompts if prompt.question in pointed]
        if not meant and not said.addressed:
            return None
        prompts = meant or prompts
    here = [prompt for prompt in prompts if prompt.venue.key == heard.venue.key]
    prompt = (here or prompts)[-1]
    question = case.facts.questions.get(prompt.question) if prompt.question else None
    return Prompted(prompt, question)


def choose(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`1`, `2` or `3`."""
    index = int(said.args["choice"]) - 1
    prompted = find(case, heard, said)
    triage = () if _is_offered(prompted) else triaging.asked(case, heard, said)
    if triage:
        return triaging.choose(case, heard, triage, index)
    if prompted is None or prompted.question is None or not may(prompted.question, Step.TELL):
        return _nothing_open(case, heard, said, prompted)
    if not prompted.options:
        return _nothing_open(case, heard, said, prompted)
    if index >= len(prompted.options):
        return [*complain(case, heard, replies.which_one(len(prompted.options)))]
    return _picked(case, heard, prompted.question, prompted.options[index])


def yes(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """The answer was right; or, where a single candidate was offered, it is that one."""
    prompted = find(case, heard, said)
    triage = () if _is_live(prompted) else triaging.asked(case, heard, said)
    if triage and all(len(each.sections) == 1 for each in triage):
        return triaging.choose(case, heard, triage, 0)
    if prompted is None or prompted.question is None:
        talked_of = settled_by(case, heard, said)
        return _nothing_open(case, heard, said) if talked_of is None else settled(case, heard, talked_of)
    question = prompted.question
    if question.state is State.OFFERED and prompted.options:
        if len(prompted.options) == 1:
            return _picked(case, heard, question, prompted.options[0])
        return [*complain(case, heard, replies.which_one(len(prompted.options)))]
    late: list[Effect] = [*confirmed(question, heard.speaker, told_by_base(question))]
    if question.state is State.ANSWERED:
        late += drafting.confirmed(case, heard, question)
    if question.state is State.ANSWERED and said.number is None:
        told = replies.no_longer(question.number, question.state)
        return [*late, *say(case, heard.venue, told, to=heard.speaker)]
    if not may(question, Step.CONFIRM) or (question.state is State.ENGAGED and not is_told(question)):
        return [*late, *_nothing_open(case, heard, said, prompted)]
    return _confirmed(case, question, heard)


def no(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """Not it: neither the entry told, nor a candidate, nor the developer's answer. What follows the word
    ("no, it still fails") goes on with the question, or says for what it is ("no, i'm on 4.17"). From a
    triager: none of those sections."""
    prompted = find(case, heard, said)
    own = _is_offered(prompted) or (_is_live(prompted) and not _says_none(said))
    triage = () if own or "rest" in said.args else triaging.asked(case, heard, said)
    if triage:
        return triaging.none_of_them(case, heard, triage)
    if prompted is None or prompted.question is None:
        return _nothing_open(case, heard, said)
    question, because = prompted.question, said.args.get("rest", "")
    if because and question.state is State.TOLD:
        told = narrow(case, heard, question, because, denied=True)
        if told is not None:
            return told
    if question.state in {State.TOLD, State.OFFERED}:
        kept = because if carries(case, heard.venue, question.venue) else ""
        longer = replace(question, text=f"{question.text}\n{kept}") if kept else question
        ids = remaining(question)[:1] if question.state is State.TOLD else remaining(question)
        return [
            *refuse(case, longer, ids, heard.speaker, heard.venue),
            *refused(question, heard.speaker, ids),
            *drafting.unconfirmed(case, question),
            *say(case, heard.venue, unkept(question, because, kept), to=heard.speaker),
        ]
    aside = question.state.ended and not said.addressed and said.number is None
    if aside or not may(question, Step.DENY):
        return _nothing_open(case, heard, said, prompted)
    return [*deny(case, question, heard, because), *drafting.unconfirmed(case, question)]


def _is_offered(prompted: Prompted | None) -> bool:
    """Whether the speaker has candidates to choose from: a number is theirs, whoever asks them what else."""
    question = prompted.question if prompted else None
    return question is not None and question.state is State.OFFERED


def _is_live(prompted: Prompted | None) -> bool:
    """Whether the speaker was asked something about a question of their own that has not ended."""
    question = prompted.question if prompted else None
    return question is not None and not question.state.ended


def _says_none(said: Said) -> bool:
    """Whether the word is `none`, which chooses, and does not answer."""
    return said.text.casefold().startswith("none")


def _picked(case: Case, heard: Heard, question: Question, entry: str) -> list[Effect]:
    """A candidate was chosen. One that is gone meanwhile is told to nobody, and so is not right either."""
    there = case.reference.knowledge.by_id(entry) is not None
    return [
        *pick(case, question, entry, heard.speaker, heard.venue),
        *confirmed(question, heard.speaker, (entry,) if there else ()),
        *phrasing.from_confirmed(case, heard, question, entry, picked=True),
    ]


def _confirmed(case: Case, question: Question, heard: Heard) -> list[Effect]:
    """The answer was right: the question ends, and the base may learn from it."""
    return [*confirm(case, question, heard), *drafting.confirmed(case, heard, question)]


def more(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """The rest of what was told, a few lines at a time; with a number, of that question, from its beginning
    where it was told to its end or something else was told since. Of an offer: which word has it told."""
    prompted = find(case, heard, said)
    if said.number is not None and prompted is None:
        return _nothing_open(case, heard, said)
    prompt = prompted.prompt if prompted else None
    if prompted is not None and prompted.question is not None and said.number is not None:
        prompt = _with_text(case, heard, prompted.question, prompt)
    if prompt is None or not prompt.more:
        if not (said.named or prompt is not None or said.number is not None):
            return []
        # It was asked for by name: unlike a complaint, this is said every time.
        offers = len(prompted.options) if prompted is not None and _is_offered(prompted) else 0
        text = replies.offered_only(offers) if offers else replies.nothing_more(said.number)
        told = say(case, heard.venue, text, to=heard.speaker)
        return [*told] if said.addressed else [*complain(case, heard, text)]
    room = case.room(heard.venue, heard.speaker) - size(replies.ELLIPSIS_MORE)
    lines = wrap(prompt.more, room)
    now, later = lines[: case.settings.more_lines], lines[case.settings.more_lines :]
    if later:
        now[-1] += replies.ELLIPSIS_MORE
    return [
        OpenPrompt(replace(prompt, more="\n\n".join(later))),
        *say(case, heard.venue, now, to=heard.speaker, question=prompt.question),
    ]


def _with_text(case: Case, heard: Heard, question: Question, prompt: Prompt | None) -> Prompt | None:
    """The prompt of a question that the base answered, with the long text of what it was told."""
    ids = told_by_base(question)
    if (prompt is not None and prompt.more) or not ids:
        return prompt
    entry = case.reference.knowledge.by_id(ids[0])
    chosen = choose_answer(entry, known(case, question.text)) if entry is not None else None
    if chosen is None:
        return prompt
    expires = max(case.at, question.due or case.at) + case.settings.join_lines
    kind = PromptKind.ANSWER
    return Prompt(heard.speaker.key, heard.venue, kind, expires, question.number, ids, chosen.answer.text)


def settled(case: Case, heard: Heard, question: Question) -> list[Effect]:
    """Its asker says that what a developer said was right, before they were asked."""
    return _confirmed(case, question, heard)


def thanked(case: Case, heard: Heard) -> list[Effect] | None:
    """Thanks from one who was told an answer confirm it; None where nothing is open."""
    prompted = find(case, heard, Said(heard.text))
    if prompted is None or prompted.question is None or not may(prompted.question, Step.CONFIRM):
        return None
    return _confirmed(case, prompted.question, heard)


def narrowed(case: Case, heard: Heard, said: Said) -> list[Effect] | None:
    """The one who was told an answer says what it depends on; None where nothing was asked, or nothing such
    was said."""
    prompted = find(case, heard, Said(said.text))
    question = prompted.question if prompted else None
    if question is None or question.state is not State.TOLD or said.command is not None:
        return None
    return narrow(case, heard, question, said.text, addressed=said.addressed)


def _nothing_open(case: Case, heard: Heard, said: Said, prompted: Prompted | None = None) -> list[Effect]:
    """The word finds nothing to act on. A bare one may have been said to anybody."""
    if not said.named and said.number is None:
        return []
    if prompted is not None and prompted.question is not None:
        return [*say(case, heard.venue, stands(case, prompted.question, heard), to=heard.speaker)]
    if not said.named:
        return []
    text = replies.no_such_question(said.number) if said.number else replies.nothing_open()
    return [*complain(case, heard, text)]
