"""Somebody says in which section a question belongs: a triager by a number, whoever was asked by its name.

What a person says stands above what the text points to, from then on, and is kept as a correction that
routing learns from. Where the question waits for nobody else, the people of that section are asked at once.

A bare word is about what waits for the triager there: the ping itself holds what the numbers stand for, until
the question is placed.

    `1` `2` `3`, bare from a triager who was asked, or with the question's number: that section
    `none`: none of those, or of any; on to the general section
    `not me → SECTION`, `#42 → SECTION`: see `bot.desk.pinged`
"""

import re
from dataclasses import dataclass, replace

from bot.desk import replies
from bot.desk.case import Case, belongs, complain, reachable_note, say, stands, visible, wished
from bot.desk.effects import Effect, Explain, SaveCorrection, SavePing, SaveQuestion
from bot.desk.events import Heard
from bot.desk.lifecycle import Step, advance, may
from bot.desk.model import Ping, PingKind, PingState, Placing, Question, State
from bot.desk.patience import waking_time
from bot.desk.pinging import after_waking
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


def asked(case: Case, heard: Heard, said: Said) -> tuple[Asked, ...]:
    """What a speaker was asked to direct, and their word is about: the question that they name, else those
    that wait for them where they say it. Of several such one is meant only where it alone is with them now,
    or they alone were asked it in this very venue."""
    mine = [Asked(ping, case.facts.questions[ping.question]) for ping in _newest(case)]
    mine = [each for each in mine if _is_triage(case, each.ping) and visible(case, each.question, heard)]
    if said.number is not None:
        return tuple(each for each in mine if each.question.number == said.number)
    waiting = [each for each in mine if _waits(each) and belongs(case, heard, each.ping, each.question)]
    here = [each for each in waiting if each.ping.venue.key == heard.venue.key]
    now = [each for each in waiting if each.ping.is_current(each.question)]
    return next((tuple(some) for some in (waiting, now, here) if len(some) == 1), tuple(waiting))


def directs(case: Case) -> bool:
    """Whether the question that the speaker was asked last, of those that are with them now, asks them which
    section it is."""
    current = (ping for ping in case.facts.pinged if ping.is_current(case.facts.questions[ping.question]))
    newest = next(current, None)
    return newest is not None and newest.state is not PingState.REPLIED and _is_triage(case, newest)


def _newest(case: Case) -> tuple[Ping, ...]:
    """The speaker's last ping of each question, the newest first."""
    found: dict[int, Ping] = {}
    for ping in case.facts.pinged:
        found.setdefault(ping.question, ping)
    return tuple(found.values())


def _is_triage(case: Case, ping: Ping) -> bool:
    return any(
        each.kind is PingKind.TRIAGE and each.person == ping.person
        for each in case.facts.pings_of(ping.question)
    )


def _waits(one: Asked) -> bool:
    """Whether nobody has said yet where the question belongs, and this triager nothing at all."""
    spoken = one.ping.state in {PingState.REPLIED, PingState.REFUSED, PingState.FAILED}
    open_ = one.question.state in {State.OPEN, State.ASKED, State.ENGAGED}
    return open_ and one.question.placed is None and not spoken


def choose(case: Case, heard: Heard, to: tuple[Asked, ...], index: int) -> list[Effect]:
    """`1`, `2` or `3` (`index` counts from 0)."""
    if len(to) > 1:
        return _which_question(case, heard, to, str(index + 1))
    ping, question = to[0].ping, to[0].question
    there = {place: name for place, name in enumerate(ping.sections) if name in case.reference.map.sections}
    if index not in there:
        left = {place + 1: name for place, name in there.items()}
        return [*complain(case, heard, replies.which_section(left))]
    return place(case, heard, ping, question, case.reference.map.sections[there[index]])


def _which_question(case: Case, heard: Heard, to: tuple[Asked, ...], word: str) -> list[Effect]:
    return [*complain(case, heard, replies.which_is_meant(word, [each.question.number for each in to]))]


def place(
    case: Case,
    heard: Heard,
    ping: Ping,
    question: Question,
    section: Section,
    how: Placing = Placing.TRIAGED,
) -> list[Effect]:
    """The question belongs in that section, says who was pinged. One that is with somebody else already
    stays with them until it goes further, and one that has ended stays so: it is learned from."""
    if question.state is State.WITHDRAWN:
        return [*say(case, heard.venue, stands(case, question, heard), to=heard.speaker)]
    number, who = question.number, heard.speaker.nick
    kept: list[Effect] = [
        SaveCorrection(number, ping.person, section.name, how),
        Explain(number, (f"{ping.person} says that it is about {section.name}",)),
    ]
    state = PingState.REPLIED if how is Placing.TRIAGED else PingState.REFUSED
    if not (question.state is State.ASKED or may(question, Step.PLACE)):
        thanks = replies.learned(number, section.name)
        return [*kept, *say(case, heard.venue, thanks, to=heard.speaker)]
    now = _moves(case, ping, question)
    if now and _only_theirs(ping, question, section):
        return [*kept, *_stays(case, heard, ping, question, section)]
    mine = replies.placed_by_you(number, section.name, now=now)
    if now:
        changed = _moved(case, question, section.name, section.name)
    else:
        changed = replace(question, placed=section.name)
    news = question.placed != section.name and (now or question.state is not State.ENGAGED)
    asked_all = {*section.maintainers, *section.reviewers} <= case.facts.asked_enough(number)
    told = replies.placed(number, who, section, asked_all=asked_all) if news else None
    return [
        SaveQuestion(changed),
        SavePing(reacted(case, ping, state)),
        *kept,
        *_told(case, heard, question, told, mine),
    ]


def none_of_them(case: Case, heard: Heard, to: tuple[Asked, ...]) -> list[Effect]:
    """None of the sections that it seemed to be about, if any: the general one is next, or the list."""
    if len(to) > 1:
        return _which_question(case, heard, to, "none")
    ping, question = to[0].ping, to[0].question
    if not _is_theirs(ping, question):
        refused = [] if question.state.ended else [SavePing(reacted(case, ping, PingState.REFUSED))]
        return [*refused, *say(case, heard.venue, stands(case, question, heard), to=heard.speaker)]
    onward = case.reference.map.rest
    shown = bool(ping.sections)
    told = replies.none_of_them(question.number, heard.speaker.nick, onward, shown=shown)
    why = f"it is none of {', '.join(ping.sections)}" if shown else "it is no section's"
    return [
        SaveQuestion(_moved(case, question, onward or "", onward)),
        SavePing(reacted(case, ping, PingState.REFUSED)),
        *_told(case, heard, question, told, replies.none_by_you(question.number, onward)),
        Explain(question.number, (f"{ping.person} says that {why}",)),
    ]


def _moved(case: Case, question: Question, placed: str, section: str | None) -> Question:
    """The question goes on at once, from where a person says that it belongs."""
    return advance(
        question,
        Step.PLACE,
        at=case.at,
        due=case.at,
        placed=placed,
        section=section,
        directed_to=None,
        responder=None,
        replies=(),
    )


def _is_theirs(ping: Ping, question: Question) -> bool:
    """Whether the question waits for this very person, or for nobody."""
    return may(question, Step.PLACE) and (ping.is_current(question) or question.state is State.OPEN)


def _moves(case: Case, ping: Ping, question: Question) -> bool:
    """Whether the question can go on at once: it waits for this very person, for nobody, or for another
    triager, who is asked the same."""
    if _is_theirs(ping, question):
        return True
    pings = case.facts.pings_of(question.number)
    return question.state is State.ASKED and bool(pings) and _is_triage(case, pings[-1])


def _only_theirs(ping: Ping, question: Question, section: Section) -> bool:
    """Whether the question waits for somebody who alone looks after the section."""
    behind = {*section.maintainers, *section.reviewers}
    waits = question.state is State.ASKED and ping.is_current(question)
    return waits and behind == {ping.person} and not section.unattended


def _stays(case: Case, heard: Heard, ping: Ping, question: Question, section: Section) -> list[Effect]:
    """It is their own: it waits for them once more as long as a step does, now as for whoever looks after
    it."""
    span = case.settings.patience
    due = after_waking(case.reference.map.person(ping.person), case, span)
    stayed = advance(
        question, Step.ACKNOWLEDGE, at=case.at, due=due, placed=section.name, section=section.name
    )
    told = replies.placed_with_oneself(question.number, heard.speaker.nick, section.name)
    mine = replies.yours(question.number, section.name, span)
    news = question.placed != section.name
    return [
        SaveQuestion(stayed),
        SavePing(replace(reacted(case, ping, PingState.DELIVERED), until=None)),
        *(reachable_note(case, question, told) if news else []),
        *say(case, heard.venue, mine, to=heard.speaker),
    ]


def _told(case: Case, heard: Heard, question: Question, asker: str | None, speaker: str) -> list[Effect]:
    """The asker is told what is new, if anything, and so is the speaker where they do not read that."""
    note = reachable_note(case, question, asker) if asker else []
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
        took = waking_time(theirs, ping.delivered_at, max(case.said_at or case.at, ping.delivered_at))
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


def section_of(case: Case, person: Person, ping: Ping, question: Question) -> Section | None:
    """The section that is meant by naming a person: the likeliest of those that the question seemed to be
    about that they stand behind; where it seemed to be about none, the only one that they do, the general one
    apart. None where that is not clear, or another section was clear before: who knows an answer need not
    be whose the matter is."""
    map_ = case.reference.map
    behind = [
        section
        for section in map_.sections.values()
        if section.name != map_.rest and person.id in (*section.maintainers, *section.reviewers)
    ]
    if ping.sections:
        named = (section for name in ping.sections for section in behind if section.name == name)
        meant = next(named, None)
    else:
        meant = behind[0] if len(behind) == 1 else None
    doubted = any(each.kind is PingKind.TRIAGE for each in case.facts.pings_of(question.number))
    clear = question.placed or (None if doubted else question.section)
    return meant if meant is not None and clear in {None, meant.name} else None
