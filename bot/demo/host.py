"""The host of the demo, who does what is typed: most of it is said in the channel, the rest is ordered with a
slash (`bot.demo.orders`).
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

from bot.demo import orders
from bot.demo.actor import CHANNEL, DESK, SceneFailed
from bot.demo.colours import Colours
from bot.demo.completion import Known
from bot.demo.orders import ORDERS
from bot.demo.place import ACCOUNTS
from bot.demo.records import Reader, Records
from bot.demo.scene import Scene
from bot.demo.table import DEVELOPERS, YOU, Table
from bot.demo.terminal import Bar
from bot.demo.transcript import Transcript
from bot.desk.addressing import address
from bot.desk.fitting import cut
from bot.desk.model import Role
from bot.store.errors import StoreError

Words = AsyncIterator[str]

_SILENCE = 4.0
"""Seconds after which something that nobody reacted to was perhaps said to nobody."""

_WORDS_OF_A_QUESTION = 4
_CONSULTS_WITHIN = 60.0
_ADVICE = ("/help", "/why", "Tab completes")


class Host:
    """`table` must sit down at a scene before the play. `columns`: of what is printed; `changed`: is called
    when what the bar says is other than before."""

    def __init__(
        self,
        table: Table,
        transcript: Transcript,
        *,
        columns: Callable[[], int],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._table = table
        self._transcript = transcript
        self._columns = columns
        self._changed = changed
        self._records = Records()
        self._told: dict[int, int] = {}
        self._reasons_shown = False
        self._hinted = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def play(self, scene: Scene, reader: Reader, words: Words) -> None:
        """Until there are no more words, or one of them is /quit."""
        self._scene, self._reader = scene, reader
        await self._look()
        self._told = {number: len(reasons) for number, reasons in self._records.reasons.items()}
        self._start(self._watch())
        self._start(self._wait_for_the_end())
        try:
            async for line in words:
                try:
                    if not await self._take(line):
                        return
                except SceneFailed as failure:
                    self._transcript.stage(str(failure))
        finally:
            for task in self._tasks:
                task.cancel()

    def known(self) -> Known:
        """What Tab can complete."""
        return Known(
            people={nick: self._what(nick) for nick in self._others()},
            roles=self._table.roles,
            questions=self._records.texts,
            drafts=self._records.drafts,
            expected=self._records.expected,
            role=self._table.role,
        )

    def bar(self) -> Bar:
        if self._table.away:
            return Bar(f"{self._table.you} has left {CHANNEL}", advice=("/back brings you back",))
        return Bar(CHANNEL, self._others(), self._records.expected, _ADVICE)

    def _others(self) -> list[str]:
        """Those who are there beside you, the desk first."""
        others = [nick for nick in self._table.there if nick != self._table.you]
        return sorted(others, key=lambda nick: nick != DESK)

    def _what(self, nick: str) -> str:
        return "the desk" if nick == DESK else self._table.roles.get(nick, "")

    async def _take(self, line: str) -> bool:
        """Whether it goes on after what was typed."""
        ordered = orders.read(line)
        if ordered is None:
            self._say(line.lstrip("\n"))
            return True
        if ordered.wrong:
            self._transcript.aside(ordered.wrong)
            return True
        if ordered.name == "quit":
            return False
        await _DOINGS[ordered.name](self, ordered.argument)
        return True

    # --- what is said ----------------------------------------------------------------------------------

    def _say(self, text: str, *, to: str | None = None) -> None:
        if not text.strip():
            return
        if self._table.away:
            self._transcript.aside(f"{self._table.you} is not in {CHANNEL}: /back first.")
            return
        if left_out := self._table.say(text, to=to):
            self._transcript.aside(f"{left_out} more lines were not said: that is too much for a channel.")
        if to is None:
            self._start(self._hint(text))

    async def _hint(self, text: str) -> None:
        """Once, to one who asks the air: whom to ask."""
        addressed = address(text.strip())[0] is not None or text.startswith("!")
        if self._hinted or addressed or len(text.split()) < _WORDS_OF_A_QUESTION or self._records.expected:
            return
        await self._table.spoken(1.0)  # your own words
        if not await self._table.spoken(_SILENCE) and not self._hinted:
            self._hinted = True
            self._transcript.aside(
                f"(Nobody was asked. To ask the desk begin with `{DESK}: `; Tab writes it for you.)"
            )

    async def _message(self, argument: str) -> None:
        to, _, what = argument.partition(" ")
        if what.strip():
            self._say(what, to=to)
        else:
            self._transcript.aside(f"usage: {ORDERS['msg'].usage} — {ORDERS['msg'].meaning}")

    # --- the desk's reasons ----------------------------------------------------------------------------

    async def _why(self, argument: str) -> None:
        wanted = argument.lstrip("#")
        if wanted and not wanted.isdecimal():
            self._transcript.aside(f"usage: {ORDERS['why'].usage} — {ORDERS['why'].meaning}")
            return
        await self._look(int(wanted) if wanted else None)
        number = int(wanted) if wanted else self._records.newest
        if number is None or number not in self._records.texts:
            said = "nothing was asked yet." if number is None else f"there is no question #{number}."
            self._transcript.aside(said)
            return
        self._transcript.aside(f"“{cut(self._records.texts[number], 120)}”", head=f"why #{number}: ")
        for reason in self._records.reasons.get(number, ("nothing was decided yet",)):
            self._transcript.aside(reason, head="· ")

    async def _show_reasons(self, argument: str) -> None:
        if argument not in ("", "on", "off"):
            self._transcript.aside(f"usage: {ORDERS['reasons'].usage} — {ORDERS['reasons'].meaning}")
            return
        self._reasons_shown = argument == "on" or (not argument and not self._reasons_shown)
        how = "are shown from now on; /reasons hides them" if self._reasons_shown else "are hidden; /why asks"
        self._transcript.aside(f"The desk's reasons {how}.")

    async def _watch(self) -> None:
        """Each time the desk has spoken, look what it has written down."""
        while True:
            await self._table.desk_spoke.wait()
            self._table.desk_spoke.clear()
            await self._look()
            for number, reasons in sorted(self._records.reasons.items()):
                fresh = reasons[self._told.get(number, 0) :]
                self._told[number] = len(reasons)
                for reason in fresh if self._reasons_shown else ():
                    self._transcript.aside(reason, head=f"#{number} ")

    async def _look(self, number: int | None = None) -> None:
        try:
            self._records = await self._reader.read(self._scene.place.account(self._table.you), number)
        except StoreError as error:
            self._transcript.aside(str(error))
        self._changed()

    # --- what would be said -----------------------------------------------------------------------------

    async def _ask(self, argument: str) -> None:
        await self._command("ask", "--explain", "--", argument)

    async def _route(self, argument: str) -> None:
        await self._command("route", "--", argument)

    async def _command(self, *arguments: str) -> None:
        """What `pkgdesk …` prints about the demo's configuration."""
        paint = {"FORCE_COLOR": "1"} if self._transcript.palette.colours is not Colours.NONE else {}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.cli", arguments[0], "--config", str(self._scene.configuration)),
            *arguments[1:],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "COLUMNS": str(self._columns()), **paint},
            process_group=0,
        )
        try:
            printed, _ = await asyncio.wait_for(process.communicate(), _CONSULTS_WITHIN)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        for line in printed.decode("utf-8", "replace").rstrip().splitlines():
            self._transcript.note(line)

    # --- who one is -------------------------------------------------------------------------------------

    async def _be(self, argument: str) -> None:
        name = argument.casefold()
        roles = self._table.roles
        if name not in roles:
            self._transcript.aside(f"You can be {', '.join(roles)}: /be {next(iter(DEVELOPERS))}, for one.")
            return
        self._table.become(name)
        await self._look()
        how = "" if name == YOU else f" What {name} says is up to you; /be {YOU} leads back."
        self._transcript.aside(f"You are {name}, {roles[name]}, now.{how}")
        if self._table.role >= Role.EDITOR and self._records.drafts:
            count = len(self._records.drafts)
            wait = f"{count} drafts wait" if count > 1 else "A draft waits"
            self._transcript.aside(f"{wait} for a review: /msg {DESK} kb drafts.")

    async def _leave(self, argument: str) -> None:
        if not self._table.away:
            await self._table.leave(argument or "back later")
        self._changed()

    async def _back(self, _: str) -> None:
        if self._table.away:
            await self._table.come_back()
        self._changed()

    async def _who(self, _: str) -> None:
        for nick in self._table.there:
            what = f"you, {self._table.roles[nick]}" if nick == self._table.you else self._what(nick)
            self._transcript.aside(what or "a guest", head=f"{nick:<10}")

    async def _join(self, _: str) -> None:
        for line in (
            *self._scene.place.doors(),
            f"accounts   {', '.join(ACCOUNTS)}: the password is the name",
        ):
            self._transcript.note(f"  {line}")

    async def _help(self, _: str) -> None:
        widest = max(len(order.usage) for order in ORDERS.values())
        for order in ORDERS.values():
            self._transcript.aside(order.meaning, head=f"{order.usage:<{widest}}  ")
        self._transcript.aside(f"All else is said in {CHANNEL}; `{DESK}: help` asks the desk what it can do.")
        editor = next(name for name, role in DEVELOPERS.items() if role >= Role.EDITOR)
        self._transcript.aside(
            f"An answer that is confirmed becomes a draft for the knowledge base, which {editor} reviews: "
            f"/be {editor}, then /msg {DESK} kb drafts, kb show 1, kb publish 1."
        )

    # --- meanwhile --------------------------------------------------------------------------------------

    def _start(self, doing: Awaitable[None]) -> None:
        task = asyncio.ensure_future(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wait_for_the_end(self) -> None:
        """Of the desk, which should not come before that of the demo."""
        if self._scene.desk is not None:
            await self._scene.desk.wait()
            self._transcript.stage(f"the desk has ended; {self._scene.last_words()}")


_DOINGS: dict[str, Callable[[Host, str], Awaitable[None]]] = {
    "why": Host._why,
    "reasons": Host._show_reasons,
    "ask": Host._ask,
    "route": Host._route,
    "be": Host._be,
    "msg": Host._message,
    "leave": Host._leave,
    "back": Host._back,
    "who": Host._who,
    "join": Host._join,
    "help": Host._help,
}
