"""The demo to play in: three developers who react, the desk, and the person at the terminal as a packager.

On a terminal the line being typed stays apart from what scrolls by (`bot.demo.terminal`). On one that cannot
move its cursor each line that is entered is said at once. Elsewhere each line of standard input is said when
the channel has fallen quiet, and the end of input ends the demo.
"""

import asyncio
import contextlib
import os
import shutil
import sys
import threading
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from pathlib import Path

from bot.demo.actor import CHANNEL, DESK, SceneFailed
from bot.demo.breaking_off import until_told_to_end
from bot.demo.colours import Colours, steerable
from bot.demo.completion import ChatCompleter
from bot.demo.host import Host
from bot.demo.place import HOST, Place
from bot.demo.records import Reader
from bot.demo.scene import NETWORK, Scene
from bot.demo.table import DEVELOPERS, YOU, Table
from bot.demo.terminal import Terminal
from bot.demo.transcript import Transcript
from bot.store.errors import StoreError

DELAYS = {
    "bots_answer": "0s",  # the others of the play are fast
    "ping_after": "3s",
    "patience": "20s",
    "ack_patience": "60s",
    "quiet": "4s",
    "settle": "1s",
    "offer_lapses": "2m",
}
"""What is shorter than for people who have other things to do."""

_HISTORY = "history"
_TRY = (
    (f"{DESK}: the build clones qemu, is there another way?", "known"),
    (f"{DESK}: xenstored dies in tools/xenstored/talloc.c on armhf", "unknown"),
    (f"{DESK}: which firmware should I package?", "vague"),
)


def play(place: Place, state: Path | None = None, *, colours: Colours = Colours.NONE) -> int:
    """Play until `/quit`, the end of input, or Ctrl-C; the exit code. `place` and `state` as of the story;
    what was typed is kept in `state`, too. SceneFailed where the scene cannot be set."""
    return until_told_to_end(_play(place, state, colours))


async def _play(place: Place, state: Path | None, colours: Colours) -> int:
    table = Table()
    terminal: Terminal | None = None
    transcript = Transcript(
        lambda text: terminal.write(text) if terminal else print(text, flush=True),
        colours=colours,
        width=_columns if sys.stdout.isatty() else None,
        now=lambda: datetime.now().astimezone(),
        you=table.yours,
    )
    table.listen(transcript)
    host = Host(
        table,
        transcript,
        columns=_columns,
        changed=lambda: terminal.refresh() if terminal else None,
    )
    if sys.stdin.isatty() and sys.stdout.isatty() and steerable(os.environ.get("TERM", "")):
        terminal = Terminal(
            colours,
            prompt=lambda: table.you,
            bar=host.bar,
            completer=ChatCompleter(host.known),
            history=None if state is None else state / _HISTORY,
            examples=[question for question, _ in _TRY],
        )
    async with Scene(place=place, state=state, delays=DELAYS, report=table.told) as scene:
        _welcome(transcript, place.port, terminal is not None)
        if scene.remark:
            transcript.paragraph(scene.remark)
        try:
            await table.sit_down(scene)
            transcript.came(*DEVELOPERS, DESK)
            await _talk(host, scene, terminal.lines() if terminal else _entered(table))
        finally:
            table.clear()
    return 0


async def _talk(host: Host, scene: Scene, words: AsyncGenerator[str]) -> None:
    try:
        reader = await Reader.open(scene.database, NETWORK)
    except StoreError as error:
        raise SceneFailed(str(error)) from error
    try:
        async with contextlib.aclosing(words):
            await host.play(scene, reader, words)
    finally:
        await reader.close()


def _columns() -> int:
    return shutil.get_terminal_size().columns


def _welcome(transcript: Transcript, port: int, typed: bool) -> None:
    """Made so that with the first answer it fits 24 rows of 80 columns."""
    transcript.heading(f"{CHANNEL} on {HOST}:{port}, and nowhere else")
    transcript.paragraph(
        f"You are {YOU}, a packager. {DESK} is the desk; {', '.join(DEVELOPERS)} are developers "
        "who react by themselves."
    )
    transcript.heading("Try one of these" + (" (the arrow-up key brings them)" if typed else ""))
    widest = max(len(question) for question, _ in _TRY)
    for question, what in _TRY:
        transcript.paragraph(f"  {question:<{widest}}  {what}", hang=4)
    transcript.paragraph("and then answer: more, yes, not it, 1")
    transcript.note("")
    transcript.paragraph(
        "/why tells the desk's reasons; /be bob lets you answer; /join lets you come in "
        "with a client of your own; /help lists the rest; Ctrl-D ends."
    )
    transcript.note("")


async def _entered(table: Table) -> AsyncGenerator[str]:
    """The lines of standard input. Those of a program come each when it has been quiet for a moment, with
    a last quiet moment."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    hurried = not sys.stdin.isatty()

    def put(line: str | None) -> None:
        # The demo may be over before its input is.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lines.put_nowait, line)

    # Not through `sys.stdin`: a thread that waits in it with its lock held breaks the end of the process.
    threading.Thread(target=_read, args=(sys.stdin.fileno(), put), daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line
        if hurried and line.strip():
            await table.quiet()


def _read(descriptor: int, put: Callable[[str | None], None]) -> None:
    rest = b""
    with contextlib.suppress(OSError):  # a terminal that is gone
        while data := os.read(descriptor, 2**16):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                put(line.decode("utf-8", "replace"))
    if rest:
        put(rest.decode("utf-8", "replace"))
    put(None)
