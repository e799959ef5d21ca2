"""Drafts <-> their rows."""

from typing import Any

from sqlalchemy import Row

from bot.desk.model import of_session
from knowledge.drafts import Author, Draft, DraftState, Origin


def draft_row(draft: Draft) -> dict[str, Any]:
    return {
        "number": draft.number,
        "key": draft.key,
        "origin": draft.origin.value,
        "state": draft.state.value,
        "author": draft.author,
        "author_name": draft.author_name,
        "at": draft.at,
        "entry": draft.entry,
        "now": draft.now,
        "was": draft.was,
        "note": draft.note,
        "question": draft.question,
        "reviewer": draft.reviewer,
        "reviewer_name": draft.reviewer_name,
        "decided_at": draft.decided_at,
        "reason": draft.reason,
        "commit": draft.commit,
        "undone": draft.undone,
        "amended_by": draft.amended_by,
        "told": draft.told,
        "nameless": of_session(draft.author),
        "co_authors": [[each.key, each.name] for each in draft.co_authors],
        "doubt": draft.doubt,
        "doubted_at": draft.doubted_at,
    }


def draft_of(row: Row[Any]) -> Draft:
    return Draft(
        number=row.number,
        key=row.key,
        origin=Origin(row.origin),
        author=row.author,
        author_name=row.author_name,
        at=row.at,
        entry=row.entry,
        now=row.now,
        was=row.was,
        note=row.note,
        question=row.question,
        state=DraftState(row.state),
        revision=row.revision,
        reviewer=row.reviewer,
        reviewer_name=row.reviewer_name,
        decided_at=row.decided_at,
        reason=row.reason,
        commit=row.commit,
        undone=row.undone,
        amended_by=tuple(row.amended_by),
        told=row.told,
        co_authors=tuple(Author(*each) for each in row.co_authors),
        doubt=row.doubt,
        doubted_at=row.doubted_at,
    )
