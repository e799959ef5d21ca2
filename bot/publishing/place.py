"""Where a knowledge base lies: in a checkout, whichever way it came to be one, or in no repository at all."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.git.running import GitError
from bot.git.writing import git
from bot.publishing.base import NotPublished


@dataclass(frozen=True, slots=True)
class Place:
    """A checkout that holds a knowledge base. `folder`: the base. `top`: of the checkout. `inside`: the way
    from one to the other, as git spells it, empty or ending with a slash. `own`: what git keeps of this
    checkout alone (its index, its HEAD); `common`: what it shares with the repository's other checkouts. All
    without symbolic links."""

    folder: Path
    top: Path
    inside: str
    own: Path
    common: Path

    @property
    def ours(self) -> Path:
        """The folder in the repository that is ours alone."""
        return self.common / "pkgdesk"

    def file(self, path: str) -> Path:
        """The file at a path of the repository, in this checkout."""
        return self.top / path


def place_of(folder: Path) -> Place | None:
    """Where the base lies; None where it is in no repository, or in one that ignores it. Raises NotPublished
    where it is in one in which nothing can be committed from there."""
    try:
        real = folder.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise NotPublished(f"{folder}: the folder of the base cannot be used: see `pkgdesk check`") from error
    if not real.is_dir():
        raise NotPublished(f"{folder}: is no folder: set `knowledge` to that of the entries")
    questions = ("--is-inside-work-tree", "--show-toplevel", "--absolute-git-dir", "--git-common-dir")
    if not any(os.path.lexists(each / ".git") for each in (real, *real.parents)):
        _refuse_bare(folder, real)
        return None
    try:
        answer = git(real, "rev-parse", "--path-format=absolute", *questions)
    except GitError as error:
        raise NotPublished(
            f"{folder}: is in a git repository, and nothing can be committed: {error}"
        ) from error
    if answer.code:
        if "not a git repository" in answer.complaints:
            raise NotPublished(
                f"{folder}: what is around it looks like a git repository, and is none: {answer.why}"
            )
        raise NotPublished(_unusable(folder, real, answer.complaints, answer.why))
    lines = answer.text.split("\n")
    if len(lines) != len(questions):
        raise NotPublished(f"{folder}: the path of its repository has a line break: give it another")
    top, own, common = (Path(each) for each in lines[1:])
    try:
        inside = "" if top == real else f"{real.relative_to(top).as_posix()}/"
    except ValueError:
        raise NotPublished(f"{folder}: git says that its checkout is {top}, which does not hold it") from None
    if inside and git(top, "check-ignore", "--quiet", "--", f"./{inside}").code == 0:
        return None
    return Place(real, top, inside, own, common)


def _refuse_bare(folder: Path, real: Path) -> None:
    """Entries may lie inside of a repository that has no checkout."""
    bare = False
    with suppress(PermissionError):  # what may not be read is told by whoever reads it
        bare = any(
            (each / "HEAD").is_file() and (each / "objects").is_dir() for each in (real, *real.parents)
        )
    if bare:
        raise NotPublished(
            f"{folder}: is inside of a bare git repository: set `knowledge` to a folder in a checkout of it "
            "(git clone)"
        )


def _unusable(folder: Path, real: Path, complaints: str, why: str) -> str:
    if "dubious ownership" in complaints:
        return (
            f"{folder}: its repository belongs to somebody else, and git does not touch it for that: run the "
            f"desk as its owner, or say that you trust it: git config --global --add safe.directory {real}"
        )
    if "must be run in a work tree" in complaints:
        return (
            f"{folder}: has no checkout of its git repository around it: set `knowledge` to a folder in one"
        )
    return f"{folder}: git does not work there: {why}"
