"""What a repository holds, read without trusting it; how that is done stands in `bot.git.running`.

All functions wait for git: they are not for the thread of an event loop. What is long is streamed, and
whoever ends the reading, by Ctrl-C too, ends git. Must import nothing of the desk.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path

from bot.git.running import GitError, Refused, UnknownCommit, answer, stream, why
from routing.past.logs import GIT_FORMAT

MOST_PATHS = 2_000_000
"""Of one tree: twenty times Linux'."""

SHORT_PATIENCE = 5
"""Seconds for what is left unsaid rather than waited for."""

MOST_ASKED = 500
"""Files that are looked for at once: what a command line holds."""

RENAME_LIMIT = 400
"""Files that went and files that came, of one commit, which git compares with each other; a directory that
moves unchanged is seen however large it is."""

_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Repository:
    """One that can be read."""

    folder: Path
    """Its top, or the repository itself where there is no work tree; without symbolic links."""
    head: str
    """The id of the commit that it is at."""
    bare: bool
    shallow: bool
    """What is older than a certain commit is not there."""


def look(folder: Path, at: str = "HEAD") -> Repository:
    """What stands in `folder`, which must be the top of a work tree, or a bare repository."""
    try:
        top = folder.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise GitError(f"{folder}: {why(error)}: name the folder of a git repository") from error
    if not top.is_dir():
        raise GitError(f"{folder}: is no folder: name that of a git repository")
    head = commit_id(top, at)
    said = answer(top, ["rev-parse", "--is-bare-repository", "--is-shallow-repository"]).split()
    return Repository(top, head, bare=said[:1] == ["true"], shallow=said[1:] == ["true"])


def commit_id(folder: Path, at: str) -> str:
    """The whole id of the commit that `at` names: a branch, a tag, an id. Raises UnknownCommit."""
    answer(folder, ["rev-parse", "--git-dir"])  # whether it is a repository at all
    if at and not at.startswith("-") and "\0" not in at:
        with suppress(Refused):
            found = answer(folder, ["rev-parse", "--verify", "--quiet", f"{at}^{{commit}}"]).strip()
            if _ID.fullmatch(found):
                return found
    if at == "HEAD":
        raise UnknownCommit(f"{folder}: has no commits yet: there is nothing to learn from")
    raise UnknownCommit(f"{folder}: has no commit {at!r}: `git log` shows those there are")


def paths(folder: Path, at: str = "HEAD") -> list[str]:
    """The files of the tree at a commit, from its top, in git's order (that of their bytes). Submodules are
    left out; what is no UTF-8 in a name is U+FFFD."""
    head = look(folder, at).head
    top = folder.resolve()
    found: list[str] = []
    begun = b""
    for piece in stream(top, ["ls-tree", "-r", "-z", "--full-tree", head]):
        *whole, begun = (begun + piece).split(b"\0")
        for entry in whole:  # "100644 blob 0123… TAB path"
            kind, _, name = entry.partition(b"\t")
            if kind.split()[1:2] == [b"blob"]:
                found.append(name.decode(errors="replace"))
        if len(found) > MOST_PATHS:
            raise GitError(f"{folder}: has more than {MOST_PATHS:,} files: that is no tree of a project")
    return found


def tracked(files: Sequence[Path]) -> frozenset[Path]:
    """Which of the files git keeps, in whatever repository they lie: a link counts as what it leads to. What
    cannot be found out counts as not kept: no git, no repository, one of somebody else, or no answer within
    `SHORT_PATIENCE` seconds."""
    found: set[Path] = set()
    within: dict[Path, dict[str, list[Path]]] = {}
    for file in files[:MOST_ASKED]:
        with suppress(OSError, RuntimeError, ValueError):  # a circle of links; a NUL in the name
            whole = file.resolve()
            top = next((each for each in whole.parents if os.path.lexists(each / ".git")), None)
            if top is not None:
                within.setdefault(top, {}).setdefault(str(whole.relative_to(top)), []).append(file)
    for top, names in within.items():
        command = ["--literal-pathspecs", "ls-files", "-z", "--", *names]
        with suppress(GitError):
            for kept in answer(top, command, SHORT_PATIENCE).split("\0"):
                found.update(names.get(kept, ()))
    return frozenset(found)


def last_change(file: Path) -> tuple[str, str] | None:
    """Who made a file what it says now, by name, and the short id of that commit. None where that cannot be
    found out within `SHORT_PATIENCE` seconds, or the file is not as it was committed."""
    with suppress(GitError, OSError, RuntimeError, ValueError):
        whole = file.resolve()
        top = next((each for each in whole.parents if os.path.lexists(each / ".git")), None)
        if top is None:
            return None
        name = str(whole.relative_to(top))
        # Compared here and not by `git diff`, which may run filters that the repository names.
        kept = answer(top, ["--literal-pathspecs", "ls-tree", "-z", "HEAD", "--", name], SHORT_PATIENCE)
        said = whole.read_bytes()
        kind, _, blob = kept.partition("\t")[0].rpartition(" ")
        hashed = sha1 if len(blob) == 40 else sha256
        if kind[-4:] != "blob" or hashed(b"blob %d\0" % len(said) + said).hexdigest() != blob:
            return None
        words = ["log", "-1", "--format=%h%x00%an", "--no-show-signature", "--no-color", "--no-decorate"]
        told = answer(top, ["--literal-pathspecs", *words, "--", name], SHORT_PATIENCE)
        commit, _, author = told.strip().partition("\0")
        return (author, commit) if commit else None
    return None


def log(repository: Repository, since: str = "") -> Iterator[bytes]:
    """What git writes about the commits up to `repository.head`, newest first, in pieces of bytes, for
    `routing.past.logs.read_git`. Merges are left out: what they bring is told by the commits they bring.

    With `since`, only what came after that commit. Raises UnknownCommit where the history does not lead over
    it, because it was rewritten: then all has to be read anew.
    """
    until = [repository.head]
    if since:
        if not _leads_over(repository, since):
            raise UnknownCommit(
                f"{repository.folder}: its history does not lead over {since[:12]} any more (it was "
                "rewritten, or is another one): learn it anew"
            )
        until.append(f"^{since}")
    command = [
        "log",
        "-z",
        "--no-merges",
        "--name-status",
        "-M",
        f"-l{RENAME_LIMIT}",
        f"--format={GIT_FORMAT}",
    ]
    command += ["--encoding=UTF-8", "--no-color", "--no-decorate", "--no-notes", "--no-show-signature"]
    command += ["--no-mailmap", "--no-ext-diff", "--no-textconv", "--no-relative", "--ignore-submodules=none"]
    # Where a shallow clone ends, a commit seems to have made all that there is.
    root = ["-c", "log.showRoot=false"] if repository.shallow else []
    yield from stream(repository.folder, [*root, *command, *until, "--"])


def _leads_over(repository: Repository, commit: str) -> bool:
    if not _ID.fullmatch(commit):
        return False
    try:
        answer(repository.folder, ["merge-base", "--is-ancestor", commit, repository.head])
    except Refused:
        return False
    return True
