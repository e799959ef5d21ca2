"""What the base gives to a question: an answer is told, candidates are offered, or it is noted for a person.

The band of the finding decides which; what is refused brings the next candidate, and at last a person.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.desk import replies
from bot.desk.case import Case, member_of, say
from bot.desk.effects import ClosePrompts, Effect, Explain, OpenPrompt, SaveQuestion
from bot.desk.lifecycle import Step, advance
from bot.desk.model import Finding, Prompt, PromptKind, Purpose, Question, Speaker, State
from knowledge.confidence import Band
from knowledge.entry import Entry
from knowledge.facets import Choice, choose_answer, depends_on, read_facets, still_declared
from routing.ladder import OFFERED, Standing, ladder, unsure
from routing.presence import Venue

CHOICES = 3


PROMPTS_OUTLAST = timedelta(days=1)
"""How much longer than a question's deadline the prompt about it stays. The deadline closes it; but a pause
of the desk may put that off."""


EDITED = "its asker edited it"
"""The reason why a question was answered anew."""


_BESIDE = 0.5


_DOUBT = 0.1
"""What is left for other candidates, at the least, however sure the first one was: refused, it was not as
sure as that, and what is next to nothing beside it is no better for it."""


def finding_of(case: Case) -> Finding:
    if case.finding is None:
        raise ValueError("a question was asked, but nothing was consulted")
    return case.finding


def by_band(case: Case, question: Question, finding: Finding, speaker: Speaker) -> list[Effect]:
    reasons = _reasons(case, finding)
    offered = entries_of(case, remaining(question))
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


def anew(case: Case, question: Question, speaker: Speaker) -> list[Effect]:
    """What the base gave was not confirmed yet, and the question says something else now: another entry is
    told, or offered, in its place; the same, or none, stands."""
    finding = finding_of(case)
    there = tuple(entry for entry in candidates(case, finding) if entry not in question.refused)
    found = entries_of(case, there[:CHOICES])
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
    left = entries_of(case, remaining(question))
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


def remaining(question: Question) -> tuple[str, ...]:
    """The candidates that were not refused, in the order in which they are numbered."""
    return tuple(entry for entry in question.entries if entry not in question.refused)[:CHOICES]


def candidates(case: Case, finding: Finding) -> tuple[str, ...]:
    if finding.band is Band.ROUTE:
        return ()
    first, *others = finding.matches
    # Others than an answer only come up once it is refused: then they are that much more probable. Beside one
    # that is offered, others are worth a look that would not be offered by themselves.
    left = max(_DOUBT, 1 - first.probability) if finding.band is Band.ANSWER else _BESIDE
    likely = [match for match in others if match.probability >= case.settings.offer_at * left]
    return tuple(match.entry.id for match in (first, *likely))[: CHOICES + 1]


def entries_of(case: Case, ids: tuple[str, ...]) -> list[Entry]:
    found = (case.reference.knowledge.by_id(entry) for entry in ids)
    return [entry for entry in found if entry is not None]


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


def _reasons(case: Case, finding: Finding) -> tuple[str, ...]:
    best = [
        f"{match.entry.id} {match.probability:.0%}" + (f" ({match.reasons[0]})" if match.reasons else "")
        for match in finding.matches[:CHOICES]
        if match.probability >= case.settings.offer_at / 2
    ]
    return (f"{finding.band}: " + ("; ".join(best) or "nothing in the base is near"),)
