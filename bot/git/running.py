"""How git is called to read a repository without trusting it.

Who can write into a repository can write its configuration, and there git finds programs to run: pagers,
hooks, monitors of the file system, filters that make a diff readable, signature checkers, transports that
fetch what is missing. None of them may run because somebody looked into the history. So git is called by its
path with a list of arguments and never through a shell; with an environment that holds nothing of what GIT_*
could say; with those settings overruled; and for commands that only read. Whose repository may be looked
into is left to git (safe.directory). Must import nothing of the desk.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

PIECE = 65_536
"""Bytes that are read at once."""

PATIENCE = 60
"""Seconds for what git answers at once."""

_WHO = re.compile(r"://[^/\s]*@")
"""Somebody's name, and often a password or a token, in an address (RFC 3986, 3.2.1)."""

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


class GitError(Exception):
    """A repository cannot be read: where, why, and what to do."""


class UnknownCommit(GitError):
    """What was asked for is no commit there, or none of this history any more."""


class Refused(GitError):
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


def answer(folder: Path, arguments: Sequence[str], patience: int = PATIENCE) -> str:
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
        raise GitError(f"{folder}: git cannot be run there: {why(error)}") from error
    if done.returncode:
        raise _error(folder, done.returncode, done.stderr)
    return done.stdout.decode(errors="replace")


def stream(folder: Path, arguments: Sequence[str]) -> Iterator[bytes]:
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
            raise GitError(f"{folder}: git cannot be run there: {why(error)}") from error
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
    words = "".join(each if each.isprintable() else " " for each in without_passwords(said)).split()
    told = " ".join(words).removeprefix("fatal: ")[:300] or f"exit code {code}"
    return Refused(f"{folder}: git could not read it: {told}")


def without_passwords(words: str) -> str:
    """The words without what stands before the host in addresses. Git leaves it out itself, almost always."""
    return _WHO.sub("://", words)


def why(error: OSError | RuntimeError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
