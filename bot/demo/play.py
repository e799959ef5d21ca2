"""The demo to play in: three developers who react, the desk, and the person at the terminal as a packager.

On a terminal the line being typed stays apart from what scrolls by, with history and completion of nicks and
command words. Elsewhere each line of standard input is said when the channel has fallen quiet, and the end of
input ends the demo. The channel is open to other IRC clients meanwhile: how to join is printed first.
"""

import asyncio
import contextlib
import os
import shutil
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.shortcuts import print_formatted_text

from bot.demo.actor import CHANNEL, DESK, Actor, SceneFailed
from bot.demo.developers import Developer
from bot.demo.scene import ACCOUNTS, HOST, Scene, until_told_to_end
from bot.demo.transcript import Transcript
from bot.desk.commands import COMMANDS, Bare

YOU = "alice"
DELAYS = {
    "ping_after": "3s",
    "patience": "15s",
    "ack_patience": "40s",
    "quiet": "4s",
    "settle": "1s",
    "offer_lapses": "2m",
}
"""What is shorter than for people who have other things to do."""

_QUIET = 1.5
_QUIET_WITHIN = 15.0

_TRY = (
    ("known", "the build clones qemu, is there another way?"),
    ("unknown", "xenstored dies in tools/xenstored/talloc.c on armhf"),
    ("vague", "which firmware should I package?"),
)

Words = AsyncIterator[str]


def play(state: Path | None = None, port: int = 0, *, colour: bool = False) -> int:
    """Play until `/quit`, the end of input, or Ctrl-C; the exit code. `state` and `port` as of the story."""
    return until_told_to_end(_play(state, port, colour))


async def _play(state: Path | None, port: int, colour: bool) -> int:
    typed = sys.stdin.isatty() and sys.stdout.isatty()
    transcript = Transcript(
        _above_the_prompt if typed else _print,
        colour=colour,
        width=(lambda: shutil.get_terminal_size().columns) if typed else None,
        now=lambda: datetime.now().astimezone(),
    )
    table = _Table(transcript)
    try:
        async with Scene(state=state, port=port, delays=DELAYS, report=table.told) as scene:
            try:
                _welcome(transcript, scene.port)
                you = await table.sit_down(scene)
                with patch_stdout(raw=True) if typed else contextlib.nullcontext():
                    await table.play(you, _typed(table) if typed else _piped(table))
            finally:
                table.clear()
    except SceneFailed as failure:
        transcript.bad(str(failure))
        return 1
    return 0


class _Table:
    """Who sits in the channel, and what they are about to say."""

    def __init__(self, transcript: Transcript) -> None:
        self.nicks: dict[str, None] = {DESK: None}
        self._transcript = transcript
        self._developers = {name: Developer(name) for name in ("bob", "carol", "dave")}
        self._actors: dict[str, Actor] = {}
        self._talk: set[asyncio.Task[None]] = set()
        self._heard = asyncio.Event()

    async def sit_down(self, scene: Scene) -> Actor:
        """Everybody comes in, the desk last; you."""
        names = (YOU, *self._developers)
        for actor in await asyncio.gather(*(scene.enter(name) for name in names)):
            self._actors[actor.name] = actor
        await scene.open_desk()
        return self._actors[YOU]

    async def play(self, you: Actor, words: Words) -> None:
        """Until there are no more words of yours."""
        async for line in words:
            match line.split(maxsplit=2):
                case []:
                    continue
                case ["/quit" | "/exit" | "/q", *_]:
                    return
                case ["/msg" | "/query", to, what]:
                    you.say(what, where=to)
                case [word, *_] if word.startswith("/"):
                    self._transcript.note("here there are only /msg NICK WORDS and /quit")
                case _:
                    you.say(line)

    async def quiet(self) -> None:
        """Until nothing was said for a moment."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_QUIET_WITHIN):
                while await self._something_said():
                    pass

    def clear(self) -> None:
        """Nobody says anything any more."""
        for talk in self._talk:
            talk.cancel()

    def told(self, player: str, report: dict[str, Any]) -> None:
        """What a player's client tells: yours is what is printed, a developer's what they react to."""
        if player == YOU:
            self._show(report)
        elif report["tell"] == "heard" and player in self._developers:
            for utterance in self._developers[player].hears(report["who"], report["what"]):
                task = asyncio.get_running_loop().create_task(
                    self._say_later(player, utterance.after, utterance.text)
                )
                self._talk.add(task)
                task.add_done_callback(self._talk.discard)

    async def _something_said(self) -> bool:
        self._heard.clear()
        try:
            await asyncio.wait_for(self._heard.wait(), _QUIET)
        except TimeoutError:
            return False
        return True

    async def _say_later(self, who: str, after: float, what: str) -> None:
        await asyncio.sleep(after)
        with contextlib.suppress(SceneFailed):
            self._actors[who].say(what)

    def _show(self, report: dict[str, Any]) -> None:
        match report:
            case {"tell": "heard", "who": who, "where": where, "what": what}:
                self._transcript.said(who, what, to=None if where == CHANNEL else YOU)
                self._heard.set()
            case {"tell": "said", "where": where, "what": what}:
                self._transcript.said(YOU, what, to=None if where == CHANNEL else where)
                self._heard.set()
            case {"tell": "joined", "who": who}:
                self.nicks[who] = None
                self._transcript.came(who)
            case {"tell": "gone", "who": who, "what": why}:
                self.nicks.pop(who, None)
                self._transcript.left(who, why)
            case {"tell": "trouble", "what": what}:
                self._transcript.stage(what)


def _welcome(transcript: Transcript, port: int) -> None:
    """Made to fit 80 columns."""
    transcript.heading(f"{CHANNEL} on {HOST}:{port}")
    transcript.note(f"You are {YOU}, a packager. {DESK} is the desk; bob, carol, dave are developers.")
    transcript.heading("Try")
    for what, question in _TRY:
        transcript.note(f"  {what:<9}{DESK}: {question}")
    transcript.note(
        f"and then `more`, `yes`, `not it`, `1`; `{DESK}: help` lists the rest.\n"
        f"/msg {DESK} WORDS says it privately, Tab completes, /quit or Ctrl-D ends."
    )
    transcript.heading("Join with your own client, too")
    transcript.note(
        f"  irssi        irssi -c {HOST} -p {port} -n erin\n"
        f"  WeeChat      /server add demo {HOST}/{port} -notls -nicks=erin\n"
        f"               /connect demo\n"
        f"  and there    /msg NickServ IDENTIFY erin erin\n"
        f"               /join {CHANNEL}\n"
        f"  accounts     {', '.join(ACCOUNTS)}: the password is the name;\n"
        f"               as bob, carol or dave it is you who is pinged"
    )
    transcript.note("")


# --- what you say ---------------------------------------------------------------------------------------


class _Completer(Completer):
    """Nicks at the start of a line; words of the desk behind its name, and such as count without it."""

    def __init__(self, nicks: Callable[[], Iterable[str]]) -> None:
        self._nicks = nicks

    def get_completions(self, document: Document, _: CompleteEvent) -> Iterable[Completion]:
        before = document.text_before_cursor
        start, addressed, words = before.rpartition(f"{DESK}: ")
        if addressed and not start:
            wanted, known = words, [f"{path} " for path in COMMANDS]
        else:
            wanted = before
            known = [f"{nick}: " for nick in self._nicks()]
            known += [path for path, command in COMMANDS.items() if command.bare is Bare.PROMPTED]
            known += ["/msg ", "/quit"]
        for each in known:
            if each.casefold().startswith(wanted.casefold()):
                yield Completion(each, -len(wanted))


async def _typed(table: _Table) -> Words:
    """The lines typed at the terminal, until Ctrl-C or Ctrl-D."""
    session: PromptSession[str] = PromptSession(
        f"{YOU}> ",
        completer=_Completer(lambda: [nick for nick in table.nicks if nick != YOU]),
        complete_while_typing=False,
        erase_when_done=True,
    )
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            yield await session.prompt_async()


async def _piped(table: _Table) -> Words:
    """The lines of standard input, each when it has been quiet for a moment, and a last quiet moment."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def put(line: str | None) -> None:
        # The demo may be over before its input is.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lines.put_nowait, line)

    # Not through `sys.stdin`: a thread that waits in it with its lock held breaks the end of the process.
    threading.Thread(target=_read, args=(sys.stdin.fileno(), put), daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line
        await table.quiet()


def _read(descriptor: int, put: Callable[[str | None], None]) -> None:
    rest = b""
    while data := os.read(descriptor, 2**16):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            put(line.decode("utf-8", "replace"))
    if rest:
        put(rest.decode("utf-8", "replace"))
    put(None)


# --- where it is printed --------------------------------------------------------------------------------


def _print(text: str) -> None:
    print(text, flush=True)


def _above_the_prompt(text: str) -> None:
    print_formatted_text(ANSI(text))
