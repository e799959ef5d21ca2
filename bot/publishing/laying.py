"""A draft laid over what the file says by now, and what that changes, in a few words."""

from bot.publishing.base import NotPublished
from knowledge.differing import summary
from knowledge.documents import DocumentError
from knowledge.drafts import Draft
from knowledge.entry import Entry
from knowledge.files import parse_entry
from knowledge.rewriting import Conflict, laid_over


def after(draft: Draft, current: str | None) -> str:
    """What the file is to say. Raises NotPublished."""
    return _over(draft, draft.was, draft.now, current)


def before(draft: Draft, current: str | None) -> str:
    """What the file is to say once nothing of the draft is in it. Raises NotPublished."""
    return _over(draft, draft.now, draft.was, current)


def _over(draft: Draft, was: str, now: str, current: str | None) -> str:
    try:
        return laid_over(was, now, current, draft.entry)
    except Conflict as error:
        raise NotPublished(f"{draft.entry}: {error}", conflict=True) from error
    except DocumentError as error:
        raise NotPublished(f"{draft.entry}: is no entry: {error.problems[0]}") from error


def entry_in(text: str, source: str, stem: str) -> Entry:
    """The entry that a text holds. Raises NotPublished."""
    try:
        return parse_entry(text, source, stem)
    except DocumentError as error:
        raise NotPublished(f"{stem}: is no entry: {error.problems[0]}") from error


def changes(current: str | None, text: str, stem: str) -> str:
    """What becomes different, in a few words. Raises NotPublished."""
    old = entry_in(current, stem, stem) if current is not None else None
    new = entry_in(text, stem, stem)
    return summary(old, new) if old != new else "as it is written"
