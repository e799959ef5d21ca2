"""Saying something to the desk for an editor, and telling what came of it, for people or for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path

from bot.command_line import FAILED, NOT_FOUND, OK, WRONG_USE, Stop, note
from bot.config import SQLITE, Settings
from bot.ctl.client import Answer, Proposal, Said, Session
from bot.ctl.reaching import exit_of, not_talking, session_with, show
from bot.editing.queue import draft_data, drafts_in
from bot.screen import console
from bot.store.errors import StoreError
from bot.unix_socket import NobodyListens, SocketError
from knowledge.drafts import Draft, DraftState

WITHIN = 600.0
"""Seconds that an answer may take: what is published may have to be pulled and pushed."""

_MOST_WORDS = 2000
"""Characters of a command that the desk looks at."""


class Telling:
    """One editor's words, to the desk of a configuration or to the one behind `socket`. `begins`: whether a
    database is made where no desk has run yet."""

    def __init__(self, config: Path, settings: Settings, *, begins: bool, as_json: bool) -> None:
        self._session: Session = session_with(config, None, WITHIN, begins=begins)
        self._settings = settings
        self._begins = begins
        self._as_json = as_json

    def words(self, *words: str, numbers: Iterable[int] = (), meanwhile: str = "") -> int:
        """Say a command; the exit code. `numbers`: the drafts that it is about. `meanwhile`: where these are
        to be published or taken out, what is told on a terminal until that is done."""
        said = " ".join(" ".join(words).split())
        if len(said) > _MOST_WORDS:
            raise Stop(
                WRONG_USE,
                f"that has {len(said)} characters, and of a command the desk reads {_MOST_WORDS}: write it "
                "in your editor, with `pkgdesk kb edit` or `pkgdesk kb add`",
            )
        return self._say(said, frozenset(numbers), meanwhile)

    def proposal(self, proposal: Proposal) -> int:
        """Hand a whole file over; the exit code."""
        numbers = frozenset() if proposal.number is None else frozenset({proposal.number})
        return self._say(proposal, numbers, "")

    def _say(self, said: Said, numbers: frozenset[int], meanwhile: str) -> int:
        before = self._drafts() if self._as_json and not numbers else {}
        try:
            with _waiting(meanwhile):
                answer = self._session.say(said)
        except SocketError as error:
            if isinstance(error, NobodyListens) and not self._begins and not self._there():
                raise Stop(NOT_FOUND, "there are no drafts yet: no desk has run here") from error
            raise not_talking(error) from error
        code = exit_of(answer)
        about: list[Draft] = []
        if self._as_json or (code == OK and meanwhile):
            after = self._drafts()
            about = [
                each
                for each in after.values()
                if (each.number in numbers if numbers else _moved(each, before))
            ]
        if self._as_json:
            print(json.dumps(_data(said, answer, about), ensure_ascii=False))
        else:
            show(answer)
        return _outcome(code, about, numbers) if meanwhile else code

    def _there(self) -> bool:
        url = self._settings.database_url
        return not url.startswith(SQLITE) or Path(url.removeprefix(SQLITE)).exists()

    def _drafts(self) -> dict[int, Draft]:
        try:
            return {each.number: each for each in drafts_in(self._settings.database_url)}
        except StoreError as error:
            note(f"what became of it is not known: {error}")
            return {}


def _moved(draft: Draft, before: Mapping[int, Draft]) -> bool:
    old = before.get(draft.number)
    return old is None or old.revision != draft.revision


def _outcome(code: int, about: Sequence[Draft], numbers: frozenset[int]) -> int:
    """The exit code once it is known how the drafts stand that were to be published or taken out: those of
    `numbers` that there are, or none where that could not be read."""
    missing = bool(about) and len(about) < len(numbers)
    states = {each.state for each in about}
    if under_way := [each.number for each in about if each.state.under_way]:
        several = ", ".join(map(str, under_way))
        note(f"draft {several} is under way yet: `pkgdesk kb show {under_way[0]}` says how it stands")
        return FAILED
    done = states <= {DraftState.PUBLISHED, DraftState.REVERTED}
    return code if code != OK or (done and not missing) else NOT_FOUND


def _data(said: Said, answer: Answer, about: Iterable[Draft]) -> dict[str, object]:
    words = said if isinstance(said, str) else {"propose": asdict(said)}
    drafts = [draft_data(each) for each in about]
    return {"said": words, "lines": answer.lines, "end": answer.end, "drafts": drafts}


def _waiting(meanwhile: str) -> AbstractContextManager[object]:
    screen = console(stderr=True)
    return screen.status(meanwhile) if meanwhile and screen.is_terminal else nullcontext()
