"""The rows of the command table that begin with `kb`: how editors look after the knowledge base.

A draft is named by its number, with or without the word, an entry by its id. All of it is for editors alone:
whoever else says such a line gets the answer to a word that does not exist, and `kb` with words that are none
of these is no command from anybody else at all.
"""

from dataclasses import replace

from bot.desk import browsing, editing, gaps, replies, reviewing
from bot.desk.browsing import refused
from bot.desk.case import Case
from bot.desk.effects import Effect
from bot.desk.events import Heard
from bot.desk.fitting import pack
from bot.desk.model import Role
from bot.desk.reference import Reference
from bot.desk.rows import Command
from bot.desk.said import Said

KB = "kb"

_DRAFT = r"(?:draft\s+)?#?[0-9]{1,9}"
_ONE = rf"(?P<drafts>{_DRAFT})"
_SEVERAL = rf"(?P<drafts>{_DRAFT}(?:(?:\s*,\s*|\s+)(?:and\s+)?{_DRAFT}){{0,19}})"
_REJECTED = rf"(?P<drafts>{_DRAFT}(?:(?:\s*,\s*|\s+)(?:and\s+)?{_DRAFT}){{0,19}}(?=\s*(?:$|:))|{_DRAFT})"
"""Several where no reason follows, or one behind a colon: a reason may begin with a number."""
_NAMED = rf"(?P<named>{_DRAFT}|[a-z0-9][a-z0-9-]{{0,79}})"
_TEXT = r"(?P<text>\S.*)"


def within_kb(path: str) -> bool:
    """Whether `kb` lists the command, so that `help` need not."""
    return path.startswith(f"{KB} ")


def is_kb(said: Said) -> bool:
    """Whether a line reads as one of these commands."""
    return said.command is not None and (said.command == KB or within_kb(said.command))


def read_as_kb(said: Said, reference: Reference, heard: Heard) -> Said:
    """The line as the command that it is, or as the plain text that merely begins with `kb`."""
    if said.command != KB or "text" not in said.args:
        return said
    if said.addressed and reference.role_of(heard.speaker) >= Role.EDITOR:
        return said
    if said.prefixed and not said.named:
        return Said(text=heard.text)  # it belongs to some other bot
    return replace(said, command=None, args={})


def _overview(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`kb`: what there is; with words that are none of it, which of it was meant, or that."""
    words = (said.args.get("text") or "").split()
    meant = next((row for row in KB_TABLE if words and row.path == f"{KB} {words[0].casefold()}"), None)
    if meant is not None:
        return refused(case, heard, replies.usage(meant.usage, meant.meaning))
    rows = tuple(f"`{row.usage}`" for row in KB_TABLE if within_kb(row.path))
    room = case.room(heard.venue, heard.speaker)
    lines = pack((*rows, replies.kb_overview()), room)
    return refused(case, heard, "\n\n".join(lines)) if words else browsing.answer(case, heard, lines)


KB_TABLE: tuple[Command, ...] = (
    Command(
        path=KB,
        args=r"(?P<text>\S.*)?",
        usage="kb",
        meaning="lists what editors can do with the knowledge base",
        handler=_overview,
        role=Role.EDITOR,
    ),
    Command(
        path="kb drafts",
        args=r"(?P<all>all)?",
        usage="kb drafts [all]",
        meaning="lists the drafts that wait for a review, the oldest first; `all` tells them privately",
        handler=browsing.drafts,
        role=Role.EDITOR,
    ),
    Command(
        path="kb show",
        args=_NAMED,
        usage="kb show ID|DRAFT",
        meaning="shows an entry, or a draft and what it resembles: a few lines, the rest privately",
        handler=browsing.show,
        role=Role.EDITOR,
    ),
    Command(
        path="kb diff",
        args=_ONE,
        usage="kb diff DRAFT",
        meaning="shows what a draft changes in its entry's file",
        handler=browsing.diff,
        role=Role.EDITOR,
    ),
    Command(
        path="kb publish",
        args=_SEVERAL,
        usage="kb publish DRAFT…",
        meaning="publishes drafts that somebody else wrote; you are told what came of it",
        handler=reviewing.publish,
        role=Role.EDITOR,
    ),
    Command(
        path="kb reject",
        args=rf"{_REJECTED}(?:[\s,;:–-]+(?P<text>\S.*))?",
        usage="kb reject DRAFT… [REASON]",
        meaning="rejects a draft, or several (`kb reject 12 13: REASON`); their authors are told why",
        handler=reviewing.reject,
        role=Role.EDITOR,
    ),
    Command(
        path="kb revert",
        args=_ONE,
        usage="kb revert DRAFT",
        meaning="takes what a draft changed out of the base again",
        handler=reviewing.revert,
        role=Role.EDITOR,
    ),
    Command(
        path="kb new",
        args=r"(?P<question>\S.*?)\s*(?:=>|->|→)\s*(?P<text>\S.*)",
        usage="kb new QUESTION => ANSWER",
        meaning="drafts an entry",
        handler=editing.new,
        role=Role.EDITOR,
    ),
    Command(
        path="kb edit",
        args=rf"{_NAMED}\s+(?P<field>[a-z_]+)(?:\s+{_TEXT})?",
        usage="kb edit ID|DRAFT FIELD VALUE",
        meaning=(
            "drafts another title, short, text, source, section, tags, see, review or verified; of several "
            "variants say which (`short 2 …`; `-` leaves it out), `short + …` adds one, and `-` empties a "
            "field; of a draft that makes an entry also its id"
        ),
        handler=editing.edit,
        role=Role.EDITOR,
    ),
    Command(
        path="kb phrase",
        args=rf"{_NAMED}\s+{_TEXT}",
        usage="kb phrase ID|DRAFT PHRASING",
        meaning="drafts one more phrasing; `-PHRASING`, or `-2`, leaves one out",
        handler=editing.phrase,
        role=Role.EDITOR,
    ),
    Command(
        path="kb applies",
        args=rf"{_NAMED}\s+(?:(?P<variant>[0-9]{{1,3}})\s+)?(?P<facet>[\w.+-]+)\s+{_TEXT}",
        usage="kb applies ID|DRAFT [VARIANT] FACET VALUE…",
        meaning=(
            'drafts where an answer applies (`kb applies system-qemu xen >=4.4`; in a shell `">=4.4"`, in '
            "quotes); `-` means everywhere"
        ),
        handler=editing.applies,
        role=Role.EDITOR,
    ),
    Command(
        path="kb gaps",
        args=r"",
        usage="kb gaps",
        meaning="lists what was asked and the base does not answer; what most people asked comes first",
        handler=gaps.gaps,
        role=Role.EDITOR,
    ),
    Command(
        path="kb gap",
        args=r"#?(?P<gap>[0-9]{1,9})(?:\s*(?:=>|->|→)\s*(?P<text>\S.*))?",
        usage="kb gap NUMBER [=> ANSWER]",
        meaning="tells what is asked in a gap; with an answer, drafts an entry for all who ask that",
        handler=gaps.gap,
        role=Role.EDITOR,
    ),
)
