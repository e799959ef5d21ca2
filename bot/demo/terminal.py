"""The terminal that one plays at: the line being typed stays apart from what scrolls by, above a bar that
says where one is and which words count now.

It works where little is known of the terminal: no alternate screen, so that what has scrolled by stays where
the terminal keeps it; no mouse; no question to the terminal, whose answer would come late over a slow line,
or never. A terminal that cannot move its cursor is not for this (`bot.demo.colours.steerable`).
"""

import contextlib
import os
import sys
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import Completer
from prompt_toolkit.filters import has_completions
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.patch_stdout import patch_stdout
from rich.cells import cell_len, set_cell_size

from bot.demo.colours import Colours

_BAR_GAP = " │ "
_MENU_ROWS = 7


@dataclass(frozen=True, slots=True)
class Bar:
    """What the bar below the line says: where, who else is there, which words count, what can be done. What
    does not fit is left out, advice first."""

    where: str
    others: Sequence[str] = ()
    words: Sequence[str] = ()
    advice: Sequence[str] = ()

    def fit(self, columns: int) -> str:
        said = f"say: {', '.join(self.words)}" if self.words else ""
        people = f"{self.where}: {' '.join(self.others)}" if self.others else self.where
        advice = list(self.advice)
        while True:
            text = _BAR_GAP.join(part for part in (people, said, " · ".join(advice)) if part)
            if cell_len(text) <= columns - 2 or not (advice or people != self.where):
                return set_cell_size(f" {text}", max(columns - 1, 1))
            if advice:
                advice.pop()
            else:
                people = self.where


class Terminal:
    """`prompt`, `bar`: what stands before and below the line, asked for whenever it is drawn. `history`: the
    file that keeps what was typed, None to forget it; `examples`: what it begins with, the first one
    nearest."""

    def __init__(
        self,
        colours: Colours,
        *,
        prompt: Callable[[], str],
        bar: Callable[[], Bar],
        completer: Completer,
        history: Path | None,
        examples: Iterable[str],
    ) -> None:
        self._output = _Unasked.from_pty(sys.stdout, term=os.environ.get("TERM"))
        self._output.enable_cpr = False
        self._session: PromptSession[str] = PromptSession(
            lambda: f"{prompt()}> ",
            completer=completer,
            complete_while_typing=False,
            auto_suggest=None if colours is Colours.NONE else AutoSuggestFromHistory(),
            history=_Remembered(history, list(examples)),
            bottom_toolbar=lambda: bar().fit(self.columns),
            reserve_space_for_menu=_MENU_ROWS,
            enable_suspend=True,
            erase_when_done=True,
            key_bindings=_keys(),
            output=self._output,
        )

    @property
    def columns(self) -> int:
        return self._output.get_size().columns

    def write(self, text: str) -> None:
        """Print above the line that is being typed. Not by `print_formatted_text`: that lets the terminal
        echo meanwhile, and what is typed at that moment stays between the lines."""
        app = self._session.app
        if app.is_running:
            app.renderer.erase()
        self._output.write_raw(text.replace("\n", "\r\n") + "\r\n")
        self._output.flush()
        app.invalidate()

    def refresh(self) -> None:
        """What prompt and bar say has changed."""
        self._session.app.invalidate()

    async def lines(self) -> AsyncGenerator[str]:
        """What is typed, until Ctrl-D, or Ctrl-C on an empty line; on another it empties the line."""
        # Raw between the lines, too: what is typed ahead must not be echoed by the system.
        with patch_stdout(raw=True), self._session.input.raw_mode():
            while True:
                try:
                    line = await self._session.prompt_async(handle_sigint=False)
                except KeyboardInterrupt:
                    if self._session.default_buffer.text:
                        continue
                    return
                except EOFError:
                    return
                yield line


def _keys() -> KeyBindings:
    """Beside the usual ones: what leads out of a menu elsewhere does here, too."""
    keys = KeyBindings()

    @keys.add("escape", filter=has_completions, eager=True)
    @keys.add("c-c", filter=has_completions)
    def _close(event: KeyPressEvent) -> None:
        event.current_buffer.cancel_completion()

    return keys


class _Unasked(Vt100_Output):
    """A terminal that is not asked where its cursor is."""

    def get_rows_below_cursor_position(self) -> int:
        """At least the cursor's own; the renderer makes room for more when it needs it."""
        return 1


class _Remembered(History):
    """What was typed, newest first, and behind it the examples."""

    def __init__(self, path: Path | None, examples: list[str]) -> None:
        super().__init__()
        self._kept: History = InMemoryHistory() if path is None else FileHistory(str(path))
        self._examples = examples

    def load_history_strings(self) -> Iterable[str]:
        yield from self._kept.load_history_strings()
        yield from self._examples

    def store_string(self, string: str) -> None:
        # A full disk must not end the talk.
        with contextlib.suppress(OSError):
            self._kept.store_string(string)
