"""What a draft changes in its entry's file as it is now: what publishing it would write."""

from pathlib import Path

from bot.editing.entry_files import file_of, text_of
from bot.publishing.laying import after
from knowledge.differing import unified
from knowledge.drafts import Draft, DraftState


def changes(draft: Draft, folder: Path) -> tuple[str, ...]:
    """The lines of a unified diff: of the file in the base at `folder` as it is now, or, of a draft that has
    ended, of what it was made from. NotPublished where it cannot be laid over the file, DocumentError where
    that cannot be read."""
    if draft.is_remark:
        return ()
    if draft.state not in {DraftState.QUEUED, DraftState.PUBLISHING}:
        return unified(draft.was, draft.now, f"{draft.entry}.yaml")
    path = file_of(folder, draft.entry)
    current = text_of(path) if path is not None else None
    return unified(current or "", after(draft, current), f"{draft.entry}.yaml")
