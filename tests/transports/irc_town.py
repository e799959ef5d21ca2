"""A network with people and two desks on it, for tests: InspIRCd with Atheme's services.

    @pytest_asyncio.fixture(scope="module", loop_scope="module")
    async def town() -> AsyncIterator[Town]:
        async with living_town() as found:
            yield found

It takes 2.5 s to come to life, so one is shared by a module whose tests all run in its loop
(`pytestmark = pytest.mark.asyncio(loop_scope="module")`). The desk sits, logged in, in a few channels with
alice, who was there first and runs them, has an account and is the network's operator, and with bob, who has
none; carol, whose account is the desk's, is in no channel. alice's invitations are followed. `guest` is a
second desk without an account; it has the key to a channel, and looks out for carol.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from irc_daemons import AthemeProcess, InspircdProcess
from irc_networks import AT_ONCE, CHANNEL, QUICK, Ears, line, now
from irc_people import Person

from bot.desk.events import Joined, Left, RosterLost
from bot.transports.base import NotSent, Receipt
from bot.transports.irc.settings import IrcSettings
from bot.transports.irc.transport import IrcTransport
from routing.presence import Venue, Visibility

DOORS = {
    "#full": ("l 1", "full"),
    "#invitations": ("i", "by invitation only"),
    "#bans": ("b pkgdesk!*@*", "banned"),
    "#keys": ("k secret", "needs a key"),
}
OWN = "#own"
PAST = "#past"
VAULT, KEY = "#vault", "open-sesame"


class Desk:
    """A transport that runs."""

    def __init__(self, port: int, **settings: Any) -> None:
        self.ears = Ears()
        options = {"host": "127.0.0.1", "port": port, "tls": False, "nick": "pkgdesk", "channels": [CHANNEL]}
        usual = {"times": QUICK, "pace": AT_ONCE}
        look_out = settings.pop("look_out", tuple)
        self.transport = IrcTransport(
            "net",
            IrcSettings.model_validate({**options, **usual, **settings}),
            clock=now,
            rng=random.Random(7),
            boot=settings.get("nick", "pkgdesk"),
            look_out=look_out,
        )
        self._run = asyncio.create_task(self.transport.run(self.ears))

    async def says(self, text: str, to: str = CHANNEL) -> Receipt:
        venue = Venue("net", to, Visibility.PUBLIC if to[0] == "#" else Visibility.PRIVATE)
        return await self.transport.send(line(venue, text), None, ())

    async def refused(self, to: str) -> NotSent:
        with pytest.raises(NotSent) as refused:
            await self.says("hello", to)
        return refused.value

    async def meets(self, nick: str, channel: str = CHANNEL, after: int = 0) -> Joined:
        joined: Joined = await self.ears.until(
            lambda event: (
                isinstance(event, Joined) and (event.speaker.nick, event.venue.name) == (nick, channel)
            ),
            after,
        )
        return joined

    async def misses(self, nick: str, after: int) -> Left:
        left: Left = await self.ears.until(
            lambda event: isinstance(event, Left) and event.nick == nick, after
        )
        return left

    async def is_out_of(self, channel: str | None) -> int:
        """Waits until it sees no more of a channel, or of the network; the number of that event."""
        lost = await self.ears.until(
            lambda event: isinstance(event, RosterLost) and (event.venue and event.venue.name) == channel
        )
        return self.ears.events.index(lost)

    @property
    def heard_so_far(self) -> int:
        return len(self.ears.events)

    async def leaves(self) -> None:
        await self.transport.close("the test is over")
        await self._run


class Town:
    """The network and who is on it."""

    server: InspircdProcess
    other: InspircdProcess
    alice: Person
    bob: Person
    carol: Person
    desk: Desk
    guest: Desk


@contextlib.asynccontextmanager
async def living_town() -> AsyncIterator[Town]:
    """All of it, until the end."""
    async with contextlib.AsyncExitStack() as stack:
        found = Town()
        found.server = InspircdProcess()
        found.other = InspircdProcess(name="irc.other.localhost", sid="43X")
        stack.callback(found.server.stop)
        stack.callback(found.other.stop)
        found.server.knows(found.other)
        found.other.knows(found.server)
        services = AthemeProcess(found.server)
        stack.callback(services.remove)
        found.server.start()
        # The server lets somebody in once a second.
        found.alice, found.bob, found.carol, _ = await asyncio.gather(
            *(Person.comes(found.server.port, nick, channel=None) for nick in ("alice", "bob", "pkgdesk")),
            asyncio.to_thread(services.start),
        )
        for person, then in ((found.alice, "OPER god god"), (found.carol, "NICK carol")):
            stack.push_async_callback(person.leaves)
            person.writes(f"PRIVMSG NickServ :REGISTER sesame {person.nick}@example.org")
            await person.reads(lambda text: text.split()[1] == "900")
            person.writes(then)
        stack.push_async_callback(found.bob.leaves)
        found.alice.writes(*(f"JOIN {name}" for name in (CHANNEL, OWN, PAST, VAULT, *DOORS)))
        found.alice.writes(
            f"MODE {VAULT} +k {KEY}",
            f"MODE {PAST} +H 10:1h",
            f"PRIVMSG {PAST} :long ago",
            f"PRIVMSG ChanServ :REGISTER {OWN}",
        )
        await found.alice.reads(lambda text: "NOTICE alice" in text and "is now registered" in text)
        found.alice.writes(f"PRIVMSG ChanServ :FLAGS {OWN} pkgdesk +ri")
        await found.alice.reads(lambda text: "NOTICE alice" in text and "+ir" in text)
        found.bob.writes(f"JOIN {CHANNEL}")
        await found.carol.settles()
        await found.bob.settles()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DESK_PASSWORD", "sesame")
            patch.setenv("DESK_KEY", KEY)
            found.desk = Desk(
                found.server.port,
                channels=[CHANNEL, OWN, PAST, *DOORS],
                sasl={"account": "pkgdesk", "password_env": "DESK_PASSWORD"},
                invited_by=["alice"],
            )
            stack.push_async_callback(found.desk.leaves)
            found.guest = Desk(
                found.server.port,
                nick="guest",
                channels=[CHANNEL, {"name": VAULT, "key": {"password_env": "DESK_KEY"}}],
                look_out=lambda: ("carol",),
                times={**QUICK, "look_out": timedelta(milliseconds=20)},
            )
            stack.push_async_callback(found.guest.leaves)
            for desk in (found.desk, found.guest):
                await desk.meets("bob")
            for channel in (OWN, PAST, *DOORS):
                await found.desk.ears.until(
                    lambda event, channel=channel: (
                        isinstance(event, Joined)
                        and (event.speaker.account, event.venue.name) == ("alice", channel)
                    )
                )
            assert found.desk.transport.account == "pkgdesk"
            yield found
