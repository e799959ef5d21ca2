"""Editors make entries and change them: in chat field by field, and from outside as a whole text.

Each change makes a draft, or goes into one: on an entry into the speaker's own that waits, on a draft into
that. Whoever writes in somebody else's draft counts as its author, too, and does not publish it. What a
change says is read as a file would be, and what it names has to be there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.desk import replies
from bot.desk.browsing import answer, no_such_entry, numbers, refused
from bot.desk.case import Case, say
from bot.desk.effects import Effect, SaveDraft, Say
from bot.desk.events import Heard, Proposed
from bot.desk.fitting import cut, wrap
from bot.desk.model import Role, Speaker
from bot.desk.queueing import announce_draft, new_draft
from bot.desk.quoting import is_full, taken
from bot.desk.said import Said
from bot.desk.summary import entry_in, summary
from knowledge.amending import NotSo, amended, applying, as_written, phrased, unknown
from knowledge.documents import DocumentError
from knowledge.drafting import entry_id
from knowledge.drafts import LIVE, Draft, DraftState, Origin, Review, may, reviewed
from knowledge.entry import SHORT_LIMIT, Answer, Entry, Verified
from knowledge.files import parse_entry, to_yaml
from knowledge.references import References
from knowledge.words.text import QUERY_LIMIT

MOST_WITH_EDITS = 900
"""Drafts that may wait before editors, too, make no new ones: so many are read at once."""

_ID = "id"
"""The field that a new entry alone may change."""


@dataclass(frozen=True, slots=True)
class _Edited:
    """What a change is made of: an entry as it stands, the text that it was made from, empty where it is new,
    and the draft that the change goes into; None where it makes one."""

    entry: Entry
    was: str
    draft: Draft | None = None


class _Refused(Exception):
    """Why something cannot be changed, as it is told."""


def new(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`kb new QUESTION => ANSWER`."""
    question, short = (_unquoted(" ".join(said.args[each].split())) for each in ("question", "text"))
    entry = Entry(
        id=entry_id(question, taken(case)),
        phrasings=(question,),
        answers=(Answer(short),),
        section=_section(case),
        verified=Verified(case.at.date(), heard.speaker.nick),
    )
    return _changed(case, heard, lambda: (_Edited(entry, ""), entry))


def _unquoted(text: str) -> str:
    """Without the quotes around all of it, as a shell wants them."""
    inner = text[1:-1]
    quoted = len(text) > 2 and text[0] == text[-1] and text[0] in "\"'" and text[0] not in inner
    return inner.strip() if quoted else text


def edit(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`kb edit ID|DRAFT FIELD VALUE`."""
    field, value = said.args["field"], said.args.get("text", "")
    on, by = case.at.date(), heard.speaker.nick

    def change() -> tuple[_Edited, Entry]:
        edited = _edited(case, heard, said, short=value if field.casefold() == "short" else "")
        if field.casefold() == _ID:
            return edited, _renamed(case, edited, value)
        entry = amended(edited.entry, field, value, on=on, by=by)
        sections = {name.casefold(): name for name in case.reference.map.sections}
        return edited, replace(entry, section=sections.get(entry.section.casefold(), entry.section))

    return _changed(case, heard, change)


def _renamed(case: Case, edited: _Edited, name: str) -> Entry:
    """A new entry with another id; one that is in the base keeps its own. Raises _Refused."""
    wanted, entry = name.strip().casefold(), edited.entry
    if edited.was:
        raise _Refused(replies.id_stays(entry.id))
    if wanted != entry.id and wanted in taken(case):
        raise _Refused(replies.id_is_taken(wanted))
    return replace(entry, id=wanted)


def phrase(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`kb phrase ID|DRAFT PHRASING`, and `-PHRASING` or `-2` to leave one out."""
    text = said.args["text"]

    def change() -> tuple[_Edited, Entry]:
        edited = _edited(case, heard, said, phrasing=text)
        return edited, edited.entry if edited.entry.phrasings == (text,) else phrased(edited.entry, text)

    return _changed(case, heard, change)


def applies(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`kb applies ID|DRAFT [VARIANT] FACET VALUE…`."""
    variant = int(said.args["variant"]) if "variant" in said.args else None

    def change() -> tuple[_Edited, Entry]:
        edited = _edited(case, heard, said)
        values = said.args["text"].split()
        return edited, applying(edited.entry, variant, said.args["facet"], values, case.reference.facets)

    return _changed(case, heard, change)


def _section(case: Case) -> str:
    """The section that what was looked up seems to belong to; empty where none does for sure."""
    likely = case.finding.candidates[:1] if case.finding is not None else ()
    return next((each.section for each in likely if each.confidence >= case.settings.route_at), "")


def _changed(case: Case, heard: Heard, change: Callable[[], tuple[_Edited, Entry]]) -> list[Effect]:
    """The draft that a change makes or goes into; or why it cannot be made."""
    try:
        edited, entry = change()
        text = as_written(entry)
        before = entry_in(edited.draft.now) if edited.draft is not None else entry_in(edited.was)
        if missing := unknown(entry, before, _references(case, entry)):
            raise NotSo(missing)
    except NotSo as wrong:
        return refused(case, heard, replies.not_so(str(wrong)))
    except _Refused as why:
        return refused(case, heard, str(why))
    if text == (edited.draft.now if edited.draft is not None else edited.was):
        return refused(case, heard, replies.says_so_already(entry.id))
    if edited.draft is None and is_full(case, MOST_WITH_EDITS):
        return refused(case, heard, replies.too_many_drafts(MOST_WITH_EDITS))
    draft = _drafted(case, heard, edited.draft, heard.speaker, entry.id, text, edited.was)
    return [*_queued(case, draft), *answer(case, heard, [_told(case, draft)])]


def _drafted(
    case: Case,
    event: Heard | Proposed,
    draft: Draft | None,
    by: Speaker,
    entry: str,
    now: str,
    was: str,
    note: str = "",
) -> Draft:
    """The draft as it is once `by` wrote in it; a new one where there was none. The note of phrasings says of
    which questions they are, and stays. Who gave an answer and writes in its draft is named as any other, so
    that it is known that it is no longer what was said."""
    if draft is None:
        return new_draft(case, event, origin=Origin.EDIT, by=by, entry=entry, now=now, was=was, note=note)
    own = draft.author in case.reference.whole(by).keys and draft.origin is not Origin.ANSWER
    wrote = draft.amended_by if own else tuple(dict.fromkeys((*draft.amended_by, by.key)))
    return reviewed(
        draft,
        Review.AMEND,
        entry=entry,
        now=now,
        was=was,
        note=draft.note if draft.origin is Origin.PHRASINGS else note or draft.note,
        reason="",
        amended_by=wrote,
    )


def _queued(case: Case, draft: Draft) -> list[Effect]:
    """The draft is kept; of a new one editors hear."""
    return [SaveDraft(draft), *(announce_draft(case, draft) if not draft.revision else [])]


def _told(case: Case, draft: Draft) -> str:
    """What its editor is told of it: nobody else need look at it where the settings let them."""
    return replies.drafted_by_you(draft, summary(draft), alone=case.settings.self_review)


def _references(case: Case, entry: Entry) -> References:
    """What there is to name: entries, those that drafts would make, facets, and sections."""
    ids = taken(case) if entry.see else ()
    sections = tuple(case.reference.map.sections)
    return References(ids, case.reference.facets, sections or None)


def _edited(case: Case, heard: Heard, said: Said, *, short: str = "", phrasing: str = "") -> _Edited:
    """What the line names, by an id or a draft's number. `short`, `phrasing`: what would make an entry of a
    remark. Raises _Refused."""
    number = next(iter(numbers(said)), None)
    name = said.args["named"].casefold()
    entry = case.reference.knowledge.by_id(name)
    if number is not None and (entry is None or number in case.facts.drafts):
        return _of_draft(case, number, short, phrasing)
    waiting = [each for each in case.facts.drafts.values() if _waits_for(each, name)]
    if entry is None:
        if not waiting:
            raise _Refused(no_such_entry(case, said.args["named"]))
        return _of_draft(case, waiting[-1].number, short, phrasing)
    keys = case.reference.whole(heard.speaker).keys
    own = next((d for d in reversed(waiting) if d.author in keys and d.origin is Origin.EDIT), None)
    changed = entry_in(own.now) if own is not None else None
    if own is not None and changed is not None:
        return _Edited(changed, own.was, own)
    return _Edited(entry, to_yaml(entry))


def _waits_for(draft: Draft, entry: str) -> bool:
    return draft.state is DraftState.QUEUED and draft.entry == entry and not draft.is_remark


def _of_draft(case: Case, number: int, short: str, phrasing: str) -> _Edited:
    draft = case.facts.drafts.get(number)
    if draft is None:
        raise _Refused(replies.no_such_draft(number))
    if not may(draft, Review.AMEND):
        raise _Refused(replies.draft_stands(draft))
    entry = entry_in(draft.now)
    if entry is not None:
        return _Edited(entry, draft.was, draft)
    about = case.reference.knowledge.by_id(draft.entry) if draft.entry else None
    if about is not None:
        return _Edited(about, to_yaml(about), draft)
    if draft.entry:
        raise _Refused(no_such_entry(case, draft.entry))
    if not short and not phrasing:
        raise _Refused(replies.not_an_entry(draft))
    words = " ".join(draft.note.split())
    asked = phrasing or words[:QUERY_LIMIT]
    said = short or cut(words, SHORT_LIMIT)
    return _Edited(Entry(entry_id(asked, taken(case)), (asked,), (Answer(said),)), "", draft)


def proposed(case: Case, event: Proposed) -> list[Effect]:
    """An editor hands over a whole text, new or in the place of a draft's."""
    if case.reference.role_of(event.speaker) < Role.EDITOR:
        return _reply(case, event, [replies.no_such_command("kb")], complaint=True)
    try:
        draft, entry = _replaced(case, event), _read(event.now)
        _fits(case, event, draft, entry)
    except DocumentError as error:
        told = [replies.wrong_at(each.line, each.column, each.message) for each in error.problems]
        return _reply(case, event, told, complaint=True)
    except _Refused as why:
        return _reply(case, event, [str(why)], complaint=True)
    before = draft.now if draft is not None else event.was
    if event.now == before:
        return _reply(case, event, [replies.says_so_already(entry.id)], complaint=True)
    was = draft.was if draft is not None and not event.was else event.was
    made = _drafted(case, event, draft, event.speaker, entry.id, event.now, was, event.note)
    return [*_queued(case, made), *_reply(case, event, [_told(case, made)])]


def _read(text: str) -> Entry:
    return parse_entry(text, "draft")


def _replaced(case: Case, event: Proposed) -> Draft | None:
    """The draft whose place the text is to take. Raises _Refused."""
    if event.number is None:
        if is_full(case, MOST_WITH_EDITS):
            raise _Refused(replies.too_many_drafts(MOST_WITH_EDITS))
        return None
    draft = case.facts.drafts.get(event.number)
    if draft is None:
        raise _Refused(replies.no_such_draft(event.number))
    if not may(draft, Review.AMEND):
        raise _Refused(replies.draft_stands(draft))
    return draft


def _fits(case: Case, event: Proposed, draft: Draft | None, entry: Entry) -> None:
    """An entry's id stays, and a new one has an id of its own. Raises _Refused."""
    before = entry_in(event.was or (draft.was if draft is not None else ""))
    if before is not None and before.id != entry.id:
        raise _Refused(replies.id_stays(before.id))
    others = (each for each in case.facts.drafts.values() if draft is None or each.number != draft.number)
    new_ones = {each.entry for each in others if each.state in LIVE and each.is_new and not each.is_remark}
    known = case.reference.knowledge.by_id(entry.id) is not None
    if before is None and (known or entry.id in new_ones):
        raise _Refused(replies.id_is_taken(entry.id))


def _reply(case: Case, event: Proposed, texts: list[str], *, complaint: bool = False) -> list[Effect]:
    room = case.room(event.venue, event.speaker)
    told: list[Say] = []
    for text in texts:
        told += say(case, event.venue, wrap(text, room), to=event.speaker)
    return [replace(each, complaint=complaint) for each in told]
