"""What the commands of the command line share: options, exit codes, errors as lines, and a group.

Results go to standard output, everything about them to standard error. Must import nothing of ours: every
command begins here.
"""

import errno
import os
import sys
import unicodedata
from pathlib import Path
from typing import Annotated, TextIO

import typer

OK, NOT_FOUND, WRONG_USE, FAILED, RUNNING, SHUT_OUT = range(6)
EXITS = (
    (OK, "well: answered, found, nothing wrong"),
    (NOT_FOUND, "not found, not sure, or problems were found"),
    (WRONG_USE, "the command line or the configuration is wrong"),
    (FAILED, "something failed at run time: a server, the database"),
    (RUNNING, "another desk is running on that database"),
    (SHUT_OUT, "a network lets the desk in no more: its access token or account is not valid (any more)"),
)
INTERRUPTED = 130
CLOSED = 141
"""As a shell reports a program that wrote into a pipe which nobody reads any more (128 + SIGPIPE)."""

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

CONFIG_VARIABLE = "PKGDESK_CONFIG"
DEBUG_VARIABLE = "PKGDESK_DEBUG"

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help=f"The configuration; else ./config.yaml, else the file that ${CONFIG_VARIABLE} names.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

kb = typer.Typer(
    no_args_is_help=True,
    help="Look after the knowledge base: drafts, their review, entries. What is written goes to the running "
    "desk; where none runs, it is done here.",
)
"""`pkgdesk kb`, into which several parts of the house hang their commands."""


class Stop(Exception):
    """A command cannot go on: `lines` say what is wrong, where, and what to do; `code` is the exit code."""

    def __init__(self, code: int, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.code = code
        self.lines = lines


def own_config(given: Path | None) -> Path | None:
    """The configuration to use: the one that was named, that of this folder, that of the environment."""
    if given is not None:
        return given
    if os.path.lexists("config.yaml"):  # a link that leads nowhere is not passed over
        return Path("config.yaml")
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else None


def needed_config(given: Path | None, what: str) -> Path:
    """The configuration to use. Raises Stop where there is none, and so no `what`."""
    path = own_config(given)
    if path is None:
        raise Stop(
            WRONG_USE,
            f"there is no configuration, and so no {what}: name yours with --config, or begin with `pkgdesk "
            "init DIR`",
        )
    return path


def note(text: str) -> None:
    """Say something that is not the result."""
    sys.stdout.flush()  # where both go to one place, they stand there in their order
    try:
        print(f"pkgdesk: {text}", file=sys.stderr)
    except BrokenPipeError:
        raise
    except OSError:  # there is no place to say so
        leave(sys.stderr)


def visible(text: str, *, lines: bool = False) -> str:
    """`text` with everything that steers a terminal, or is not seen on one, spelled out. With `lines`, ends
    of lines and tabs stay."""
    if text.isprintable():
        return text
    kept = "\n\t" if lines else ""
    return "".join(
        each
        if each.isprintable() or each in kept or unicodedata.category(each) == "Zs"
        else each.encode("unicode_escape").decode()
        for each in text
    )


def leave(stream: TextIO) -> None:
    """Write no more to it. Python flushes once more when it ends, and must not fail then."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def told(error: Exception) -> int:
    """The words and the exit code for an error."""
    if isinstance(error, Stop):
        for line in error.lines:
            note(line)
        return error.code
    if isinstance(error, typer.TyperException):  # usage: an unknown option, a missing argument
        said = error.format_message().replace("Value error, ", "")
        context = getattr(error, "ctx", None)
        if context is not None and said == context.get_help():  # there was no command at all
            print(said)
        else:
            path = context.command_path if context is not None else "pkgdesk"
            note(f"{said} ({path} --help lists what there is)")
        return WRONG_USE
    if problems := getattr(
        error, "problems", None
    ):  # knowledge.documents.DocumentError, without importing it
        for problem in problems:
            note(str(problem))
        return WRONG_USE
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        leave(sys.stdout)
        note(f"cannot write {error.filename or 'the output'}: {(error.strerror or str(error)).lower()}")
        return FAILED
    note(f"{type(error).__name__}: {error}. This should not happen; `pkgdesk --debug …` shows where.")
    return FAILED
