"""Somebody says in which section a question belongs: a triager by a number, whoever was asked by its name.

What a person says stands above what the text points to, from then on, and is kept as a correction that
routing learns from. Where the question waits for nobody else, the people of that section are asked at once.

    `1` `2` `3`, bare from a triager who was asked, or with the question's number: that section
    `none`: none of those; on to the general section
    `not me → SECTION`, `#42 → SECTION`: see `bot.desk.pinged`
"""

import re
from dataclasses import dataclass, replace

from bot.desk import replies
from bot.desk.asking import reachable_note
from bot.desk.case import Case, complain, say, stands, visible, wished
from bot.desk.effects import ClosePrompts, Effect, Explain, SaveCorrection, SavePing, SaveQuestion
from bot.desk.events import Heard
from bot.desk.lifecycle import Step, advance, may
from bot.desk.model import Ping, PingKind, PingState, Placing, PromptKind, Question, State
from bot.desk.patience import waking_time
from bot.desk.said import Said
from routing.people import Person
from routing.sections import MaintainersMap, Section

_TRAILING = ".,;:!?"
_POINTING = re.compile(
    r"(?:it(?:['’]s| is)|that(?:['’]s| is)|this is|(?:it )?belongs to|goes to|try|ask|for|to)\s+",
    re.IGNORECASE,
)
_LONGEST = 8
"""Words that a section's name is looked for among."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A triager's word is about this: their ping, the question, and the sections behind the numbers."""

    ping: Ping
    question: Question

    @property
    def sections(self) -> tuple[str, ...]:
        return self.ping.sections


def asked(case: Case, heard: Heard, said: Said) -> Asked | None:
    """What a speaker was asked to direct, and their bare or numbered word is about; None where it is about
    nothing such."""
    mine = [
        Asked(ping, case.facts.questions[ping.question])
        for ping in case.facts.pinged
        if _is_triage(case, ping) and ping.sections
    ]
    if said.number is not None:
        found = next((each for each in mine if each.question.number == said.number), None)
        return found if found is not None and visible(case, found.question, heard) else None
    here = [
        prompt
        for prompt in case.facts.prompts
        if prompt.expires > case.at and (heard.venue.private or prompt.venue.key == heard.venue.key)
    ]
    nearest = [prompt for prompt in here if prompt.venue.key == heard.venue.key] or here
    if nearest and nearest[-1].kind is not PromptKind.TRIAGE:
        return None
    number = nearest[-1].question if nearest else None
    return next((each for each in mine if each.question.number == number), None)


def _is_triage(case: Case, ping: Ping) -> bool:
    return any(
        each.kind is PingKind.TRIAGE and each.person == ping.person
        for each in case.facts.pings_of(ping.question)
    )


def choose(case: Case, heard: Heard, to: Asked, index: int) -> list[Effect]:
    """`1`, `2` or `3` (`index` counts from 0)."""
    if index >= len(to.sections):
        return [*complain(case, heard, replies.which_section(to.sections))]
    section = case.reference.map.sections.get(to.sections[index])
    if section is None:
        return [*complain(case, heard, replies.which_section(_left(case, to)))]
    return place(case, heard, to.ping, to.question, section)


def _left(case: Case, to: Asked) -> tuple[str, ...]:
    return tuple(name for name in to.sections if name in case.reference.map.sections)


def place(
    case: Case,
    heard: Heard,
    ping: Ping,
    question: Question,
    section: Section,
    how: Placing = Placing.TRIAGED,
) -> list[Effect]:
    """The question belongs in that section, says who was pinged. One that is with somebody else already
    stays with them until it goes further."""
    now = _moves(ping, question)
    if not now and not (question.state is State.ASKED or may(question, Step.PLACE)):
        return [*say(case, heard.venue, stands(case, question, heard), to=heard.speaker)]
    if now:
        changed = advance(
            question,
            Step.PLACE,
            at=case.at,
            due=case.at,
            placed=section.name,
            section=section.name,
            directed_to=None,
            responder=None,
            replies=(),
        )
    else:
        changed = replace(question, placed=section.name)
    told = replies.placed(question.number, heard.speaker.nick, section)
    mine = replies.placed_by_you(question.number, section.name, now=now)
    return [
        SaveQuestion(changed),
        SavePing(reacted(case, ping, PingState.REPLIED if how is Placing.TRIAGED else PingState.REFUSED)),
        SaveCorrection(question.number, ping.person, section.name, how),
        ClosePrompts(heard.speaker.key, question.number),
        *_told(case, heard, question, told, mine),
        Explain(question.number, (f"{ping.person} says that it is about {section.name}",)),
    ]


def none_of_them(case: Case, heard: Heard, to: Asked) -> list[Effect]:
    """None of the sections that it seemed to be about: the general section is next, or the list."""
    ping, question = to.ping, to.question
    if not _moves(ping, question):
        return [*say(case, heard.venue, stands(case, question, heard), to=heard.speaker)]
    onward = case.reference.map.rest
    told = replies.none_of_them(question.number, heard.speaker.nick, onward)
    changed = advance(
        question,
        Step.PLACE,
        at=case.at,
        due=case.at,
        placed=onward or "",
        section=onward,
        directed_to=None,
        responder=None,
        replies=(),
    )
    return [
        SaveQuestion(changed),
        SavePing(reacted(case, ping, PingState.REFUSED)),
        ClosePrompts(heard.speaker.key, question.number),
        *_told(case, heard, question, told, replies.none_by_you(question.number, onward)),
        Explain(question.number, (f"{ping.person} says that it is none of {', '.join(to.sections)}",)),
    ]


def _moves(ping: Ping, question: Question) -> bool:
    """Whether the question can go on at once: it waits for this very person, or for nobody."""
    return may(question, Step.PLACE) and (ping.is_current(question) or question.state is State.OPEN)


def _told(case: Case, heard: Heard, question: Question, asker: str, speaker: str) -> list[Effect]:
    """The asker is told, and so is the speaker where they do not read that."""
    note = reachable_note(case, question, asker)
    if note and not heard.venue.private and heard.venue.key == question.venue.key:
        return note
    return [*note, *say(case, heard.venue, speaker, to=heard.speaker)]


def reacted(case: Case, ping: Ping, state: PingState) -> Ping:
    """The ping with what became of it, and, where this is its person's first word to it, how long that
    took."""
    took = ping.took
    if took is None and ping.delivered_at is not None:
        person = case.reference.map.person(ping.person)
        theirs = wished(case.facts, person) if person is not None else None
        took = waking_time(theirs, ping.delivered_at, max(case.at, ping.delivered_at))
    return replace(ping, state=state, took=took)


def section_called(map_: MaintainersMap, text: str) -> Section | None:
    """The section that somebody calls by its name or alias, in whichever case; perhaps in a few words around
    it ("that is for XENSTORE, please")."""
    words = _POINTING.sub("", text.strip(), count=1).split()
    counts = range(min(len(words), _LONGEST), 0, -1)
    found = (section_named(map_, " ".join(words[:count])) for count in counts)
    return next((section for section in found if section is not None), None)


def section_named(map_: MaintainersMap, name: str) -> Section | None:
    """The section of that name or alias, in whichever case."""
    wanted = name.rstrip(_TRAILING).casefold()
    section = map_.section(wanted)
    if section is not None:
        return section
    called = (s for s in map_.sections.values() if wanted in (alias.casefold() for alias in s.aliases))
    return next(called, None)


def section_of(map_: MaintainersMap, person: Person, likely: tuple[str, ...]) -> Section | None:
    """The section that is meant by naming a person: the likeliest of `likely` that they stand behind, else
    the only one that they do, the general one apart; None where that is not clear."""
    behind = [
        section
        for section in map_.sections.values()
        if section.name != map_.rest and person.id in (*section.maintainers, *section.reviewers)
    ]
    named = [section for name in likely for section in behind if section.name == name]
    if named:
        return named[0]
    return behind[0] if len(behind) == 1 else None
