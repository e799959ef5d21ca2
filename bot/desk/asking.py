"""A question comes in: it is told from the base, offered candidates, or noted for a person.

The band of the finding decides which. Whatever happens, the question gets its number and its deadline at
once, so that it cannot be forgotten.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.desk import replies
from bot.desk.case import Case, asker_reach, carries, complain, member_of, say, visible
from bot.desk.effects import ClosePrompts, Effect, Explain, OpenPrompt, SaveQuestion
from bot.desk.events import Heard
from bot.desk.lifecycle import Step, advance, may
from bot.desk.model import (
    Conditions,
    Finding,
    PingState,
    Prompt,
    PromptKind,
    Purpose,
    Question,
    Speaker,
    State,
)
from bot.desk.pointing import pointed_at
from bot.desk.said import Said
from bot.desk.statements import stands_alone
from knowledge.confidence import Band
from knowledge.entry import Entry
from knowledge.facets import Choice, choose_answer, depends_on, read_facets, still_declared
from routing.ladder import OFFERED, Standing, ladder, unsure
from routing.presence import Venue

_BESIDE = 0.5
CHOICES = 3

PROMPTS_OUTLAST = timedelta(days=1)
"""How much longer than a question's deadline the prompt about it stays. The deadline closes it; but a pause
of the desk may put that off."""

MAX_TEXT = 2000
"""Characters of a question that are kept."""

_FEW_WORDS = 3

_DOUBT = 0.1
"""What is left for other candidates, at the least, however sure the first one was: refused, it was not as
sure as that, and what is next to nothing beside it is no better for it."""


def ask(case: Case, heard: Heard, text: str) -> list[Effect]:
    """`text` was asked by the speaker of `heard`."""
    finding = _finding(case)
    if finding.empty or (finding.band is Band.ROUTE and len(text.split()) < _FEW_WORDS):
        return [*complain(case, heard, replies.say_more_about_it())]
    mine = [case.facts.questions[n] for n in case.facts.own if n in case.facts.questions]
    live = [question for question in mine if not question.state.ended]
    # What is asked again where nothing may be told of the first time is a question like any other.
    same = next((q for q in live if _same(q.text, text) and visible(case, q, heard)), None)
    if same is not None:
        return [*say(case, heard.venue, replies.where_it_stands(same), to=heard.speaker)]
    waiting = _in_the_way(case, finding, live)
    if waiting:
        shown = [q.number for q in reversed(waiting) if visible(case, q, heard)]
        return [*say(case, heard.venue, replies.too_many_open(len(waiting), shown), to=heard.speaker)]
    question = Question(
        number=case.facts.next_number,
        venue=heard.venue,
        asker=heard.speaker,
        text=text[:MAX_TEXT],
        asked_at=case.at,
        last_line_at=case.at,
        due=case.at + case.settings.ping_after,
        message_id=heard.message,
        thread=heard.thread,
        parts=_part(heard, text[:MAX_TEXT]),
        entries=_candidates(case, finding),
    )
    return _by_band(case, question, finding, heard.speaker)


def extend(
    case: Case, heard: Heard, question: Question, text: str, *, addressed: bool = False
) -> list[Effect]:
    """The asker went on within the minute; `text` is all of it. The question may be clear now. Whoever
    `addressed` the desk is told where the line went."""
    longer = replace(_with_part(heard, question, text), text=text[:MAX_TEXT], last_line_at=case.at)
    if question.state is not State.OPEN:
        return [SaveQuestion(advance(longer, Step.EXTEND, at=case.at, due=question.due))]
    finding = _finding(case)
    known = replace(longer, entries=_candidates(case, finding))
    if _entries(case, remaining(known)):
        return _by_band(case, known, finding, heard.speaker)
    due = min(case.at + case.settings.ping_after, question.asked_at + case.settings.join_lines)
    return [
        SaveQuestion(advance(longer, Step.EXTEND, at=case.at, due=max(due, case.at))),
        *(say(case, heard.venue, replies.added(question.number), to=heard.speaker) if addressed else []),
    ]


def goes_on(case: Case, heard: Heard) -> Question | None:
    """The speaker's newest question there that this line may belong to: asked within the minute, or, while it
    is with nobody, gone on with within the minute. It may have ended."""
    for number in case.facts.own:
        question = case.facts.questions[number]
        since = question.asked_at
        if question.state is State.OPEN and question.last_line_at is not None:
            since = question.last_line_at
        if question.venue.key == heard.venue.key and case.at - since <= case.settings.join_lines:
            return question
    return None


def adds_to(case: Case, heard: Heard, said: Said) -> Question | None:
    """The speaker's question that is with nobody yet and that this line, one of several, goes on with."""
    earlier = goes_on(case, heard) if heard.joined_text is not None else None
    pointed = pointed_at(case, heard)
    if earlier is not None and pointed is not None and earlier.number not in pointed:
        return None
    if earlier is None or earlier.state is not State.OPEN:
        return None
    named = said.addressed and not heard.venue.private
    return None if said.addressed and stands_alone(said.text, earlier.text, named=named) else earlier


def with_line(question: Question, line: str) -> str:
    """The question's text with one more line. What else its asker said meanwhile is not a part of it."""
    return f"{question.text}\n{line}"[:MAX_TEXT]


def was_asked(case: Case, heard: Heard, joined: str) -> bool:
    """Whether among the speaker's lines there, `joined`, is a question that has its number already."""
    there = (case.facts.questions[number] for number in case.facts.own)
    return any(q.venue.key == heard.venue.key and q.text.splitlines()[0] in joined for q in there)


def append(case: Case, heard: Heard, question: Question, text: str) -> list[Effect]:
    """The asker adds to the question by its number; its deadline stays. What would be read by more people
    than hear it now is not taken."""
    if not carries(case, heard.venue, question.venue):
        return [*complain(case, heard, replies.say_it_there(question.number, question.venue.name))]
    longer = replace(_with_part(heard, question, text), text=with_line(question, text))
    return [
        SaveQuestion(advance(longer, Step.EXTEND, at=case.at, due=question.due)),
        *say(case, heard.venue, replies.added(question.number), to=heard.speaker),
    ]


_PARTS = 20
"""Messages of a question that are known one by one."""


def _part(heard: Heard, text: str) -> tuple[tuple[str, str], ...]:
    return ((heard.message, text),) if heard.message is not None else ()


def _with_part(heard: Heard, question: Question, text: str) -> Question:
    """The question knows of which message the end of its text, as it is now, is a part."""
    known_ids = {message for message, _ in question.parts}
    if heard.message is None or heard.message in known_ids or len(question.parts) >= _PARTS:
        return question
    added = text.removeprefix(question.text).lstrip("\n") if text.startswith(question.text) else text
    return replace(question, parts=(*question.parts, *_part(heard, added)))


def in_its_thread(case: Case, heard: Heard, said: Said) -> Question | None:
    """The speaker's own question that has not ended, and to which the line, where it is said, points: not
    one of its own."""
    pointed = pointed_at(case, heard) or frozenset()
    own = (case.facts.questions[number] for number in case.facts.own if number in pointed)
    question = next((q for q in own if not q.state.ended and q.venue.key == heard.venue.key), None)
    if question is None or not may(question, Step.EXTEND):
        return None
    named = said.addressed and not heard.venue.private
    return None if said.addressed and stands_alone(said.text, question.text, named=named) else question


EDITED = "its asker edited it"
"""The reason why a question was answered anew."""


def anew(case: Case, question: Question, speaker: Speaker) -> list[Effect]:
    """What the base gave was not confirmed yet, and the question says something else now: another entry is
    told, or offered, in its place; the same, or none, stands."""
    finding = _finding(case)
    there = tuple(entry for entry in _candidates(case, finding) if entry not in question.refused)
    found = _entries(case, there[:CHOICES])
    had = remaining(question)
    if question.state is State.TOLD:
        had = had[:1]
    same = not found or (
        finding.band is Band.ANSWER and found[0].id in had[:1] and question.state is State.TOLD
    )
    if same or (finding.band is Band.OFFER and {*had} <= {entry.id for entry in found}):
        return [SaveQuestion(advance(question, Step.EXTEND, at=case.at, due=question.due))]
    now = replace(question, entries=there)
    closed = ClosePrompts(question.asker.key, question.number)
    reasons = Explain(question.number, (EDITED, *_reasons(case, finding)))
    if finding.band is Band.ANSWER:
        effects = tell(case, now, found[0], speaker, question.venue)
    else:
        effects = _offer(case, now, found, speaker, question.venue)
    return [effects[0], closed, reasons, *effects[1:]]


def known(case: Case, text: str) -> dict[str, str]:
    """What is known of the speaker's case: what they say, and besides it what they once told of themself."""
    kinds = case.reference.facets
    return still_declared(case.facts.facets, kinds) | read_facets(text, kinds)


def tell(
    case: Case,
    question: Question,
    entry: Entry,
    speaker: Speaker,
    venue: Venue,
    facets: Mapping[str, str] | None = None,
) -> list[Effect]:
    """The entry's answer is told: the variant for `facets`, or else for what is known of the case."""
    known_facets = known(case, question.text) if facets is None else facets
    # A candidate that was picked is told even where no variant is known to hold: it says what it holds for.
    chosen = choose_answer(entry, known_facets) or choose_answer(entry, {})
    if chosen is None:
        raise ValueError(f"entry {entry.id} has no answer")
    due = case.at + case.settings.answer_stands
    lines = replies.told(
        question.number,
        chosen.answer.short,
        chosen.holds_for,
        chosen.answer.source,
        chosen.ask_for if chosen.contested else "",
        bool(chosen.answer.text),
        case.room(venue, speaker),
    )
    told = advance(question, Step.TELL, at=case.at, due=due, section=entry.section or question.section)
    return [
        SaveQuestion(told),
        OpenPrompt(
            Prompt(
                speaker=speaker.key,
                venue=venue,
                kind=PromptKind.ANSWER,
                expires=due + PROMPTS_OUTLAST,
                question=question.number,
                options=(entry.id,),
                more=chosen.answer.text,
            )
        ),
        *_chosen_for(case, question, entry, chosen, venue),
        *say(case, venue, lines, to=speaker, purpose=Purpose.ANSWER, question=question.number),
    ]


def _chosen_for(case: Case, question: Question, entry: Entry, chosen: Choice, venue: Venue) -> list[Effect]:
    """Why this variant, for `why`: what it holds for, where that was said in the question's venue, and what
    the question says of it. What its asker once told of themself, or says elsewhere, is not kept with it."""
    said = read_facets(question.text, case.reference.facets)
    yours = ", ".join(f"{facet} {said[facet]}" for facet in depends_on(entry) if facet in said)
    here = venue.key == question.venue.key
    parts = [f"for {chosen.holds_for}"] if chosen.holds_for and here else []
    parts += [f"the question says {yours}"] if yours else []
    return [Explain(question.number, (f"told {entry.id}: {'; '.join(parts)}",))] if parts else []


def pick(case: Case, question: Question, entry_id: str, speaker: Speaker, venue: Venue) -> list[Effect]:
    """The asker chose one of the candidates."""
    entry = case.reference.knowledge.by_id(entry_id)
    if entry is None:
        return refuse(case, question, (entry_id,), speaker, venue)
    entries = (entry_id, *(other for other in question.entries if other != entry_id))
    return tell(case, replace(question, entries=entries), entry, speaker, venue)


def refuse(
    case: Case, question: Question, ids: tuple[str, ...], speaker: Speaker, venue: Venue
) -> list[Effect]:
    """The candidates `ids` were not it: the next ones are offered, or a person is found."""
    question = replace(question, refused=(*question.refused, *ids))
    left = _entries(case, remaining(question))
    if left and question.state is State.TOLD:
        return _offer(case, question, left, speaker, venue)
    return [
        SaveQuestion(advance(question, Step.REFUSE, at=case.at, due=case.at)),
        ClosePrompts(speaker.key, question.number),
        *say(
            case,
            venue,
            replies.looking(question.number, case.reference.map.sections.get(question.section or "")),
            to=speaker,
            purpose=Purpose.TELL,
            question=question.number,
        ),
        Explain(question.number, (f"not it: {', '.join(ids)}; on to a person",)),
    ]


def remaining(question: Question) -> tuple[str, ...]:
    """The candidates that were not refused, in the order in which they are numbered."""
    return tuple(entry for entry in question.entries if entry not in question.refused)[:CHOICES]


def lapse(case: Case, question: Question) -> list[Effect]:
    """Nobody said a word about what the base gave: an answer stands, an offer goes to a person."""
    if question.state is State.TOLD:
        accepted = advance(question, Step.ACCEPT, at=case.at, outcome="told, not refused")
        return [SaveQuestion(accepted), ClosePrompts(question.asker.key, question.number)]
    return [
        SaveQuestion(advance(question, Step.REFUSE, at=case.at, due=case.at)),
        ClosePrompts(question.asker.key, question.number),
        Explain(question.number, ("the offer lapsed; on to a person",)),
    ]


def withdraw(case: Case, question: Question, by: str) -> list[Effect]:
    """The asker (or an operator) takes the question back; nothing about it is said any more."""
    return [
        SaveQuestion(advance(question, Step.WITHDRAW, at=case.at, outcome=by, unsaid="")),
        ClosePrompts(question.asker.key, question.number),
        *_told_elsewhere(case, question),
        Explain(question.number, (by,)),
    ]


def _told_elsewhere(case: Case, question: Question) -> list[Effect]:
    """Whoever may be thinking about the question, and would not see in its venue that it was taken back."""
    effects: list[Effect] = []
    newest = {ping.person: ping for ping in case.facts.pings_of(question.number)}
    for ping in newest.values():
        busy = ping.state in {PingState.DELIVERED, PingState.ACKNOWLEDGED, PingState.REPLIED}
        person = case.reference.map.person(ping.person)
        if busy and person is not None and not case.reference.same_place(ping.venue, question.venue):
            network = ping.venue.network
            to = Speaker(network, ping.nick, case.reference.accounts_of(person).get(network))
            text = replies.withdrawn(question.number)
            effects += say(
                case,
                ping.venue,
                text,
                to=to,
                purpose=Purpose.TELL,
                question=question.number,
                conditions=Conditions(),
            )
    return effects


def _finding(case: Case) -> Finding:
    if case.finding is None:
        raise ValueError("a question was asked, but nothing was consulted")
    return case.finding


def _in_the_way(case: Case, finding: Finding, live: list[Question]) -> list[Question]:
    """Those of the speaker's questions that leave no room for one more; empty where there is room.

    What the base answers costs nobody anything. What goes to a person is limited, and so, twice as far, are
    offers, which go to one where nobody picks from them.
    """
    limit = case.settings.open_questions
    waiting = [question for question in live if question.state not in {State.TOLD, State.OFFERED}]
    match finding.band:
        case Band.ANSWER:
            return []
        case Band.OFFER:
            offers = [question for question in live if question.state is not State.TOLD]
            return offers if len(offers) >= 2 * limit else []
    return waiting if len(waiting) >= limit else []


def _candidates(case: Case, finding: Finding) -> tuple[str, ...]:
    if finding.band is Band.ROUTE:
        return ()
    first, *others = finding.matches
    # Others than an answer only come up once it is refused: then they are that much more probable. Beside one
    # that is offered, others are worth a look that would not be offered by themselves.
    left = max(_DOUBT, 1 - first.probability) if finding.band is Band.ANSWER else _BESIDE
    likely = [match for match in others if match.probability >= case.settings.offer_at * left]
    return tuple(match.entry.id for match in (first, *likely))[: CHOICES + 1]


def _entries(case: Case, ids: tuple[str, ...]) -> list[Entry]:
    found = (case.reference.knowledge.by_id(entry) for entry in ids)
    return [entry for entry in found if entry is not None]


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def _by_band(case: Case, question: Question, finding: Finding, speaker: Speaker) -> list[Effect]:
    reasons = _reasons(case, finding)
    offered = _entries(case, remaining(question))
    if finding.band is Band.ANSWER and offered:
        effects = tell(case, question, offered[0], speaker, question.venue)
    elif finding.band is Band.OFFER and offered:
        effects = _offer(case, question, offered, speaker, question.venue)
    else:
        section, seeks = _whose(case, question, finding)
        noted = replace(question, section=section)
        text = [replies.noted(question.number, seeks, case.settings.ping_after)]
        if _fleeting(case, question):
            text.append(replies.log_in())
        effects = [
            SaveQuestion(noted),
            *say(case, question.venue, text, to=speaker, purpose=Purpose.TELL, question=question.number),
        ]
    # The question is saved first; how it was decided goes before what came of it.
    return [effects[0], Explain(question.number, reasons), *effects[1:]]


def _whose(case: Case, question: Question, finding: Finding) -> tuple[str | None, str]:
    """The section that it belongs to, None where that is not clear; and whom the desk looks for, in words."""
    map_, candidates, threshold = case.reference.map, finding.candidates, case.settings.route_at
    if not unsure(candidates, threshold):
        section = map_.sections[candidates[0].section]
        return section.name, replies.seeks_in(section)
    first = next(ladder(map_, candidates, threshold=threshold, asked_in=question.venue), None)
    if first is not None and first.standing is Standing.TRIAGER:
        return None, replies.seeks_triager([each.section for each in candidates[:OFFERED]])
    if not candidates:
        return None, replies.seeks_in_general(map_.rest, map_.mail)
    return candidates[0].section, replies.seeks_in(map_.sections[candidates[0].section])


def _fleeting(case: Case, question: Question) -> bool:
    """Whether nothing will tell that its asker is still there: asked privately, from no account and from no
    venue of ours."""
    member = member_of(case.roster, question.asker)
    return question.venue.private and not question.asker.account and not (member and member.venues)


def _offer(
    case: Case, question: Question, entries: list[Entry], speaker: Speaker, venue: Venue
) -> list[Effect]:
    due = case.at + case.settings.offer_lapses
    text = replies.offered(question.number, [entry.headline for entry in entries], case.room(venue, speaker))
    return [
        SaveQuestion(advance(question, Step.OFFER, at=case.at, due=due)),
        OpenPrompt(
            Prompt(
                speaker=speaker.key,
                venue=venue,
                kind=PromptKind.OFFER,
                expires=due + PROMPTS_OUTLAST,
                question=question.number,
                options=tuple(entry.id for entry in entries),
            )
        ),
        *say(case, venue, text, to=speaker, purpose=Purpose.ANSWER, question=question.number),
    ]


def _reasons(case: Case, finding: Finding) -> tuple[str, ...]:
    best = [
        f"{match.entry.id} {match.probability:.0%}" + (f" ({match.reasons[0]})" if match.reasons else "")
        for match in finding.matches[:CHOICES]
        if match.probability >= case.settings.offer_at / 2
    ]
    return (f"{finding.band}: " + ("; ".join(best) or "nothing in the base is near"),)


def reachable_note(case: Case, question: Question, text: str) -> list[Effect]:
    """`text` told to the asker where they are; nothing where they are not."""
    there = asker_reach(case, question)
    if there is None:
        return []
    return [
        *say(
            case,
            there.venue,
            text,
            to=there.speaker,
            purpose=Purpose.TELL,
            question=question.number,
        )
    ]
