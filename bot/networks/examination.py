"""Coming in as the desk would, looking around, and leaving: what `pkgdesk irc check` does on one network.

The connection is a `Session` of the transport, with the same settings: what is found here is what the desk
would find. It differs in three things. It asks a few questions more, at the pace of the desk's other errands:

    MODE #channel             its modes (324); where the server has them, by which masks people are quieted
    WHOIS nick                we ourselves: our mask and the host behind it; whoever has the configured nick
    ISON nick…                who of those that are looked for is online
    WHOIS nick                operators who are online in none of our channels: whether it is their account;
                              bridges, where no WHOX has told theirs
    PING checked              all of that was answered

It says nothing to anybody, ChanServ included. And where somebody has the nick, it comes in once more under
another one, so that it never takes the nick from a desk that runs.
"""

import asyncio
import contextlib
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.desk.events import Event
from bot.desk.fitting import pack
from bot.networks.facts import Facts, Refusal, Tls
from bot.networks.observation import Observation
from bot.transports import certificate
from bot.transports.irc import unreached
from bot.transports.irc.guestbook import Guestbook
from bot.transports.irc.link import Message
from bot.transports.irc.renewal import Renewals
from bot.transports.irc.session import Session
from bot.transports.irc.settings import IrcServer, IrcSettings
from bot.transports.irc.unreached import Trouble
from bot.transports.wire import is_nick

GOODBYE = 2.0
"""Seconds that the server has to end the connection after QUIT."""

FAREWELL = "checked the configuration"
NICKS = 3
"""How many nicks are tried."""

SHORT = 6
"""Characters of a nick that every server takes, for all that is known, with a digit behind them."""

MOST_OPERATORS = 5
"""How many operators are asked about; one that is there will do."""

MOST_BRIDGES = 5
"""How many bridges are asked about whose account nothing else has told."""

ISON_BYTES = 400

_STAY_AWAY = (
    "read its words: where it was too often or too soon, wait a minute; where the desk is not wanted, talk "
    "with the network's staff"
)

_NO_ANSWER = "look at `host` and `port`, whether TLS is spoken there, and for a firewall between"

Tell = Callable[[str], None]
"""Is told what is being done now."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be looked at: a network of the configuration. `operators` and `people`: accounts to look for
    there; `bridges`: nicks to look for. `within`: seconds that all of it may take. `join`: whether to go into
    the channels."""

    network: str
    settings: IrcSettings
    operators: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    bridges: tuple[str, ...] = ()
    within: float = 60.0
    join: bool = True


async def examine(plan: Plan, tell: Tell) -> tuple[Facts, ...]:
    """What each server of the network is like, until one lets us in; never raises for what a network does."""
    found: list[Facts] = []
    for server in plan.settings.in_turn:
        found.append(await _examine(plan, server, tell))
        if found[-1].welcomed:
            break
    return tuple(found)


async def _examine(plan: Plan, server: IrcServer, tell: Tell) -> Facts:
    taken: Refusal | None = None
    nick = plan.settings.nick
    for again in range(1, NICKS + 1):
        visit = _Visit(plan, server, nick, tell)
        facts = await visit.made()
        if facts.taken is None:
            break
        taken = taken or facts.taken
        # As the desk does: one that the server does not take at all is not taken with more behind it, either.
        nick = f"{nick[:SHORT]}{again}" if facts.taken.numeric == "432" else f"{nick}_"
    return replace(facts, taken=taken)


class _Visit:
    """One connection under one nick."""

    def __init__(self, plan: Plan, server: IrcServer, nick: str, tell: Tell) -> None:
        self._plan = plan
        self._server = server
        self._tell = tell
        self._settings = _quiet(plan, nick)
        channels = tuple(channel.name for channel in self._settings.channels)
        self._seen = Observation(
            nick, channels, (*plan.operators, *plan.people), plan.settings.nick, plan.bridges
        )
        self._changed = asyncio.Event()
        self._heard = False
        self._complete = False
        self._tls: Tls | None = None

    async def made(self) -> Facts:
        guestbook, now = Guestbook(), asyncio.get_running_loop().time()
        for channel in self._settings.channels:
            guestbook.may_ask(channel.name, now)  # and so ChanServ is not
        session = Session(
            self._plan.network,
            self._settings,
            self._server,
            emit=_forget,
            clock=lambda: datetime.now(UTC),
            rng=random.Random(),
            prefix=self._plan.network,
            look_out=tuple,
            guestbook=guestbook,
            renewals=Renewals(),
            witness=self._saw,
        )
        self._tell(f"connecting to {self._server}")
        trouble: Trouble | None = None
        try:
            async with asyncio.timeout(self._plan.within):
                await session.open()
                session.over.add_done_callback(lambda _: self._changed.set())
                self._tls = _tls(session)
                await self._look(session)
        except TimeoutError:
            if session.standing.link is None:
                trouble = Trouble("no answer in time", _NO_ANSWER)
            elif not self._heard:
                trouble = Trouble("it said nothing in time", unreached.SILENT)
            elif not session.welcomed and self._seen.taken is None:
                trouble = Trouble(
                    "it did not let us in in time", "try again later, or with a longer --timeout"
                )
        except (OSError, UnicodeError, certificate.Unusable) as error:
            trouble = unreached.trouble(error, self._server)
        finally:
            account, mechanism = session.account, session.standing.mechanism
            ended = session.over.done()
            await _leave(session)
        if trouble is None and ended and self._seen.taken is None:
            trouble = _ended(session)
        return self._facts(session, trouble or Trouble(""), account, mechanism)

    async def _look(self, session: Session) -> None:
        """All that there is to be seen; returns early where the connection ends, or the nick is taken."""
        seen, standing = self._seen, session.standing

        async def until(what: Callable[[], bool]) -> bool:
            while not (over := session.over.done()) and not what():
                self._changed.clear()
                await self._changed.wait()
            return not over

        self._tell("logging on")
        if not await until(lambda: session.ready or seen.taken is not None) or not session.ready:
            return
        standing.errand("WHOIS", session.me)
        if self._settings.nick != self._plan.settings.nick:
            standing.errand("WHOIS", self._plan.settings.nick)
        sought = tuple(dict.fromkeys((*self._plan.operators, *self._plan.people)))
        for nicks in pack(tuple(each for each in sought if is_nick(each)), ISON_BYTES, " "):
            standing.errand("ISON", nicks, trailing=True)
        self._tell(f"joining {len(self._settings.channels)} channels")
        if not await until(lambda: seen.joins_settled):
            return
        for channel in seen.joined:
            standing.errand("MODE", channel)
            if seen.quiets:
                standing.errand("MODE", channel, "q")
        self._tell("looking who is there")
        if standing.isupport.whox and not await until(lambda: seen.members_known):
            return
        absent = [each for each in self._plan.operators if each not in seen.present and is_nick(each)]
        for account in absent[:MOST_OPERATORS]:
            standing.errand("WHOIS", account)
        for nick in [each.nick for each in seen.relays if not each.told][:MOST_BRIDGES]:
            standing.errand("WHOIS", nick)
        standing.errand("PING", "checked", trailing=True)
        self._complete = await until(lambda: seen.pong == "checked")

    def _saw(self, message: Message) -> None:
        self._heard = True
        self._seen.take(message)
        # Whoever waits is woken when the session has dealt with the message, too.
        asyncio.get_running_loop().call_soon(self._changed.set)

    def _facts(self, session: Session, trouble: Trouble, account: str | None, mechanism: str | None) -> Facts:
        seen = self._seen
        offered = dict(seen.offered)
        if "sasl" in offered and not offered["sasl"]:
            offered["sasl"] = seen.mechanisms
        return Facts(
            network=self._plan.network,
            address=str(self._server),
            trouble=trouble.why,
            remedy=trouble.remedy,
            welcomed=session.welcomed,
            tls=self._tls,
            called=seen.isupport.tokens.get("NETWORK", ""),
            server=seen.server,
            software=seen.software,
            offered=offered,
            used=frozenset(seen.used),
            isupport=dict(seen.isupport.tokens),
            nick=seen.me,
            taken=seen.taken,
            bearer=seen.bearer,
            user=seen.user,
            host=seen.host,
            real_host=seen.real_host,
            account=account,
            mechanism=mechanism,
            login=seen.login if account is None else None,
            user_modes=frozenset(seen.user_modes),
            seats=seen.seats(),
            relays=seen.relays,
            present=seen.present,
            online=frozenset(seen.online),
            complete=self._complete,
        )


def _quiet(plan: Plan, nick: str) -> IrcSettings:
    """The settings for a visit: nothing is tried twice while it lasts."""
    later = timedelta(days=1)
    within = min(plan.settings.times.connect, timedelta(seconds=plan.within))
    times = plan.settings.times.model_copy(update={"connect": within, "regain": later, "retry": later})
    changed = {"times": times, "nick": nick, **({} if plan.join else {"channels": ()})}
    return plan.settings.model_copy(update=changed)


def _tls(session: Session) -> Tls | None:
    """How the connection is encrypted; None where it is not."""
    link = session.standing.link
    secured = link.transport.get_extra_info("ssl_object") if link is not None and link.transport else None
    if secured is None:
        return None
    shown = (secured.getpeercert() or {}).get("notAfter")
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown), UTC) if shown else None
    return Tls(secured.version() or "?", until)


async def _leave(session: Session) -> None:
    """Say goodbye, and hang up."""
    if session.standing.link is not None and not session.over.done():
        session.quit(FAREWELL)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await asyncio.shield(session.over)
    session.hang_up(FAREWELL)


def _ended(session: Session) -> Trouble:
    """Why it is over, with what to do: the server's words where it said any."""
    if session.parting:
        return Trouble(f"it ended the connection: {session.parting}", _STAY_AWAY)
    remedy = "try again" if session.welcomed else unreached.HUNG_UP
    return Trouble(f"it said nothing, and {session.over.result()}", remedy)


def _forget(_: Event) -> None:
    """What is said there is nobody's business."""
