"""What a draft wants, as a commit in the workshop."""

from bot.git.writing import literal
from bot.publishing import message
from bot.publishing.base import Check, Done, NotPublished, Signature
from bot.publishing.commits import Commits
from bot.publishing.laying import after, changes, entry_in
from bot.publishing.message import PUBLISHED, REVERTED, mark
from bot.publishing.placing import file_of, new_file
from bot.publishing.workshop import Workshop
from knowledge.drafts import Draft
from knowledge.entry import Entry

SAID_ALREADY = "the base said so already"
TAKEN_BACK = "somebody had taken it back already"


def published(workshop: Workshop, draft: Draft, author: Signature, reviewer: Signature, check: Check) -> Done:
    """Commit what it changes. Raises NotPublished."""
    path = file_of(draft.entry, workshop)
    current = workshop.text(path) if path is not None else None
    if current is None:
        _refuse_strays(workshop, draft.entry)
    text = after(draft, current)
    if text == current:
        return Done(note=SAID_ALREADY)
    path = path or new_file(entry_in(text, draft.entry, draft.entry), workshop)
    check(text, workshop.place.file(path))
    workshop.write(path, text)
    _refuse_filter(workshop, path, entry_in(text, draft.entry, draft.entry))
    words = message.of_change(draft, changes(current, text, draft.entry), author, reviewer)
    return Done(Commits(workshop).make(words, author, PUBLISHED, mark(draft)))


def reverted(workshop: Workshop, draft: Draft, commit: str, reviewer: Signature) -> Done:
    """Commit what takes back `commit`, which published it. Raises NotPublished."""
    commits = Commits(workshop)
    if not commit:
        raise NotPublished(
            f"{workshop.place.top}: its history has no commit of draft {draft.number}: change the entry by "
            "another draft"
        )
    if not commits.undo(commit):
        return Done(note=TAKEN_BACK)
    for path in workshop.run("diff", "--cached", "--name-only", "-z", "--diff-filter=d").names:
        if path.endswith(".yaml") and path.startswith(workshop.place.inside):
            file = workshop.place.file(path)
            entry_in(workshop.text(path) or "", str(file), file.stem)
    words = message.of_revert(draft, commit, reviewer)
    return Done(commits.make(words, reviewer, REVERTED, mark(draft)))


def _refuse_strays(workshop: Workshop, name: str) -> None:
    """An entry that is read, and that nobody has committed; a folder that is called like one."""
    place = workshop.place
    for file in sorted(place.folder.rglob(f"{name}.yaml")):
        path = file.relative_to(place.top).as_posix()
        if any(part.startswith(".") for part in file.relative_to(place.folder).parts):
            continue
        if file.is_dir():
            raise NotPublished(f"{file}: is a folder, where an entry would be: move it, and publish again")
        if workshop.outside("ls-files", "--error-unmatch", "--", literal(path)).code:
            raise NotPublished(
                f"{file}: is not in the repository yet: commit it (git add), and publish again"
            )


def _refuse_filter(workshop: Workshop, path: str, entry: Entry) -> None:
    """A checkout must say what was published."""
    name = workshop.filter(path)
    if name and entry_in(workshop.text(path) or "", entry.id, entry.id) != entry:
        raise NotPublished(
            f"{workshop.place.file(path)}: the filter {name} of its attributes does not leave the entry as "
            "it is: see .gitattributes, and what filters git is given there (git config)"
        )
