"""Another desk takes the database over while the first one stands still: what that one had begun to say is
said once, and it says nothing more when it goes on. Only a database on a server can be taken from a process
that is stopped and not dead; a file's lock goes with the process alone."""

import asyncio
import json
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import nursery
import pytest
from matrix_gate import Gate, Point, Step
from matrix_town import Person, Town
from store_databases import loses_its_connections

pytestmark = pytest.mark.crash

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "bot" / "demo"
WITHIN = 30.0
"""Seconds that anything may take on a machine that has much else to do."""

RUNNING = 4
"""The exit code of whoever finds the database in other hands."""

ENTRY = """\
id: system-qemu
phrasings:
  - How do I build the tools without cloning QEMU?
answers:
  - short: "Configure with `--with-system-qemu`; nothing is fetched then."
    source: https://example.org/INSTALL
verified: {on: 2026-10-01, by: bob, for: "4.20"}
"""
ASKED = "how do I build the tools without cloning QEMU, case {}?"
ANSWER = "with-system-qemu"


class Desk:
    """A desk at `url`, with everything else like the others'."""

    def __init__(self, folder: Path, name: str, url: str, settings: dict[str, object], token: str) -> None:
        self.log = folder / f"{name}.log"
        self._config = folder / f"{name}.yaml"
        network = {"type": "matrix", "homeserver": url, "login": {"token_env": "PKGDESK_TOKEN"}, **settings}
        network |= {"encryption": False, "times": {"reconnect": "1s", "reconnect_most": "1s"}}
        written = {
            "networks": {"matrix": network},
            "knowledge": str(folder / "base"),
            "map": str(DEMO / "map.yaml"),
            "database": (folder / "database").read_text(),
            "control": {"socket": "none"},
            "desk": {"bots_answer": "0s"},
        }
        # What JSON writes, YAML reads.
        self._config.write_text(json.dumps(written), "utf-8")
        self._environ = {**os.environ, "PKGDESK_TOKEN": token}
        self.process: nursery.WaitedFor

    async def start(self) -> None:
        with self.log.open("wb") as log:
            self.process = nursery.started(
                *("run", "--config", str(self._config)),
                stderr=log.fileno(),
                cwd=ROOT,
                env=self._environ,
                kind=nursery.WaitedFor,
            )

    def signal(self, number: signal.Signals) -> None:
        if self.process.returncode is None:
            self.process.send_signal(number)

    async def ended(self) -> int:
        return await asyncio.wait_for(self.process.wait(), WITHIN)

    async def killed(self) -> None:
        if hasattr(self, "process"):
            self.signal(signal.SIGKILL)
            await self.process.wait()


async def test_who_stood_still_while_another_took_over_says_nothing_twice(
    town: Town, server_url: str, tmp_path: Path
) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "system-qemu.yaml").write_text(ENTRY, "utf-8")
    (tmp_path / "database").write_text(server_url)
    account, alice = await town.account("pkgdesk"), await town.person("alice")
    room = await alice.create_room(account.user)
    settings: dict[str, object] = {"user": account.user, "rooms": [room]}
    async with AsyncExitStack() as stack:
        gate = await stack.enter_async_context(Gate(town.server.url))
        first, second = (
            Desk(tmp_path, name, url, settings, account.token)
            for name, url in (("first", gate.url), ("second", town.server.url))
        )
        for each in (first, second):
            stack.push_async_callback(each.killed)

        async def asks(number: int) -> str:
            question: str = await alice.say(room, f"{account.user}: {ASKED.format(number)}")
            return question

        await first.start()
        await alice.meets(
            lambda event: (
                event.get("state_key") == account.user and event["content"].get("membership") == "join"
            ),
            within=WITHIN,
        )
        # It stands still with one answer under way, and a question that it has not heard.
        gate.watches((Point(f"{room}/send/", Step.ASKED),), lambda: first.signal(signal.SIGSTOP))
        questions = [await asks(1)]
        async with asyncio.timeout(WITHIN):
            await gate.is_reached()
        questions.append(await asks(2))
        await asyncio.to_thread(loses_its_connections, server_url)
        await second.start()
        await _are_answered(alice, room, questions)

        first.signal(signal.SIGCONT)
        assert await first.ended() == RUNNING
        assert "another desk" in first.log.read_text().splitlines()[-1]
        questions.append(await asks(3))
        await _are_answered(alice, room, questions)
        second.signal(signal.SIGTERM)
        assert await second.ended() == 0
        assert await _answers(alice, room) == sorted(questions)


async def _are_answered(alice: Person, room: str, questions: list[str]) -> None:
    for question in questions:
        await alice.meets(lambda event, to=question: _answered(event) == to, within=WITHIN)


async def _answers(alice: Person, room: str) -> list[str]:
    """Which questions were answered, as the homeserver has the room."""
    found = [_answered(event) for event in await alice.history(room)]
    return sorted(each for each in found if each is not None)


def _answered(event: dict[str, object]) -> str | None:
    """The question that an event answers."""
    content = event["content"]
    assert isinstance(content, dict)
    if ANSWER not in content.get("body", ""):
        return None
    return str(content.get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id"))
