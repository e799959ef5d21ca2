"""`pkgdesk kb`: the commands that read, review and write drafts.

Other parts of the house hang in their own (`kb.command` in their own `command.py`, which `bot.cli` imports);
like those here, they import what is heavy inside of the command that needs it.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import WRONG_USE, ConfigOption, JsonOption, Stop, kb

NamedArgument = Annotated[
    str, typer.Argument(metavar="ID|NUMBER", help="An entry by its id, or a draft by its number.")
]
NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="The number of the draft.")]
NoteOption = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="What whoever reviews it is told about it.")
]


class State(StrEnum):
    """The states of `knowledge.drafts.DraftState`, without importing it."""

    QUEUED = "queued"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    REJECTED = "rejected"
    REVERTING = "reverting"
    REVERTED = "reverted"


def _no_arrow(answer: str, quoted: str) -> None:
    """Stop where an answer is only what a shell leaves of the `=>` of chat: it takes `> WORD` for a file that
    the output goes to."""
    if answer.strip() in ("", "=", "-", "=>", "->", "→"):
        told = f"`{answer}` is no answer" if answer.strip() else "the answer is empty"
        raise Stop(
            WRONG_USE,
            f"{told}: in a shell put question and answer in quotes, without =>, of which the shell makes a "
            f"file: pkgdesk {quoted}",
        )


StateOption = Annotated[
    list[State] | None,
    typer.Option("--state", help="Only those in this state (queued: it waits); may be given several times."),
]


@kb.command("drafts")
def drafts(
    config: ConfigOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    state: StateOption = None,
    as_json: JsonOption = False,
) -> int:
    """List the drafts that wait for a review, or are under way, the oldest first.

    With --json: a list of objects with number, key, state, origin, entry, new, author, author_name,
    co_authors, amended_by, at, note, question, reviewer, reviewer_name, decided_at, reason, commit, undone,
    doubt, doubted_at, revision, and the texts `was` and `now`.
    """
    from bot.editing.acting import Desk

    return Desk(config, as_json=as_json).drafts(state or (), everything=everything)


@kb.command("show")
def show(named: NamedArgument, config: ConfigOption = None, as_json: JsonOption = False) -> int:
    """Print an entry's file as it is, or a draft.

    Of a draft also who made it, of what it came, which entries it resembles, and what lint says of it. With
    --json: of an entry id, path, text and `drafts`, the numbers of those that wait for it; of a draft what
    `kb drafts --json` has of it, with `alike` and `complaints`.
    """
    from bot.editing.acting import Desk

    return Desk(config, as_json=as_json).show(named)


@kb.command("diff")
def diff(number: NumberArgument, config: ConfigOption = None, as_json: JsonOption = False) -> int:
    """Print what a draft would change in its entry's file as it is now.

    Of one that has ended, what it changed. 1: it cannot be laid over the file, and it is told why. With
    --json: number, entry, lines, and `conflict`, empty where there is none.
    """
    from bot.editing.acting import Desk

    return Desk(config, as_json=as_json).diff(number)


@kb.command("publish")
def publish(
    numbers: Annotated[
        list[str], typer.Argument(metavar="NUMBER…", help="The drafts, of which you are not the author.")
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Publish drafts: their files are written, and committed where the base lies in a git repository.

    It ends when that is done. Whose draft it is does not publish it, unless desk.self_review is set. 1: it
    could not be published, and it is told why. With --json: said, lines, end, and `drafts` as in `kb drafts
    --json`, each with the id of its `commit`.
    """
    from bot.editing.acting import Desk

    return Desk(config, as_json=as_json).publish(numbers)


@kb.command("reject")
def reject(
    number: NumberArgument,
    reason: Annotated[
        list[str] | None, typer.Argument(metavar="REASON", help="Why; its author is told.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Reject a draft. --json as of `kb publish`."""
    from bot.editing.acting import Desk

    return Desk(config, as_json=as_json).reject(number, reason or ())


@kb.command("revert")
def revert(number: NumberArgument, config: ConfigOption = None, as_json: JsonOption = False) -> int:
    """Take what a published draft changed out of the base again, with a commit of its own. Ends, exit code
    and --json as of `kb publish`; the id of that commit is in `undone`."""
    from bot.editing.acting import Desk

    return Desk(config, as_json=as_json).revert(number)


@kb.command("new")
def new(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="How people ask, in quotes.")],
    answer: Annotated[str, typer.Argument(metavar="ANSWER", help="What to say, in at most 300 bytes.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Draft an entry of a question and its answer. Its id and section are found by its words; `kb edit`
    changes them, and `kb add` makes one in your editor. --json as of `kb publish`."""
    from bot.editing.acting import Desk

    _no_arrow(answer, 'kb new "QUESTION" "ANSWER"')
    return Desk(config, as_json=as_json).new(question, answer)


@kb.command("gap")
def gap(
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help="The number that `kb gaps` gives it, or of its questions.")
    ],
    answer: Annotated[
        str, typer.Argument(metavar="[ANSWER]", help="What to say, in at most 300 bytes, in quotes.")
    ] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Draft an entry of an answer to what is asked in a gap; without an answer, tell what is asked in it.
    --json as of `kb publish`."""
    from bot.editing.acting import Desk

    if answer:
        _no_arrow(answer, 'kb gap NUMBER "ANSWER"')
    return Desk(config, as_json=as_json).gap(number, answer)


@kb.command("phrase")
def phrase(
    named: NamedArgument,
    phrasing: Annotated[
        list[str],
        typer.Argument(metavar="PHRASING", help="How people ask, too; after --, -PHRASING takes one out."),
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Draft one more phrasing of an entry, or put it into a draft. --json as of `kb publish`."""
    from bot.editing.acting import Desk

    return Desk(config, as_json=as_json).change("kb phrase", named, phrasing)


@kb.command("applies")
def applies(
    named: NamedArgument,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[VARIANT] FACET VALUE…",
            help=(
                'For what an answer holds: xen ">=4.17" (in quotes: a shell takes > for a file), or '
                "2 toolstack xl libvirt for the second one."
            ),
        ),
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Draft for what an answer of an entry holds, or put that into a draft. --json as of `kb publish`."""
    from bot.editing.acting import Desk

    return Desk(config, as_json=as_json).change("kb applies", named, words)


@kb.command("edit")
def edit(
    named: NamedArgument,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FIELD VALUE…]", help="What to change, as in chat, without an editor."),
    ] = None,
    comment: NoteOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Change an entry's file, or a draft, in your editor ($VISUAL, else $EDITOR).

    What you save becomes a draft, which somebody else publishes (or you, where desk.self_review is set). It
    is looked through before: what is wrong is told with line and column, and on a terminal you may edit it
    again. What is not handed over in the end is kept in a file. Nothing changed: nothing happens. --json as
    of `kb publish`.
    """
    from bot.editing.acting import Desk

    desk = Desk(config, as_json=as_json)
    if not words:
        return desk.edit(named, comment)
    if comment:
        raise Stop(WRONG_USE, "--note is for what you write in your editor: leave FIELD and VALUE out")
    return desk.change("kb edit", named, words)


@kb.command("add")
def add(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="The entry as a file; - is standard input. Without it, your editor opens on a template.",
        ),
    ] = None,
    name: Annotated[str, typer.Option("--id", metavar="ID", help="The entry's id.")] = "",
    section: Annotated[
        str, typer.Option("--section", metavar="SECTION", help="The section of the map that it belongs to.")
    ] = "",
    comment: NoteOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Draft a new entry: of a file, of what stands on standard input, or in your editor.

    It is looked through first, as by `kb edit`. --json as of `kb publish`.
    """
    from bot.editing.acting import Desk

    return Desk(config, as_json=as_json).add(file, name, section, comment)
