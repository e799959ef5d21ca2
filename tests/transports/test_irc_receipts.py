"""Every line that is sent has a fate, and the right one."""

import asyncio
from datetime import timedelta

import pytest
from irc_networks import line
from irc_people import CHANNEL, PATIENCE
from irc_script import ALL_CAPS, CAPS, Connection, World, scripted

from bot.desk.model import Failure
from bot.transports.base import NotSent, Receipt, Unconfirmed
from routing.presence import Venue, Visibility

ALICE = Venue("net", "alice", Visibility.PRIVATE)


def sends(world: World, text: str, venue: Venue | None = None) -> "asyncio.Task[Receipt]":
    venue = venue or world.channel
    return asyncio.create_task(world.transport.send(line(venue, text), None, ()))


async def fate(task: "asyncio.Task[Receipt]") -> Receipt:
    return await asyncio.wait_for(task, PATIENCE)


async def written(server: Connection, text: str, target: str = CHANNEL) -> str:
    """The client wrote the line and a PING behind it; the PING's token."""
    assert await server.next() == f"PRIVMSG {target} :{text}"
    ping = await server.next()
    assert ping.startswith("PING :")
    return ping.removeprefix("PING :")


async def test_a_pong_proves_that_the_line_was_taken() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        sending = sends(world, "hello")
        token = await written(server, "hello")
        server.tells("PONG irc.script.test :something-else")
        await server.alive()
        assert not sending.done()
        server.tells(f"PONG irc.script.test :{token}")
        assert (await fate(sending)).text == "hello"


REFUSALS = [
    ("401 pkgdesk alice :No such nick", Failure.ABSENT),
    ("404 pkgdesk alice :Cannot send to nick/channel", Failure.NOT_PRIVATELY),
    ("486 pkgdesk alice :You must identify to message this user", Failure.NOT_PRIVATELY),
    ("531 pkgdesk alice :You are not permitted to send private messages", Failure.NOT_PRIVATELY),
    ("707 pkgdesk alice :Targets changing too fast, message dropped", Failure.NOT_PRIVATELY),
    ("716 pkgdesk alice :is in +g mode", Failure.NOT_PRIVATELY),
    ("717 pkgdesk alice :has been informed that you messaged them", Failure.NOT_PRIVATELY),
    ("477 pkgdesk alice :is only accepting messages from registered users", Failure.NOT_PRIVATELY),
    ("412 pkgdesk :No text to send", Failure.UNSENDABLE),
]


@pytest.mark.parametrize(("numeric", "failure"), REFUSALS)
async def test_a_refusal_before_the_pong_is_the_fate_of_the_line(numeric: str, failure: Failure) -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        sending = sends(world, "hello", ALICE)
        token = await written(server, "hello", "alice")
        server.tells(numeric, f"PONG irc.script.test :{token}")
        with pytest.raises(NotSent) as refused:
            await fate(sending)
        assert refused.value.failure is failure
        assert not refused.value.later
        assert numeric[:3] in refused.value.detail


@pytest.mark.parametrize("numeric", ["401", "403", "404", "442", "477", "489", "492"])
async def test_a_channel_is_nobody_who_could_be_absent(numeric: str) -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        sending = sends(world, "hello")
        token = await written(server, "hello")
        server.tells(f"{numeric} pkgdesk {CHANNEL} :No such nick/channel", f"PONG irc.script.test :{token}")
        with pytest.raises(NotSent) as refused:
            await fate(sending)
        assert (refused.value.failure, refused.value.later) == (Failure.REFUSED, False)


async def test_with_labels_any_error_is_a_refusal() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(ALL_CAPS)
        for venue, failure in ((ALICE, Failure.NOT_PRIVATELY), (world.channel, Failure.REFUSED)):
            sending = sends(world, "hello", venue)
            label = (await server.next()).split(" ")[0]
            server.says(
                f"{label} :irc.script.test 301 pkgdesk {venue.name} :is away",
                f"{label} :irc.script.test 520 pkgdesk {venue.name} :nobody has ever heard of this one",
            )
            with pytest.raises(NotSent) as refused:
                await fate(sending)
            assert refused.value.failure is failure


async def test_what_a_channel_takes_no_more_of_may_be_sent_again() -> None:
    throttles = [
        f"NOTICE pkgdesk :*** Message to {CHANNEL} throttled due to flooding",
        f"439 pkgdesk {CHANNEL} :Target change too fast, please wait 5 seconds",
        "263 pkgdesk PRIVMSG :This command could not be completed because it has been used recently",
    ]
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        for told in throttles:
            sending = sends(world, "hello")
            token = await written(server, "hello")
            server.tells(told, f"PONG irc.script.test :{token}")
            with pytest.raises(NotSent) as refused:
                await fate(sending)
            assert (refused.value.failure, refused.value.later) == (Failure.THROTTLED, True)
        sending = sends(world, "hello")
        token = await written(server, "hello")
        server.says(f":mallory!m@h NOTICE pkgdesk :*** Message to {CHANNEL} throttled due to flooding")
        server.tells(f"PONG irc.script.test :{token}")
        assert (await fate(sending)).text == "hello"


async def test_a_refusal_belongs_to_the_oldest_line_for_its_target() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        tasks = [sends(world, "one"), sends(world, "two", ALICE), sends(world, "three", ALICE)]
        tokens = [
            await written(server, "one"),
            await written(server, "two", "alice"),
            await written(server, "three", "alice"),
        ]
        server.tells("401 pkgdesk ALICE :No such nick", "401 pkgdesk somebody-else :No such nick")
        server.tells(*(f"PONG irc.script.test :{token}" for token in tokens))
        assert (await fate(tasks[0])).text == "one"
        with pytest.raises(NotSent):
            await fate(tasks[1])
        assert (await fate(tasks[2])).text == "three"


async def test_an_echo_is_proof_and_brings_the_id() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(f"{CAPS} echo-message")
        sending = sends(world, "hello")
        await written(server, "hello")
        server.says(f"@msgid=m1 :pkgdesk!~d@h PRIVMSG {CHANNEL} :something else")
        server.says(f"@msgid=m2 :pkgdesk!~d@h PRIVMSG {CHANNEL} :hello")
        assert (await fate(sending)).message == "m2"


async def test_with_labels_answers_find_their_lines_in_any_order() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(ALL_CAPS)
        texts = ["one", "two", "three", "four", "five"]
        tasks = [sends(world, text, ALICE) for text in texts]
        labels = []
        for text in texts:
            tag, said = (await server.next()).split(" ", 1)
            assert said == f"PRIVMSG alice :{text}"
            labels.append(tag.removeprefix("@label="))
        server.says(
            f"@label={labels[4]} FAIL PRIVMSG SOMETHING alice :not now",
            f"@label={labels[2]} :irc.script.test ACK",
            f"@label={labels[1]} :irc.script.test 401 pkgdesk alice :No such nick",
            f"@label={labels[0]};msgid=m1 :pkgdesk!~d@h PRIVMSG alice :one",
            f"@label={labels[3]} :irc.script.test BATCH +b labeled-response",
            "@batch=b :irc.script.test 301 pkgdesk alice :away",
            "@batch=b;msgid=m4 :pkgdesk!~d@h PRIVMSG alice :four",
            ":irc.script.test BATCH -b",
        )
        assert (await fate(tasks[0])).message == "m1"
        with pytest.raises(NotSent) as absent:
            await fate(tasks[1])
        assert absent.value.failure is Failure.ABSENT
        assert (await fate(tasks[2])).message is None
        assert (await fate(tasks[3])).message == "m4"
        with pytest.raises(NotSent):
            await fate(tasks[4])


async def test_a_refusal_in_a_labelled_batch_counts() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(ALL_CAPS)
        sending = sends(world, "hello", ALICE)
        label = (await server.next()).split(" ")[0].removeprefix("@label=")
        server.says(
            f"@label={label} :irc.script.test BATCH +b labeled-response",
            "@batch=b :irc.script.test 716 pkgdesk alice :is in +g mode",
            "@batch=b :irc.script.test 717 pkgdesk alice :has been informed",
            ":irc.script.test BATCH -b",
        )
        with pytest.raises(NotSent) as refused:
            await fate(sending)
        assert refused.value.failure is Failure.NOT_PRIVATELY


@pytest.mark.parametrize("caps", [CAPS, ALL_CAPS])
async def test_no_word_in_time_is_unconfirmed(caps: str) -> None:
    async with scripted(times={"confirm": timedelta(milliseconds=20)}) as world:
        server = await world.connection()
        await server.lets_in(caps)
        with pytest.raises(Unconfirmed):
            await fate(sends(world, "hello"))
        assert world.transport.connected


@pytest.mark.parametrize("caps", [CAPS, ALL_CAPS])
async def test_a_connection_lost_after_the_write_is_unconfirmed(caps: str) -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(caps)
        sending = sends(world, "hello")
        await server.hears("PRIVMSG" if caps is CAPS else "@label")
        await server.hang_up()
        with pytest.raises(Unconfirmed):
            await fate(sending)


async def test_a_line_is_never_written_again_by_a_new_connection() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        sending = sends(world, "hello")
        await server.hears("PRIVMSG")
        await server.hang_up()
        with pytest.raises(Unconfirmed):
            await fate(sending)
        again = await world.connection()
        await again.lets_in()
        await again.alive()
        assert not [text for text in again.passed if "PRIVMSG" in text]


async def test_a_throttled_line_may_be_confirmed_late_and_others_do_not_wait() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(ALL_CAPS)
        slow, quick = sends(world, "slow"), sends(world, "quick", ALICE)
        slow_label = (await server.next()).split(" ")[0]
        quick_label = (await server.next()).split(" ")[0]
        server.says(f"{quick_label} :pkgdesk!~d@h PRIVMSG alice :quick")
        assert (await fate(quick)).text == "quick"
        assert not slow.done()
        server.says(f"{slow_label} :pkgdesk!~d@h PRIVMSG {CHANNEL} :slow")
        assert (await fate(slow)).text == "slow"


async def test_a_line_fits_as_others_will_get_it_whatever_our_mask_is() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        for mask in ("~desk@desk.example", "~desk@" + "cloak/" * 9, "~desk@x"):
            user, host = mask.split("@")
            server.says(f":pkgdesk!~d@h CHGHOST {user} {host}")
            await server.alive()
            sending = sends(world, "👍🏽 é" * 200)
            said = await server.hears("PRIVMSG")
            server.tells(f"PONG x :{(await server.hears('PING')).removeprefix('PING :')}")
            await fate(sending)
            assert said.endswith(("👍🏽…", "é…"))
            assert 512 - 16 < len(f":pkgdesk!{mask} {said}\r\n".encode()) <= 512
