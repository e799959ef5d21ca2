"""The console on standard input and output, as a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ECHO = """
import asyncio
from datetime import UTC, datetime
from bot.desk.events import Heard
from bot.desk.model import Line, Purpose
from bot.transports.console import ConsoleTransport, standard_streams

async def main():
    console = ConsoleTransport(*standard_streams(), account="you", clock=lambda: datetime.now(UTC), boot="b")
    async def inbox(event):
        if isinstance(event, Heard) and not event.own:
            await console.send(Line(event.venue, "you said " + event.text, Purpose.REPLY), None, ())
    await console.run(inbox)

asyncio.run(main())
"""
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("from_file", [False, True])
def test_it_reads_what_is_typed_and_ends_with_the_input(from_file: bool, tmp_path: Path) -> None:
    typed = "hello\nnaïve \x1b[2J\n\nlast".encode() + b"\n"
    path = tmp_path / "typed"
    path.write_bytes(typed)
    with path.open("rb") as file:
        given = {"stdin": file} if from_file else {"input": typed}
        done = subprocess.run(
            [sys.executable, "-c", ECHO], cwd=ROOT, stdout=subprocess.PIPE, timeout=20, check=True, **given
        )
    assert done.stdout.decode().splitlines() == [
        "pkgdesk> you said hello",
        "pkgdesk> you said naïve [2J",
        "pkgdesk> you said last",
    ]
