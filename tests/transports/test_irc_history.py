"""What was said while we were not there is read back, however the network gives it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from irc_daemons import InspircdProcess
from irc_networks import now
from irc_people import CHANNEL, Person
from irc_script import CAPS, SERVER, Connection, World, scripted
from irc_town import Desk

from bot.desk.events import Heard, RosterLost
from bot.transports.irc import history
from bot.transports.irc.link import Message
from bot.transports.irc.replays import CLOCKS, OLD, Replays, second
from routing.presence import Visibility

ALICE, BOB = ":alice!~a@host.example", ":bob!~b@host.example"
KEEPS = f"{CAPS} draft/chathistory"
LIMITED = "WHOX CHANTYPES=# CHATHISTORY=3"


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def old(source: str, text: str, at: datetime, batch: str = "", target: str = CHANNEL, **tags: str) -> str:
    all_tags = {"time": stamp(at), **({"batch": batch} if batch else {}), **tags}
    told = ";".join(f"{key}={value}" for key, value in all_tags.items())
    return f"@{told} {source} PRIVMSG {target} :{text}"


def late(world: World) -> list[str]:
    return [each.text for each in world.ears.events if isinstance(each, Heard) and each.late]


async def becomes_live(world: World, server: Connection, text: str = "a live line") -> None:
    server.says(f"{BOB} PRIVMSG {CHANNEL} :{text}")
    await world.ears.heard(text)


async def asked(server: Connection) -> list[str]:
    """What is asked for of the channel's history: since when, and how many lines."""
    words = (await server.hears(f"CHATHISTORY AFTER {CHANNEL} ")).split()
    return words[3:]


async def test_history_is_asked_for_page_by_page_and_what_nobody_answered_is_told_again() -> None:
    began = now() - timedelta(hours=1)
    async with scripted() as world:
        world.transport.bookmarks.read(CHANNEL, began)
        server = await world.connection()
        await server.lets_in(KEEPS, isupport=LIMITED)
        since, limit = await asked(server)
        assert limit == "3"
        told = datetime.fromisoformat(since.removeprefix("timestamp="))
        assert timedelta() <= began - told <= history.SLACK + timedelta(milliseconds=2)
        last = began + timedelta(minutes=3)
        server.says(
            f"{SERVER} BATCH +1 chathistory {CHANNEL}",
            old(ALICE, "pkgdesk: how do I build?", began + timedelta(minutes=1), "1", account="alice"),
            old(BOB, "pkgdesk: which python?", began + timedelta(minutes=2), "1", msgid="m2"),
            old(ALICE, "bob: 3.6", last, "1"),
            f"{SERVER} BATCH -1",
        )
        assert await asked(server) == [f"timestamp={stamp(last)}", "3"]
        server.says(
            f"{SERVER} BATCH +2 chathistory {CHANNEL}",
            old(BOB, "restart the daemon", began + timedelta(minutes=4), "2", account="bob"),
            f"{SERVER} BATCH -2",
        )
        answer = await world.ears.until(
            lambda each: isinstance(each, Heard) and each.late and each.text[0] == "r"
        )
        assert answer.speaker.account == "bob"
        assert late(world) == ["pkgdesk: how do I build?", "bob: 3.6", "restart the daemon"]
        first = next(each for each in world.ears.events if isinstance(each, Heard) and each.late)
        assert first.said_at is not None
        assert abs(first.said_at - began - timedelta(minutes=1)) < timedelta(seconds=1)
        assert abs(first.at - now()) < timedelta(minutes=1)
        mark = world.transport.bookmarks.get(CHANNEL)
        assert mark is not None
        assert mark > began + timedelta(minutes=50)


async def test_where_we_never_were_nothing_of_the_past_is_asked_for_or_handled() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(KEEPS)
        server.says(
            f"{SERVER} BATCH +1 chathistory {CHANNEL}",
            old(ALICE, "pkgdesk: how do I build?", now() - timedelta(hours=1), "1"),
            f"{SERVER} BATCH -1",
        )
        await becomes_live(world, server)
        await server.alive()
        assert not [each for each in server.passed if each.startswith("CHATHISTORY")]
        assert not late(world)
        assert world.transport.bookmarks.get(CHANNEL) is not None


async def test_none_is_asked_for_where_it_is_not_wanted() -> None:
    async with scripted(times={"backscroll": timedelta()}) as world:
        world.transport.bookmarks.read(CHANNEL, now() - timedelta(hours=1))
        world.transport.bookmarks.read("", now() - timedelta(hours=1))
        server = await world.connection()
        await server.lets_in(KEEPS)
        await becomes_live(world, server)
        await server.alive()
        assert not [each for each in server.passed if each.startswith("CHATHISTORY")]


@pytest.mark.parametrize(
    "refusal",
    [
        f"{SERVER} FAIL CHATHISTORY MESSAGE_ERROR AFTER {CHANNEL} :Messages could not be retrieved",
        f"{SERVER} FAIL CHATHISTORY INVALID_TARGET AFTER {CHANNEL} :No such channel",
        f"{SERVER} 421 pkgdesk CHATHISTORY :Unknown command",
    ],
)
async def test_a_refusal_costs_nothing(refusal: str) -> None:
    began = now() - timedelta(hours=1)
    async with scripted() as world:
        world.transport.bookmarks.read(CHANNEL, began)
        server = await world.connection()
        await server.lets_in(KEEPS)
        await asked(server)
        server.says(refusal)
        await becomes_live(world, server)
        assert not late(world)
        mark = world.transport.bookmarks.get(CHANNEL)
        assert mark is not None
        assert mark > began


async def test_history_that_comes_by_itself_is_as_good() -> None:
    began = now() - timedelta(hours=1)
    async with scripted() as world:
        world.transport.bookmarks.read(CHANNEL, began)
        server = await world.connection()
        await server.negotiates()
        await server.hears("CAP END")
        server.welcomes()
        await server.hears(f"JOIN {CHANNEL}")
        server.says(f":pkgdesk!~desk@desk.example JOIN {CHANNEL}")
        server.says(
            f"{SERVER} BATCH +1 chathistory {CHANNEL}",
            old(ALICE, "pkgdesk: before", began - timedelta(minutes=1), "1"),
            old(ALICE, "pkgdesk: after", began + timedelta(minutes=1), "1"),
            f"{SERVER} BATCH -1",
        )
        server.tells(f"366 pkgdesk {CHANNEL} :End of NAMES list")
        await server.hears(f"WHO {CHANNEL}")
        assert not late(world), "nobody is known yet"
        server.tells(f"315 pkgdesk {CHANNEL} :End of WHO list")
        await becomes_live(world, server)
        assert late(world) == ["pkgdesk: after"]


async def test_a_bouncer_replays_without_a_batch_until_a_line_is_live() -> None:
    began = now() - timedelta(hours=1)
    async with scripted() as world:
        world.transport.bookmarks.read(CHANNEL, began)
        server = await world.connection()
        await server.lets_in()
        server.says(
            old(ALICE, "pkgdesk: how do I build?", began + timedelta(minutes=1)),
            old(BOB, "pkgdesk: which python?", began + timedelta(minutes=2)),
        )
        await becomes_live(world, server, "bob: 3.6")
        await server.alive()
        assert late(world) == ["pkgdesk: how do I build?", "pkgdesk: which python?"], "bob said it to himself"


async def test_a_batch_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PATIENCE", 0.2)
    began = now() - timedelta(hours=1)
    async with scripted() as world:
        world.transport.bookmarks.read(CHANNEL, began)
        server = await world.connection()
        await server.lets_in(KEEPS)
        await asked(server)
        server.says(
            f"{SERVER} BATCH +1 chathistory {CHANNEL}",
            old(ALICE, "pkgdesk: how do I build?", began + timedelta(minutes=1), "1"),
        )
        await world.ears.until(lambda each: isinstance(each, Heard) and each.late)


async def test_a_connection_that_ends_meanwhile_leaves_the_mark_where_it_was() -> None:
    began = now() - timedelta(hours=1)
    async with scripted() as world:
        world.transport.bookmarks.read(CHANNEL, began)
        server = await world.connection()
        await server.lets_in(KEEPS)
        first = await asked(server)
        await becomes_live(world, server)
        assert world.transport.bookmarks.get(CHANNEL) == began
        await server.hang_up()
        again = await world.connection()
        await again.lets_in(KEEPS)
        assert (await asked(again))[0][:30] == first[0][:30]


async def test_what_a_connection_has_gathered_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PATIENCE", 0.05)
    began = now() - timedelta(hours=1)
    async with scripted() as world:
        world.transport.bookmarks.read(CHANNEL, began)
        server = await world.connection()
        await server.lets_in(KEEPS)
        await asked(server)
        server.says(
            f"{SERVER} BATCH +1 chathistory {CHANNEL}",
            old(ALICE, "pkgdesk: how do I build?", began + timedelta(minutes=1), "1"),
        )
        await server.hang_up()
        await world.told(RosterLost)
        long_after = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, long_after.set)
        await long_after.wait()
        assert not late(world), "the next connection reads it again"
        assert world.transport.bookmarks.get(CHANNEL) == began


async def test_live_lines_move_the_mark() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        await becomes_live(world, server, "one")
        before = world.transport.bookmarks.get(CHANNEL)
        await becomes_live(world, server, "two")
        after = world.transport.bookmarks.get(CHANNEL)
        assert before is not None
        assert after is not None
        assert before < after
        server.says(f"{ALICE} PRIVMSG pkgdesk :hello")
        hello = await world.ears.heard("hello")
        assert world.transport.bookmarks.get("") == hello.at


async def test_what_was_said_privately_is_asked_for_after_the_channels() -> None:
    began = now() - timedelta(hours=1)
    async with scripted() as world:
        world.transport.bookmarks.read(CHANNEL, began)
        world.transport.bookmarks.read("", began)
        server = await world.connection()
        await server.lets_in(KEEPS)
        await asked(server)
        server.says(f"{SERVER} BATCH +1 chathistory {CHANNEL}", f"{SERVER} BATCH -1")
        await server.hears("CHATHISTORY TARGETS timestamp=")
        server.says(
            f"{SERVER} BATCH +2 draft/chathistory-targets",
            f"@batch=2 {SERVER} CHATHISTORY TARGETS alice {stamp(began)}",
            f"@batch=2 {SERVER} CHATHISTORY TARGETS {CHANNEL} {stamp(began)}",
            f"{SERVER} BATCH -2",
        )
        await server.hears("CHATHISTORY AFTER alice timestamp=")
        server.says(
            f"{SERVER} BATCH +3 chathistory alice",
            old(ALICE, "how do I build?", began + timedelta(minutes=1), "3", "pkgdesk", account="alice"),
            f"{SERVER} BATCH -3",
        )
        heard = await world.ears.until(lambda each: isinstance(each, Heard) and each.late)
        assert heard.venue.visibility is Visibility.PRIVATE
        await server.alive()
        mark = world.transport.bookmarks.get("")
        assert mark is not None
        assert mark > began
        assert not [each for each in server.passed if each.startswith("CHATHISTORY")]


async def test_a_put_out_desk_reads_back_when_it_is_in_again() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(KEEPS)
        await becomes_live(world, server)
        server.says(f":op!~o@h KICK {CHANNEL} pkgdesk :out")
        await server.lets_join("alice")
        await server.hears(f"WHO {CHANNEL}")
        server.tells(f"315 pkgdesk {CHANNEL} :End of WHO list")
        await asked(server)


async def test_a_real_server_replays_after_a_join_under_the_same_ids() -> None:
    """InspIRCd with +H, which keeps whole seconds; the desk is put out while somebody asks."""
    server = InspircdProcess()
    server.start()
    alice = await Person.comes(server.port, "alice")
    alice.writes(f"MODE {CHANNEL} +H 50:1h")
    desk = Desk(server.port)
    try:
        await desk.meets("alice")
        alice.writes(f"PRIVMSG {CHANNEL} :pkgdesk: heard live")
        live = await desk.ears.heard("pkgdesk: heard live")
        alice.writes(
            f"KICK {CHANNEL} pkgdesk :out",
            f"PRIVMSG {CHANNEL} :pkgdesk: how do I build?",
            f"PRIVMSG {CHANNEL} :and on which distribution?",
        )
        heard = await desk.ears.until(
            lambda each: isinstance(each, Heard) and each.late and each.text.startswith("and on")
        )
        assert heard.speaker.nick == "alice"
        told = [each for each in desk.ears.events if isinstance(each, Heard) and each.replayed]
        assert {each.id for each in told if each.text == live.text} == {live.id}
        assert [each.text for each in told if each.late and each.id != live.id] == [
            "pkgdesk: how do I build?",
            "and on which distribution?",
        ]
    finally:
        await desk.leaves()
        await alice.leaves()
        server.stop()


# --- the clocks ------------------------------------------------------------------------------------------

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def told(verb: str, at: datetime | None, **tags: str) -> Message:
    return Message(verb, (CHANNEL, "hi"), "alice!a@h", {**({"time": stamp(at)} if at else {}), **tags})


def past(replays: Replays, at: datetime, ours: datetime) -> bool:
    return replays.said(told("PRIVMSG", at), ours, CHANNEL)[1]


def came(at: datetime | None, ours: datetime = NOON) -> Replays:
    replays = Replays()
    replays.joined(CHANNEL, told("JOIN", at))
    return replays


def test_what_is_older_than_our_coming_is_past_whatever_our_clock_says() -> None:
    for ours in (NOON, NOON + timedelta(days=3), NOON - timedelta(days=3)):
        replays = came(NOON)
        assert not past(replays, NOON, ours)
        assert not past(replays, NOON + timedelta(hours=1), ours)
        assert not past(replays, NOON - CLOCKS, ours), "another server's clock"
        assert past(replays, NOON - CLOCKS - timedelta(seconds=1), ours)


def test_a_server_that_puts_its_clock_back_is_believed_by_its_pong() -> None:
    replays = came(NOON)
    earlier = NOON - timedelta(hours=1)
    assert past(replays, earlier, NOON)
    replays.measure(told("PONG", earlier), NOON)
    assert not past(replays, earlier, NOON)


def test_where_the_server_did_not_tell_when_we_came_our_clock_counts() -> None:
    replays = came(None)
    assert past(replays, NOON - OLD - timedelta(seconds=1), NOON)
    assert not past(replays, NOON - OLD, NOON)
    replays.measure(told("001", NOON), NOON)
    assert past(replays, NOON - OLD, NOON)
    assert not past(replays, NOON, NOON + timedelta(days=1))


def test_privately_what_is_older_than_the_connection_is_past() -> None:
    replays = came(NOON + timedelta(hours=1))
    replays.measure(told("001", NOON), NOON)
    assert not replays.said(told("PRIVMSG", NOON), NOON, "alice")[1]
    assert replays.said(told("PRIVMSG", NOON - timedelta(hours=1)), NOON, "alice")[1]


def test_times_are_told_to_the_second() -> None:
    assert second(told("PRIVMSG", NOON + timedelta(milliseconds=900))) == "20261123T120000"
    assert second(told("PRIVMSG", None)) is None


async def test_a_line_without_a_name_has_the_same_id_live_and_replayed() -> None:
    at = now()
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        server.says(
            old(ALICE, "how do I build?", at),
            f"{SERVER} BATCH +1 chathistory {CHANNEL}",
            old(ALICE, "how do I build?", at.replace(microsecond=0), "1"),
            old(BOB, "how do I build?", at, "1"),
            old(ALICE, "how do I build it?", at, "1"),
            f"{SERVER} BATCH -1",
        )
        await world.ears.heard("how do I build it?")
        live, replayed, bob, other = [each for each in world.ears.events if isinstance(each, Heard)]
        assert (live.replayed, replayed.replayed) == (False, True)
        assert live.id == replayed.id
        assert len({live.id, bob.id, other.id}) == 3
