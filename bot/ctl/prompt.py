"""`pkgdesk ctl` on a terminal: a prompt with history, and completion of the desk's commands.

Library: prompt_toolkit. Imports of ours: none; what is said goes to whoever called.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

LEAVE = frozenset({"quit", "exit", "bye"})


class _Commands(Completer):
    """Completes the words that a command begins with; what follows is the operator's."""

    def __init__(self, meanings: Mapping[str, str]) -> None:
        self._meanings = meanings

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002 (prompt_toolkit calls it so)
        typed = document.text_before_cursor.lstrip().casefold()
        for name, meaning in self._meanings.items():
            if name.startswith(typed) and name != typed:
                yield Completion(name, start_position=-len(typed), display_meta=meaning)


def converse(meanings: Mapping[str, str], say: Callable[[str], object]) -> None:
    """Ask for one command after the other until somebody leaves, and have `say` say it. `meanings`: every
    name of a command, with what it does."""
    names = {**meanings, "quit": "leaves; the desk runs on"}
    session: PromptSession[str] = PromptSession(
        history=_history(), completer=_Commands(names), complete_while_typing=False
    )
    while True:
        try:
            words = session.prompt("desk> ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if words in LEAVE:
            return
        if words:
            say(words)


def _history() -> History:
    """What was typed before, kept for its user alone."""
    folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "pkgdesk"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = folder / "ctl-history"
        os.close(os.open(kept, os.O_RDWR | os.O_CREAT, 0o600))
    except (OSError, RuntimeError):  # a home that cannot be written, or none
        return InMemoryHistory()
    return FileHistory(str(kept))
