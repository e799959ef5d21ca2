"""What is said of drafts: what editors hear of new ones, how one is listed, what came of a review.

An entry's or a draft's text stands in a sentence only as a quotation, never first in it.
"""

from collections.abc import Sequence
from datetime import timedelta

from bot.desk.fitting import cut
from bot.desk.replies.words import number as number_of
from bot.desk.replies.words import span
from knowledge.drafts import Draft, DraftState, Origin

_QUOTED = 150
"""Bytes of a draft's text that one line quotes."""

_NAMED = 40
"""Bytes of a name that somebody chose."""

_REASON = 200

_ONE_NUMBER = 2
"""Words in the note of phrasings that are one: `from #42`."""


def _came_of(draft: Draft) -> str:
    """What a draft came of, in words."""
    about = f" {number_of(draft.question)}" if draft.question is not None else ""
    match draft.origin:
        case Origin.ANSWER:
            return f"from the answer to{about}" if about else "from an answer"
        case Origin.SUGGESTION:
            return f"suggested by {cut(draft.author_name, _NAMED)}"
        case Origin.PHRASINGS:
            return f"a phrasing from{about}" if about else "phrasings"
        case Origin.EDIT:
            return f"by {cut(draft.author_name, _NAMED)}"


def _alike(alike: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"`{entry}` ({probability:.0%})" for entry, probability in alike)


def new_draft(
    draft: Draft,
    about: str,
    alike: Sequence[tuple[str, float]] = (),
    beside: Sequence[Draft] = (),
    *,
    last: bool = False,
) -> str:
    """To an editor: there is a draft. `about`: what it says; `alike`: entries that it resembles, with how
    probable it is that they answer the same; `beside`: drafts that it does; `last`: of those that come next
    in this minute nothing is told."""
    more = " (and there may be more: `kb drafts`)" if last else ""
    near = [_alike(alike[:1])] if alike else []
    near += [f"draft {beside[0].number}"] if beside else []
    like = f", like {' and '.join(near)}" if near else ""
    act = f"`kb show {draft.number}`" + ("" if draft.is_remark else f", `kb publish {draft.number}`")
    return f"draft {draft.number}, {_came_of(draft)}{like}{more}: {act}: “{cut(about, _QUOTED)}”"


def draft_listed(draft: Draft, about: str, age: timedelta, changes: str = "") -> str:
    """A draft in one line: how it stands unless it waits, what it came of, the entry, and what it says.
    `changes`: what is different where it changes an entry."""
    if draft.state is DraftState.REJECTED and not about:  # what it said was taken back
        return f"draft {draft.number}: {draft.state}, {_came_of(draft)}, {span(age)} old"
    kind = "remark" if draft.is_remark else "new" if draft.is_new else "change"
    entry = f" of `{draft.entry}`" if draft.entry and kind == "change" else ""
    entry = f" `{draft.entry}`" if draft.entry and not entry else entry
    how = "" if draft.state is DraftState.QUEUED else f"{draft.state}, "
    entry += f" ({cut(changes, _NAMED * 2)})" if changes else ""
    what = f"{how}{kind}{entry}, {_came_of(draft)}, {span(age)} old"
    return f"draft {draft.number}: {what}: “{cut(about, _QUOTED)}”"


def no_drafts() -> str:
    return "no draft waits for a review."


def more_drafts(count: int) -> str:
    return f"and {count} more: `kb drafts all` tells them privately."


def resembles(alike: Sequence[tuple[str, float]]) -> str:
    return f"it resembles {_alike(alike)}; `kb show {alike[0][0]}` shows the first."


def resembles_drafts(drafts: Sequence[Draft]) -> str:
    numbers = ", ".join(str(draft.number) for draft in drafts)
    what = f"draft {numbers}, which waits" if len(drafts) == 1 else f"drafts {numbers}, which wait"
    return f"it resembles {what}, too: `kb show {drafts[0].number}` shows the first."


def noted_by(draft: Draft) -> str:
    return f"{cut(draft.author_name, _NAMED)} says: “{cut(draft.note, _REASON * 2)}”"


def could_not(draft: Draft) -> str:
    """Why the base refused it the last time."""
    return f"the last try failed: {cut(draft.reason, _REASON)}"


def kb_overview() -> str:
    """What stands behind the list of what editors may do."""
    return "`help kb edit` explains one"


def no_such_draft(number: int) -> str:
    return f"there is no draft {number}; `kb drafts` lists those that wait."


def no_such_entry(name: str, near: str | None) -> str:
    hint = f", did you mean `{near}`?" if near else "."
    return f"there is no entry `{cut(name, _NAMED)}`{hint}"


def draft_stands(draft: Draft) -> str:
    """How a draft stands, and by whom."""
    entry, by = f" (`{draft.entry}`)" if draft.entry else "", cut(draft.reviewer_name, _NAMED)
    what = f"draft {draft.number}{entry}"
    match draft.state:
        case DraftState.QUEUED:
            return f"{what} waits for a review."
        case DraftState.PUBLISHING:
            return f"{what} is being published for {by}."
        case DraftState.PUBLISHED:
            if draft.reason:  # the last to decide about it was whoever wanted it out again
                failed = f"taking it out again for {by} failed: {cut(draft.reason, _REASON)}"
                return f"{what} was published{_at(draft.commit)}; {failed}"
            return f"{what} was published{_at(draft.commit)} by {by}."
        case DraftState.REJECTED:
            whose = f" by {by}" if by else ""
            return f"{what} was rejected{whose}{_because(draft.reason)}"
        case DraftState.REVERTING:
            return f"{what} is being taken out again for {by}."
        case DraftState.REVERTED:
            return f"{what} was published and taken out again{_at(draft.undone)} by {by}."


def _at(commit: str) -> str:
    return f" as {commit[:7]}" if commit else ""


def _because(reason: str) -> str:
    return f": {cut(reason, _REASON)}" if reason else "."


def _these(drafts: Sequence[Draft]) -> str:
    numbers = ", ".join(str(draft.number) for draft in drafts)
    return f"drafts {numbers} are" if len(drafts) > 1 else f"draft {numbers} is"


def _and_left(count: int) -> str:
    """`count`: drafts that wait besides."""
    return f"; {count} more wait{'s' if count == 1 else ''} (`kb drafts`)" if count else "."


def being_published(drafts: Sequence[Draft], left: int = 0) -> str:
    """`left`: how many others wait."""
    return f"{_these(drafts)} being published{_and_left(left)}"


def being_reverted(draft: Draft) -> str:
    return f"draft {draft.number} is being taken out again."


def not_an_entry(draft: Draft) -> str:
    """A remark cannot be published, nor changed in parts."""
    return f"draft {draft.number} is a remark: `kb edit {draft.number} short ANSWER` makes an entry of it."


def own_draft(draft: Draft) -> str:
    return (
        f"draft {draft.number} is yours, or you wrote in it: another editor publishes it "
        "(or desk.self_review is set)."
    )


def rejected(drafts: Sequence[Draft], left: int = 0) -> str:
    """`left`: how many others wait."""
    return f"{_these(drafts)} rejected{_and_left(left)}"


def _whose(draft: Draft) -> str:
    """The draft, to its author."""
    match draft.origin:
        case Origin.ANSWER if draft.question is not None:
            return f"your answer to {number_of(draft.question)}"
        case Origin.SUGGESTION:
            return "what you suggested"
    return f"your draft {draft.number}"


def rejected_yours(draft: Draft, about: str) -> str:
    """To its author."""
    why = cut(draft.reason, _REASON) or "no reason was given"
    return f"{_whose(draft)} was not taken into the knowledge base ({why}): “{cut(about, 80)}”"


def published(draft: Draft, note: str) -> str:
    """To its reviewer: the base holds it, or no more. `note`: what else is worth telling."""
    undone = draft.state is DraftState.REVERTED
    how = f"taken out again{_at(draft.undone)}" if undone else f"published{_at(draft.commit)}"
    return f"draft {draft.number} is {how}: `{draft.entry}`" + (f"; {note}" if note else "")


def recalled(draft: Draft, note: str) -> str:
    """What else to tell of a draft that was published while what it was made of was taken back."""
    why = f"{draft.reason}, meanwhile: `kb revert {draft.number}`"
    return f"{note}; {why}" if note else why


def doubted(draft: Draft, why: str, says: str = "") -> str:
    """To an editor: what the base says may not be right after all. `says`: what the draft would say now."""
    now = f", and would say now: “{cut(says, _QUOTED)}”" if says else ""
    return f"`{draft.entry}`, from draft {draft.number}, is in the base, but {why}{now}: {_to_do(draft)}"


def still_doubted(draft: Draft) -> str:
    """The same of a draft that is looked at."""
    return f"but {draft.doubt}: {_to_do(draft)}"


def digest_doubted(drafts: Sequence[Draft], count: int) -> str:
    named = "; ".join(f"`{draft.entry}`, {draft.doubt}: {_to_do(draft)}" for draft in drafts)
    more = f"; and {count - len(drafts)} more" if count > len(drafts) else ""
    return f"in the base, but in doubt: {named}{more}"


def _to_do(draft: Draft) -> str:
    """What to do about a published draft that is not right. Of several phrasings not all need go."""
    if draft.origin is Origin.PHRASINGS and len(draft.note.split()) > _ONE_NUMBER:
        return f"`kb diff {draft.number}`, then `kb phrase {draft.entry} -PHRASING`"
    return f"`kb revert {draft.number}`, or `kb edit {draft.entry} …`"


def gone_meanwhile(draft: Draft) -> str:
    """To its reviewer: it could not be published, and does not wait again."""
    return f"draft {draft.number} was not published, and is gone: {draft.reason}"


def published_yours(draft: Draft) -> str:
    """To its author."""
    undone = draft.state is DraftState.REVERTED
    return f"{_whose(draft)} is {'no longer' if undone else 'now'} in the knowledge base: `{draft.entry}`"


def not_published(draft: Draft, why: str) -> str:
    """To its reviewer. The draft stands as it did before."""
    if draft.state is DraftState.PUBLISHED:
        return f"draft {draft.number} could not be taken out again: {why}"
    return f"draft {draft.number} could not be published, and waits again: {why}"


def drafted_by_you(draft: Draft, about: str, *, alone: bool) -> str:
    """To an editor who made or changed a draft. `alone`: they may publish it themself."""
    who = "" if alone else "another editor's "
    then = f"then {who}`kb publish {draft.number}`"
    return f"draft {draft.number}, `{draft.entry}` ({then}): “{cut(about, _QUOTED)}”"


def not_so(why: str) -> str:
    """To an editor: a change cannot be made."""
    return f"that cannot be: {cut(why, 250)}"


def says_so_already(name: str) -> str:
    return f"`{name}` says so already."


def too_many_drafts(most: int) -> str:
    return f"{most} drafts wait for a review; publish or reject some first (`kb drafts`)."


def id_stays(was: str) -> str:
    return f"that cannot be: the entry is `{was}`, and an id stays as it is"


def id_is_taken(name: str) -> str:
    return f"that cannot be: there is an entry `{name}` already; change that, or choose another id"


def wrong_at(line: int, column: int, why: str) -> str:
    return f"{line}:{column}: {why}"
