"""What the commands of `pkgdesk kb` do: they look at what is named, and read it, or say what is to be done.

Numbers and ids are what somebody typed. Everything ends with an exit code, or with what ends a command: Stop,
or DocumentError where a file cannot be used.
"""

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot import log
from bot.command_line import FAILED, NOT_FOUND, OK, WRONG_USE, Stop, note, own_config, visible
from bot.config import Settings, load
from bot.ctl.client import Proposal
from bot.editing import looking
from bot.editing.changes import changes
from bot.editing.editor import editor_of
from bot.editing.entry_files import file_of, names_in, text_of
from bot.editing.examining import Examiner
from bot.editing.queue import chosen, draft_data, drafts_in
from bot.editing.saying import Telling
from bot.editing.writing import blank, by_hand, from_file
from bot.publishing.base import NotPublished
from bot.screen import console
from bot.store.errors import StoreError
from knowledge.drafts import LIVE, Draft, DraftState
from knowledge.files import why_no_id
from routing.sections import nearest

_NUMBER = re.compile(r"#?([0-9]{1,9})")
_MOST_NOTED = 500


class Desk:
    """What a command line names: a configuration, with its base and its database. Stop where there is none,
    DocumentError where it cannot be used."""

    def __init__(self, config: Path | None, *, as_json: bool) -> None:
        path = own_config(config)
        if path is None:
            raise Stop(
                WRONG_USE,
                "there is no configuration here to say where base and database are: name one with --config",
            )
        self._config = path
        self._settings: Settings = load(path)
        self._as_json = as_json
        log.set_up_for_a_command(self._settings)

    # --- reading ------------------------------------------------------------------------------------------

    def drafts(self, states: Sequence[str], *, everything: bool) -> int:
        """Print the drafts in these states; without any, those that wait or are under way."""
        found = chosen(self._drafts(), map(DraftState, states), everything=everything)
        if self._as_json:
            looking.print_json([draft_data(each) for each in found])
        elif found:
            looking.print_drafts(console(), found, datetime.now(UTC))
        elif everything or states:
            note("no drafts")
        else:
            note("no draft waits for a review (--all lists those that have ended, too)")
        return OK

    def show(self, named: str) -> int:
        """Print a draft, or the file of an entry."""
        number = _number(named)
        if number is None:
            return self._show_entry(named)
        draft, now = self._draft(number), datetime.now(UTC)
        seen = Examiner(self._settings, now.date(), note).seen(draft)
        if self._as_json:
            looking.print_json(looking.draft_shown(draft, seen))
        else:
            looking.print_draft(console(), draft, seen, now)
        return OK

    def diff(self, named: str) -> int:
        """Print what a draft changes; NOT_FOUND where it cannot be laid over what is there now."""
        draft = self._draft(wanted(named))
        lines: tuple[str, ...] = ()
        conflict = ""
        try:
            lines = changes(draft, self._settings.knowledge)
        except NotPublished as error:
            conflict = error.why
        if self._as_json:
            found = {"number": draft.number, "entry": draft.entry, "lines": list(lines), "conflict": conflict}
            looking.print_json(found)
        elif conflict:
            note(visible(f"draft {draft.number} cannot be laid over the base as it is now: {conflict}"))
        elif lines:
            looking.print_diff(console(), lines)
        else:
            note(f"draft {draft.number} changes nothing" + (": it is a remark" if draft.is_remark else ""))
        return NOT_FOUND if conflict else OK

    def _show_entry(self, name: str) -> int:
        path = self._file(name)
        text = text_of(path)
        waiting = [each.number for each in self._drafts() if each.entry == name and each.state in LIVE]
        if self._as_json:
            looking.print_json({"id": name, "path": str(path), "text": text, "drafts": waiting})
            return OK
        looking.print_text(console(), text)
        for number in waiting:
            note(f"draft {number} is about it: `pkgdesk kb diff {number}`")
        return OK

    # --- saying -------------------------------------------------------------------------------------------

    def publish(self, named: Sequence[str]) -> int:
        """Publish drafts, and wait until that is done."""
        numbers = [wanted(each) for each in named]
        several = ", ".join(map(str, numbers))
        return self._telling().words(
            "kb publish", *map(str, numbers), numbers=numbers, meanwhile=f"publishing draft {several} …"
        )

    def revert(self, named: str) -> int:
        """Take out what a draft changed, and wait until that is done."""
        number = wanted(named)
        return self._telling().words(
            "kb revert", str(number), numbers=[number], meanwhile=f"taking draft {number} out again …"
        )

    def reject(self, named: str, reason: Sequence[str]) -> int:
        """Reject a draft."""
        number = wanted(named)
        return self._telling().words("kb reject", str(number), *reason, numbers=[number])

    def new(self, question: str, answer: str) -> int:
        """Draft an entry of a question and its answer."""
        return self._telling(begins=True).words("kb new", question, "=>", answer)

    def gap(self, named: str, answer: str) -> int:
        """Draft an entry of an answer to what is asked in a gap; without an answer, tell what is asked."""
        number = _number(named)
        if number is None:
            raise Stop(
                WRONG_USE, f"`{visible(named)}` is no number of a question: `pkgdesk kb gaps` lists them"
            )
        return self._telling().words("kb gap", str(number), *(("=>", answer) if answer else ()))

    def change(self, command: str, named: str, words: Sequence[str]) -> int:
        """Say a command that changes an entry or a draft."""
        number = _number(named)
        telling = self._telling(begins=number is None)
        return telling.words(command, named, *words, numbers=() if number is None else (number,))

    # --- writing ------------------------------------------------------------------------------------------

    def edit(self, named: str, comment: str) -> int:
        """Have an entry's file, or a draft, changed in somebody's editor."""
        number, noted = _number(named), _noted(comment)
        editor = editor_of(os.environ)
        telling = self._telling(begins=number is None)
        if number is None:
            text = text_of(self._file(named))
            return by_hand(
                self._settings,
                editor,
                text,
                named,
                lambda now: telling.proposal(Proposal(now, was=text, note=noted)),
            )
        draft = self._draft(number)
        if draft.state is not DraftState.QUEUED:
            why = f"draft {number} is {draft.state.value}: only one that waits for a review can be changed"
            raise Stop(NOT_FOUND, why)
        return by_hand(
            self._settings,
            editor,
            draft.now or blank(self._settings, draft.entry, ""),
            draft.entry,
            lambda now: telling.proposal(Proposal(now, note=noted, number=number)),
        )

    def add(self, file: Path | None, name: str, section: str, comment: str) -> int:
        """Draft a new entry: of a file, or in somebody's editor."""
        if name and (why := why_no_id(name)):
            raise Stop(WRONG_USE, visible(f"--id `{name}`: {why}"))
        noted = _noted(comment)
        telling = self._telling(begins=True)

        def hand_over(now: str) -> int:
            return telling.proposal(Proposal(now, note=noted))

        if file is not None:
            return from_file(self._settings, file, name, section, hand_over)
        editor = editor_of(os.environ)
        return by_hand(self._settings, editor, blank(self._settings, name, section), name, hand_over)

    # --- inside -------------------------------------------------------------------------------------------

    def _telling(self, *, begins: bool = False) -> Telling:
        return Telling(self._config, self._settings, begins=begins, as_json=self._as_json)

    def _drafts(self) -> tuple[Draft, ...]:
        try:
            return drafts_in(self._settings.database_url)
        except StoreError as error:
            raise Stop(FAILED, str(error)) from error

    def _draft(self, number: int) -> Draft:
        found = next((each for each in self._drafts() if each.number == number), None)
        if found is None:
            raise Stop(
                NOT_FOUND, f"there is no draft {number}: `pkgdesk kb drafts --all` lists all there are"
            )
        return found

    def _file(self, name: str) -> Path:
        found = file_of(self._settings.knowledge, name)
        if found is None:
            near = nearest(name, names_in(self._settings.knowledge))
            hint = f", did you mean `{near}`?" if near else f" in {self._settings.knowledge}"
            raise Stop(NOT_FOUND, visible(f"there is no entry `{name}`{hint}"))
        return found


def wanted(number: str) -> int:
    """The number of a draft that was named. Stop where it is none."""
    found = _number(number)
    if found is None:
        raise Stop(WRONG_USE, visible(f"`{number}` is no number of a draft: `pkgdesk kb drafts` lists them"))
    return found


def _number(named: str) -> int | None:
    found = _NUMBER.fullmatch(named)
    return int(found[1]) if found else None


def _noted(text: str) -> str:
    said = " ".join(text.split())
    if len(said) > _MOST_NOTED:
        raise Stop(WRONG_USE, f"--note has {len(said)} characters, and may have {_MOST_NOTED}")
    return said
