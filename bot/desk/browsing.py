"""What editors look at: which drafts wait, what an entry or a draft says, and what a draft would change.

In a channel that is a few lines, and the rest comes privately; there, too, a few lines at a time, and `more`
goes on. Of a draft it is told which entries it resembles, and which other drafts: the matcher looks its
headline up before, as `looked_up` says.
"""

import re
from datetime import timedelta

from bot.desk import replies, reports
from bot.desk.case import Case, complain, privately, say
from bot.desk.effects import Effect, OpenPrompt
from bot.desk.events import Heard
from bot.desk.facts import Facts
from bot.desk.fitting import size, wrap
from bot.desk.model import CONTROL, Prompt, PromptKind
from bot.desk.resembling import alike, beside
from bot.desk.said import Said
from bot.desk.summary import entry_in, summary
from knowledge import differing
from knowledge.drafts import LIVE, Draft, DraftState, Origin
from routing.sections import nearest

PUBLIC_LINES = 3
"""Lines that are told in a channel."""

PRIVATE_LINES = 8
"""Lines that are told privately at once."""

_GOES_ON_FOR = timedelta(hours=1)
"""How long `more` goes on."""

_LISTED = 100
"""Drafts that are listed at once; to say what one is about its text is read."""

_ALIKE = 3
_DIGITS = re.compile(r"(?:draft\s+)?#?([0-9]{1,9})", re.IGNORECASE)


def numbers(said: Said) -> list[int]:
    """The drafts that a command names, each once."""
    named = said.args.get("drafts") or said.args.get("named") or ""
    found = [each for each in re.split(r"(?:\s|,|\band\b)+", named.casefold()) if each != "draft"]
    digits = [_DIGITS.fullmatch(each) for each in found if each]
    return list(dict.fromkeys(int(each[1]) for each in digits if each is not None))


def drafts(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`kb drafts [all]`: those that wait, the oldest first."""
    waiting = [each for each in case.facts.drafts.values() if each.state in LIVE]
    if not waiting:
        return answer(case, heard, [replies.no_drafts()])
    every = "all" in said.args or heard.venue.network == CONTROL
    most = _LISTED if every else PUBLIC_LINES
    shown = waiting if len(waiting) <= most else waiting[: most - 1]
    lines = [listed(case, draft) for draft in shown]
    left = len(waiting) - len(shown)
    if every:
        return in_part(case, heard, [*lines, *([reports.and_more(left)] if left else [])])
    return answer(case, heard, [*lines, *([replies.more_drafts(left)] if left else [])])


def show(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`kb show ID|DRAFT`; an id that only a draft has yet is that draft's."""
    number, name = next(iter(numbers(said)), None), said.args["named"]
    known = case.reference.knowledge.by_id(name.casefold()) if number not in case.facts.drafts else None
    if known is not None:
        return in_part(case, heard, replies.entry(known))
    draft = _shown(said, case.facts)
    if draft is None:
        told = no_such_entry(case, name) if number is None else replies.no_such_draft(number)
        return refused(case, heard, told)
    like, others = alike(case, draft.entry)[:_ALIKE], beside(case, draft)[:_ALIKE]
    entry = entry_in(draft.now)
    return in_part(
        case,
        heard,
        [
            listed(case, draft),
            *([replies.draft_stands(draft)] if draft.state is not DraftState.QUEUED else []),
            *([replies.still_doubted(draft)] if draft.doubt and draft.state is DraftState.PUBLISHED else []),
            *([replies.resembles(like)] if like else []),
            *([replies.resembles_drafts(others)] if others and draft.state is DraftState.QUEUED else []),
            *([replies.could_not(draft)] if draft.reason and draft.state is DraftState.QUEUED else []),
            *([replies.noted_by(draft)] if draft.note and draft.origin is not Origin.PHRASINGS else []),
            *(_changes(draft) if draft.was and draft.now else []),
            *(replies.entry(entry) if entry is not None else _without_entry(draft)),
        ],
    )


def diff(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`kb diff DRAFT`: the lines of the file that would go and those that would come."""
    number = numbers(said)[0]
    draft = case.facts.drafts.get(number)
    if draft is None:
        return refused(case, heard, replies.no_such_draft(number))
    if draft.is_remark:
        return answer(case, heard, _without_entry(draft) or [replies.draft_stands(draft)])
    return in_part(case, heard, [listed(case, draft), *_changes(draft)])


def listed(case: Case, draft: Draft) -> str:
    """A draft in one line."""
    before, entry = entry_in(draft.was), entry_in(draft.now)
    changes = differing.summary(before, entry) if before is not None and entry is not None else ""
    return replies.draft_listed(draft, summary(draft), case.at - draft.at, changes)


def no_such_entry(case: Case, name: str) -> str:
    ids = {entry.id: entry.id for entry in case.reference.knowledge.entries}
    return replies.no_such_entry(name, nearest(name.casefold(), ids))


def looked_up(said: Said, facts: Facts) -> str | None:
    """What the matcher must look up to show a draft: its headline, or the words of a remark."""
    draft = _shown(said, facts) if said.command == "kb show" else None
    if draft is None:
        return None
    entry = entry_in(draft.now)
    return (entry.headline if entry is not None else draft.note) or None


def _shown(said: Said, facts: Facts) -> Draft | None:
    """The draft that is to be shown, by its number or as the newest that waits with this id."""
    number, name = next(iter(numbers(said)), None), said.args.get("named", "").casefold()
    if number is not None:
        return facts.drafts.get(number)
    waiting = (each for each in facts.drafts.values() if each.state in LIVE and each.entry == name)
    return max(waiting, key=lambda draft: draft.number, default=None)


def answer(case: Case, heard: Heard, lines: list[str]) -> list[Effect]:
    """To an editor, where they said it; each line is cut to what fits there."""
    room = case.room(heard.venue, heard.speaker)
    told = [line for each in lines for line in wrap(each, room)]
    return [*say(case, heard.venue, told, to=heard.speaker)]


def refused(case: Case, heard: Heard, text: str) -> list[Effect]:
    """Why nothing is done. In chat an editor is told every time, unlike of a complaint; who operates from
    outside sees by it that the command failed, each paragraph in a line of its own."""
    if heard.venue.network == CONTROL:
        return [told for each in text.split("\n\n") for told in complain(case, heard, each)]
    return answer(case, heard, [text])


def in_part(case: Case, heard: Heard, pieces: list[str]) -> list[Effect]:
    """A few lines where it was asked, the rest privately and with `more`; each piece begins a line."""
    aside = privately(heard)
    room = min(case.room(heard.venue, heard.speaker), case.room(aside, heard.speaker))
    lines = [line for piece in pieces for line in wrap(piece, room - size(replies.ELLIPSIS_MORE))]
    if heard.venue.network == CONTROL:
        return [*say(case, heard.venue, lines, to=heard.speaker)]
    here: list[str] = []
    if not heard.venue.private:
        here, lines = lines[:PUBLIC_LINES], lines[PUBLIC_LINES:]
        here += [replies.rest_privately(len(lines))] if lines else []
    now, later = lines[:PRIVATE_LINES], lines[PRIVATE_LINES:]
    effects: list[Effect] = [*say(case, heard.venue, here, to=heard.speaker)]
    if later:
        now[-1] += replies.ELLIPSIS_MORE
        expires, rest = case.at + _GOES_ON_FOR, "\n\n".join(later)
        effects.append(OpenPrompt(Prompt(heard.speaker.key, aside, PromptKind.ANSWER, expires, more=rest)))
    return [*effects, *say(case, aside, now, to=heard.speaker)]


def _without_entry(draft: Draft) -> list[str]:
    """What makes an entry of a draft that has none; nothing where none can be made any more."""
    return [replies.not_an_entry(draft)] if draft.state is DraftState.QUEUED else []


def _changes(draft: Draft) -> list[str]:
    """The lines that go and those that come."""
    changed = differing.unified(draft.was, draft.now, f"{draft.entry}.yaml")[2:]
    return [line for line in changed if line[:1] in {"+", "-"}]
