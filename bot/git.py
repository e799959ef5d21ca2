"""The only place that runs git: what a repository holds, read without trusting it.

Who can write into a repository can write its configuration, and there git finds programs to run: pagers,
hooks, monitors of the file system, filters that make a diff readable, signature checkers, transports that
fetch what is missing. None of them may run because somebody looked into the history. So git is called by its
path with a list of arguments and never through a shell; with an environment that holds nothing of what GIT_*
could say; with those settings overruled; and for commands that only read. Whose repository may be looked
into is left to git (safe.directory).

All functions wait for git: they are not for the thread of an event loop. What is long is streamed, and
whoever ends the reading, by Ctrl-C too, ends git. Must import nothing of the desk.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from routing.past.logs import GIT_FORMAT

PIECE = 65_536
"""Bytes that are read at once."""

MOST_PATHS = 2_000_000
"""Of one tree: twenty times Linux'."""

PATIENCE = 60
"""Seconds for what git answers at once."""

SHORT_PATIENCE = 5
"""Seconds for what is left unsaid rather than waited for."""

MOST_ASKED = 500
"""Files that are looked for at once: what a command line holds."""

RENAME_LIMIT = 400
"""Files that went and files that came, of one commit, which git compares with each other; a directory that
moves unchanged is seen however large it is."""

_OVERRULED = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.quotePath": "false",
    "core.askPass": "",
    "core.attributesFile": os.devnull,
    "credential.helper": "",
    "diff.external": "",
    "diff.orderFile": os.devnull,
    "log.showSignature": "false",
    "log.showRoot": "true",
    "protocol.allow": "never",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",  # no transport at all, for versions that do not know the line above
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ATTR_NOSYSTEM": "1",
}
_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class GitError(Exception):
    """A repository cannot be read: where, why, and what to do."""


class UnknownCommit(GitError):
    """What was asked for is no commit there, or none of this history any more."""


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
        raise GitError(f"{folder}: {_why(error)}: name the folder of a git repository") from error
    if not top.is_dir():
        raise GitError(f"{folder}: is no folder: name that of a git repository")
    head = commit_id(top, at)
    said = _answer(top, ["rev-parse", "--is-bare-repository", "--is-shallow-repository"]).split()
    return Repository(top, head, bare=said[:1] == ["true"], shallow=said[1:] == ["true"])


def commit_id(folder: Path, at: str) -> str:
    """The whole id of the commit that `at` names: a branch, a tag, an id. Raises UnknownCommit."""
    _answer(folder, ["rev-parse", "--git-dir"])  # whether it is a repository at all
    if at and not at.startswith("-") and "\0" not in at:
        with suppress(_Refused):
            found = _answer(folder, ["rev-parse", "--verify", "--quiet", f"{at}^{{commit}}"]).strip()
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
    for piece in _stream(top, ["ls-tree", "-r", "-z", "--full-tree", head]):
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
            for kept in _answer(top, command, SHORT_PATIENCE).split("\0"):
                found.update(names.get(kept, ()))
    return frozenset(found)


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
    yield from _stream(repository.folder, [*root, *command, *until, "--"])


def _leads_over(repository: Repository, commit: str) -> bool:
    if not _ID.fullmatch(commit):
        return False
    try:
        _answer(repository.folder, ["merge-base", "--is-ancestor", commit, repository.head])
    except _Refused:
        return False
    return True


# --- running it -----------------------------------------------------------------------------------------


class _Refused(GitError):
    """Git ended with an exit code and words that are not understood."""


def _command(folder: Path, arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    git = shutil.which("git")
    if git is None:
        raise GitError("git is not installed, or not on the PATH: install it, or give a log with --log")
    overruled = [part for name, value in _OVERRULED.items() for part in ("-c", f"{name}={value}")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= _ENVIRONMENT
    # The repository around a folder that is none is not what was meant.
    environment["GIT_CEILING_DIRECTORIES"] = str(folder.parent)
    return [git, "--no-pager", *overruled, *arguments], environment


def _answer(folder: Path, arguments: Sequence[str], patience: int = PATIENCE) -> str:
    """What git says to a short question, within so many seconds. Raises GitError."""
    command, environment = _command(folder, arguments)
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GitError(f"{folder}: git said nothing for {patience} seconds") from error
    except OSError as error:
        raise GitError(f"{folder}: git cannot be run there: {_why(error)}") from error
    if done.returncode:
        raise _error(folder, done.returncode, done.stderr)
    return done.stdout.decode(errors="replace")


def _stream(folder: Path, arguments: Sequence[str]) -> Iterator[bytes]:
    """What git writes, as it comes. Git ends with the reading, whatever ends that."""
    command, environment = _command(folder, arguments)
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
            )
        except OSError as error:
            raise GitError(f"{folder}: git cannot be run there: {_why(error)}") from error
        assert process.stdout is not None
        try:
            while piece := process.stdout.read1(PIECE):  # type: ignore[attr-defined]
                yield piece
            code = process.wait()
        finally:
            process.stdout.close()
            if process.poll() is None:
                process.kill()  # it only reads: nothing is left half done
                process.wait()
        if code:
            complaints.seek(0)
            raise _error(folder, code, complaints.read(PIECE))


def _error(folder: Path, code: int, complaints: bytes) -> GitError:
    said = complaints.decode(errors="replace")
    if "dubious ownership" in said:
        return GitError(
            f"{folder}: belongs to somebody else, and git does not look into it for that: do this as its "
            f"owner, or say that you trust it: git config --global --add safe.directory {folder}"
        )
    if "not a git repository" in said:
        return GitError(
            f"{folder}: is no git repository: name the top folder of a checkout, or a bare repository"
        )
    if code < 0:
        return GitError(f"{folder}: git was ended by signal {-code}")
    words = "".join(each if each.isprintable() else " " for each in said).split()
    why = " ".join(words).removeprefix("fatal: ")[:300] or f"exit code {code}"
    return _Refused(f"{folder}: git could not read it: {why}")


def _why(error: OSError | RuntimeError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
