"""The table at which the demo is played: who sits in the channel, and who of them is you.

You are a packager at first, and can speak as one of the developers; as long as you do, that one does not
react by themselves. What all of you can hear is printed.
"""

import asyncio
import contextlib
from collections.abc import Collection, Mapping
from typing import Any

from bot.demo.actor import CHANNEL, DESK, Actor, SceneFailed
from bot.demo.developers import Developer
from bot.demo.listeners import Listeners
from bot.demo.scene import Scene
from bot.demo.transcript import Transcript
from bot.desk.fitting import fit
from bot.desk.model import Role
from bot.transports.plain import unformatted

YOU = "alice"
DEVELOPERS = {"bob": Role.OPERATOR, "carol": Role.EDITOR, "dave": Role.RESPONDER}
"""What they may, by the demo's configuration."""

LINES = 20
"""Of what was pasted at once; a longer log belongs elsewhere than in a channel."""

_LINE_BYTES = 400
_QUIET = 1.5
_QUIET_WITHIN = 15.0


class Table:
    """Who sits there. `transcript` must be made with `you` as its reader."""

    def __init__(self) -> None:
        self.you = YOU
        self.desk_spoke = asyncio.Event()
        """Set whenever the desk has said something that is printed."""
        self._been = {YOU}
        self._gone: set[str] = set()
        self._actors: dict[str, Actor] = {}
        self._developers = {name: Developer(name) for name in DEVELOPERS}
        self._views: dict[str, set[str]] = {name: set() for name in (YOU, *DEVELOPERS)}
        self._talk: dict[asyncio.Task[None], str] = {}
        self._spoken = asyncio.Event()
        self._listeners: Listeners | None = None

    def yours(self) -> Collection[str]:
        """The nicks of the packager and of the one as whom you speak: what reaches them reaches you."""
        return self._been

    def listen(self, transcript: Transcript) -> None:
        """Print there what is heard from now on."""
        self._listeners = Listeners(transcript, audible=self._been.__contains__)
        self._listeners.hushed = True

    async def sit_down(self, scene: Scene) -> None:
        """Everybody comes in, the desk last."""
        for actor in await asyncio.gather(*(scene.enter(name) for name in self._views)):
            self._actors[actor.name] = actor
        await scene.open_desk()
        if self._listeners is not None:
            self._listeners.known(*self._views, DESK)
            self._listeners.hushed = False

    @property
    def there(self) -> tuple[str, ...]:
        """The nicks that are in the channel, as one who is in it sees it."""
        seen = next((view for name, view in self._views.items() if name not in self._gone), set())
        return tuple(sorted(seen, key=str.casefold))

    @property
    def away(self) -> bool:
        """Whether you have left."""
        return self.you in self._gone

    @property
    def roles(self) -> Mapping[str, str]:
        """As whom you may speak, each with what they are."""
        developers = {
            name: "a developer and an editor" if role >= Role.EDITOR else "a developer"
            for name, role in DEVELOPERS.items()
        }
        return {YOU: "a packager", **developers}

    @property
    def role(self) -> Role:
        """What you may, as whom you speak."""
        return DEVELOPERS.get(self.you, Role.ANYBODY)

    def say(self, text: str, *, to: str | None = None) -> int:
        """Say it, in the channel or privately, in as many lines as it takes; how many of them are too many
        and were left out. SceneFailed where your client is gone."""
        lines = [piece for line in text.splitlines() for piece in _pieces(unformatted(line).strip())]
        for line in lines[:LINES]:
            self._actors[self.you].say(line, where=to or CHANNEL)
        return max(0, len(lines) - LINES)

    def become(self, name: str) -> None:
        """Speak as `name`, one of `roles`; they say nothing by themselves meanwhile."""
        self.you = name
        self._been.intersection_update({YOU})
        self._been.add(name)
        for talk, who in self._talk.items():
            if who == name:
                talk.cancel()

    async def leave(self, why: str) -> None:
        self._gone.add(self.you)
        await self._actors[self.you].leave(why)

    async def come_back(self) -> None:
        who = self.you
        await self._actors[who].come()
        self._gone.discard(who)

    async def quiet(self, within: float = _QUIET_WITHIN) -> None:
        """Until nothing was said for a moment."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while await self.spoken(_QUIET):
                    pass

    async def spoken(self, within: float) -> bool:
        """Whether anybody says anything within so many seconds."""
        self._spoken.clear()
        try:
            await asyncio.wait_for(self._spoken.wait(), within)
        except TimeoutError:
            return False
        return True

    def clear(self) -> None:
        """Nobody says anything any more."""
        for talk in self._talk:
            talk.cancel()

    def told(self, player: str, report: dict[str, Any]) -> None:
        """What a player's client tells: it may be printed, and a developer may react to it."""
        self._see(player, report)
        if self._listeners is not None and self._listeners.told(player, report):
            self._spoken.set()
            if report.get("who") == DESK:
                self.desk_spoke.set()
        if report["tell"] == "heard" and player in self._developers and player not in self._been:
            private = report["where"] != CHANNEL
            for each in self._developers[player].hears(report["who"], report["what"], privately=private):
                said = self._say_later(player, each.after, each.text, DESK if each.privately else CHANNEL)
                task = asyncio.get_running_loop().create_task(said)
                self._talk[task] = player
                task.add_done_callback(self._talk.pop)

    def _see(self, player: str, report: dict[str, Any]) -> None:
        view = self._views[player]
        match report:
            case {"tell": "present", "who": names}:
                view.update(names)
            case {"tell": "joined", "who": who}:
                view.add(who)
            case {"tell": "gone", "who": who}:
                view.discard(who)
            case {"tell": "left"}:
                view.clear()

    async def _say_later(self, who: str, after: float, what: str, where: str) -> None:
        await asyncio.sleep(after)
        with contextlib.suppress(SceneFailed):
            self._actors[who].say(what, where=where)


def _pieces(line: str) -> list[str]:
    """A line in parts that fit one message of IRC."""
    found = []
    while line:
        head, line = fit(line, _LINE_BYTES)
        found.append(head)
    return found
