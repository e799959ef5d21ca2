"""The drafts of a desk as the command line reads them: from its database, beside it or without it."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.config import SQLITE
from bot.store.store import Store
from knowledge.drafts import LIVE, Draft, DraftState


def drafts_in(url: str) -> tuple[Draft, ...]:
    """All drafts in the database at `url`, the oldest first; none where there is no database yet. StoreError
    where it cannot be read."""
    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).exists():
        return ()
    return asyncio.run(_read(url))


async def _read(url: str) -> tuple[Draft, ...]:
    store = await Store.open(url, exclusive=False)
    try:
        return await store.drafts()
    finally:
        await store.close()


def chosen(drafts: Iterable[Draft], states: Iterable[DraftState], *, everything: bool) -> list[Draft]:
    """Those in one of these states; without any, all of them or those about which something is to be done."""
    wanted = frozenset(states) or (frozenset(DraftState) if everything else LIVE)
    return [each for each in drafts if each.state in wanted]


def draft_data(draft: Draft) -> dict[str, Any]:
    """A draft for programs: its fields, times in ISO 8601."""
    return {
        "number": draft.number,
        "key": draft.key,
        "state": draft.state.value,
        "origin": draft.origin.value,
        "entry": draft.entry,
        "new": draft.is_new,
        "author": draft.author,
        "author_name": draft.author_name,
        "co_authors": [{"key": each.key, "name": each.name} for each in draft.co_authors],
        "amended_by": list(draft.amended_by),
        "at": draft.at.isoformat(),
        "note": draft.note,
        "question": draft.question,
        "reviewer": draft.reviewer,
        "reviewer_name": draft.reviewer_name,
        "decided_at": draft.decided_at.isoformat() if draft.decided_at is not None else None,
        "reason": draft.reason,
        "commit": draft.commit,
        "undone": draft.undone,
        "doubt": draft.doubt,
        "doubted_at": draft.doubted_at.isoformat() if draft.doubted_at is not None else None,
        "revision": draft.revision,
        "was": draft.was,
        "now": draft.now,
    }
