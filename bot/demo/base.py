"""The base of the demo's desk: a copy of the demo's entries in a git repository of its own, so that there is
something to publish into, whatever is published.

Whoever keeps the state keeps the base, with what was published. Nothing of the user's git is used: neither
their name nor what they have git do. Without git it is a plain folder.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from bot.demo.actor import NoPlace
from bot.git.running import GitError
from bot.git.writing import git

ENTRIES = Path(__file__).parent / "knowledge"

ISOLATED = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": "0"}
"""The surroundings in which git knows of no configuration but the repository's."""

_OURS = """\
[user]
	name = pkgdesk demo
	email = demo@pkgdesk.invalid
"""


@dataclass(frozen=True, slots=True)
class Commit:
    """What git says of one: its whole id, whom it names, and the first line of its message."""

    id: str
    author: str
    reviewer: str
    subject: str


def lay_out(folder: Path, entries: Path | None = None) -> str:
    """See to it that there is a base in `folder`: the one that is there, or one of `entries`, by default the
    demo's. A line where it has no history, else nothing. Raises NoPlace where it cannot be written."""
    try:
        if folder.exists():
            return "" if (folder / ".git").exists() else _plain("it was made without git")
        fresh = folder.with_name(f".{folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        for path in (entries or ENTRIES).rglob("*.yaml"):
            copy = fresh / path.relative_to(entries or ENTRIES)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        problem = _committed(fresh)
        if problem:
            shutil.rmtree(fresh / ".git", ignore_errors=True)
        fresh.rename(folder)
    except OSError as error:
        raise NoPlace(f"{folder} cannot hold the demo's knowledge base: {error.strerror}") from None
    return _plain(problem) if problem else ""


def last_commit(folder: Path) -> Commit | None:
    """The one that the base stands at; None where there is no history."""
    if not (folder / ".git").exists():
        return None
    wanted = "%H%x00%an <%ae>%x00%(trailers:key=Reviewed-by,valueonly)%x00%s"
    try:
        answer = git(folder, "log", "-1", f"--format={wanted}", environment=ISOLATED)
    except GitError:
        return None
    id_, author, reviewer, subject = ([each.strip() for each in answer.text.split("\0")] + [""] * 4)[:4]
    return Commit(id_, author, reviewer, subject)


def _committed(folder: Path) -> str:
    """Make a repository of the folder; why that is not possible, or nothing."""
    # Without a template: that of the user may bring hooks.
    begin = ("-c", "init.defaultBranch=main", "init", "--quiet", "--template=")
    try:
        if (answer := git(folder, *begin, environment=ISOLATED)).code:
            return answer.why
        with (folder / ".git" / "config").open("a", encoding="utf-8") as settings:
            settings.write(_OURS)
        for words in (("add", "--all"), ("commit", "--quiet", "--message", "The demo's entries")):
            if (answer := git(folder, *words, environment=ISOLATED)).code:
                return answer.why
    except GitError as error:
        return str(error)
    return ""


def _plain(why: str) -> str:
    return f"The knowledge base is a plain folder, without a history: {why}."
