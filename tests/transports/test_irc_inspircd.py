"""The desk on a real network (`irc_town.py`): InspIRCd with Atheme's services, shared by all tests here."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from irc_daemons import InspircdProcess
from irc_networks import CHANNEL, PATIENCE, QUICK
from irc_people import Person
from irc_town import DOORS, OWN, PAST, VAULT, Desk, Town, living_town

from bot.desk.events import AccountChanged, AwayChanged, RosterLost, Sighted
from bot.desk.model import Failure
from bot.transports.pacing import Bucket
from routing.presence import Visibility

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUIET = timedelta(milliseconds=200)
WHOLE = "👍🏽e\u0301"
"""Two that people see as one each, and computers as two."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town() -> AsyncIterator[Town]:
    async with living_town() as found:
        yield found


async def moment(at: float) -> float:
    """Waits until a moment of the loop's clock; what it shows then."""
    loop, come = asyncio.get_running_loop(), asyncio.Event()
    loop.call_at(at, come.set)
    await come.wait()
    return loop.time()


# --- getting back in ------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", DOORS)
async def test_after_a_kick_a_closed_door_is_tried_until_it_opens(town: Town, channel: str) -> None:
    mode, reason = DOORS[channel]
    town.alice.writes(f"MODE {channel} +{mode}", f"KICK {channel} pkgdesk :out")
    before = await town.desk.is_out_of(channel)
    refused = await town.desk.refused(channel)
    assert refused.later
    async with asyncio.timeout(PATIENCE):
        while town.desk.transport.attendance.reasons.get(channel) != reason:
            # Nobody is asked: the server counts a person's lines.
            await moment(asyncio.get_running_loop().time() + 0.005)
    town.alice.writes(f"MODE {channel} -{mode}")
    await town.desk.meets("alice", channel, before)
    assert (await town.desk.says("back again", channel)).text == "back again"
    assert not town.desk.transport.attendance.missing


async def test_a_moderated_channel_is_known_before_anything_is_said_there(town: Town) -> None:
    channel = next(iter(DOORS))
    for modes, mute in (("+m", True), ("+v pkgdesk", False), ("-v pkgdesk", True), ("-m", False)):
        town.alice.writes(f"MODE {channel} {modes}")
        async with asyncio.timeout(PATIENCE):
            while (channel in town.desk.transport.attendance.mute) is not mute:
                await moment(asyncio.get_running_loop().time() + 0.005)


async def test_chanserv_lifts_a_ban_where_the_desk_has_rights(town: Town) -> None:
    town.alice.writes(f"MODE {OWN} +b pkgdesk!*@*", f"KICK {OWN} pkgdesk :out")
    before = await town.desk.is_out_of(OWN)
    await town.desk.meets("alice", OWN, before)


async def test_with_the_key_a_channel_is_joined_and_come_back_to(town: Town) -> None:
    before = town.guest.heard_so_far
    assert (await town.guest.says("I have the key", VAULT)).text == "I have the key"
    town.alice.writes(f"KICK {VAULT} guest :out")
    await town.guest.meets("alice", VAULT, before)
    assert not town.guest.transport.attendance.missing


async def test_an_invitation_is_followed_if_the_account_of_who_invites_is_trusted(town: Town) -> None:
    town.bob.writes("JOIN #trap", "INVITE pkgdesk #trap")
    town.carol.writes("JOIN #trap2", "NICK alice2", "INVITE pkgdesk #trap2", "NICK carol")
    await town.bob.settles()
    await town.carol.settles()
    town.alice.writes("JOIN #guests", "INVITE pkgdesk #guests")
    await town.desk.meets("alice", "#guests")
    assert (await town.desk.says("here I am", "#guests")).text == "here I am"
    town.alice.writes("KICK #guests pkgdesk :thank you")
    await town.desk.is_out_of("#guests")
    await town.desk.says("and nowhere else", "bob")
    came = []
    for person in (town.alice, town.bob, town.carol):
        await person.settles()
        came += [
            text.split()[2] for text in person.lines if text.startswith(":pkgdesk!") and " JOIN " in text
        ]
    assert ":#guests" in came
    assert not {":#trap", ":#trap2"} & set(came)
    assert came.count(":#guests") == 1, "who is put out needs another invitation"


async def test_who_is_forced_into_a_channel_leaves_it(town: Town) -> None:
    town.bob.writes("JOIN #elsewhere")
    town.alice.writes("SAJOIN pkgdesk #elsewhere")
    await town.bob.reads(lambda text: text.startswith(":pkgdesk!") and " PART #elsewhere" in text)


# --- what comes back ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["m", "b m:pkgdesk!*@*"])
async def test_in_a_channel_where_the_desk_is_muted_nothing_can_be_said(town: Town, mode: str) -> None:
    town.alice.writes(f"MODE {CHANNEL} +{mode}")
    await town.alice.settles()
    refused = await town.desk.refused(CHANNEL)
    assert (refused.failure, refused.later) == (Failure.REFUSED, False)
    assert refused.detail.startswith("404 ")
    town.alice.writes(f"MODE {CHANNEL} -{mode}")
    await town.alice.settles()
    await town.desk.says("again")


async def test_only_who_is_logged_in_may_speak_in_some_channels(town: Town) -> None:
    town.alice.writes(f"MODE {CHANNEL} +M")
    await town.alice.settles()
    assert (await town.guest.refused(CHANNEL)).failure is Failure.REFUSED
    await town.desk.says("the desk is logged in")
    town.alice.writes(f"MODE {CHANNEL} -M")
    await town.alice.settles()


@pytest.mark.parametrize("mode", ["g", "R"])
async def test_who_takes_no_private_lines_of_strangers_gets_none(town: Town, mode: str) -> None:
    town.bob.writes(f"MODE bob +{mode}")
    await town.bob.settles()
    refused = await town.guest.refused("bob")
    assert (refused.failure, refused.later) == (Failure.NOT_PRIVATELY, False)
    town.bob.writes(f"MODE bob -{mode}")
    await town.bob.settles()
    await town.guest.says("hello again", "bob")


async def test_who_is_not_there_gets_nothing(town: Town) -> None:
    assert (await town.desk.refused("nobody")).failure is Failure.ABSENT


# --- what goes out --------------------------------------------------------------------------------------


async def test_whatever_the_mask_lines_arrive_whole(town: Town) -> None:
    for host in ("short.example", f"{'a-very-long-cloak.' * 3}example"):
        town.alice.writes(f"CHGHOST pkgdesk {host}")
        await town.alice.settles()
        await town.desk.says("we know it now")
        for to in (CHANNEL, "bob"):
            seen = len(town.bob.lines)
            said = await town.desk.says(WHOLE * 60, to)
            read = await town.bob.reads(lambda text, to=to: f" PRIVMSG {to} :👍" in text, seen)
            assert read.partition(" :")[2] == said.text
            assert said.text.endswith("…")
            assert len(f"{read}\r\n".encode()) > 480, "no more is cut off than must be"
            assert said.text.removesuffix("…").replace(WHOLE, "") in ("", "👍🏽")


async def test_no_byte_becomes_a_command(town: Town) -> None:
    seen = len(town.bob.lines)
    await town.desk.says(f"a\rTOPIC {CHANNEL} :pwned\x00\nQUIT\x10n\x10rQUIT")
    read = await town.bob.reads(lambda text: "pwned" in text, seen)
    assert read.split()[1] == "PRIVMSG"
    town.bob.writes(f"TOPIC {CHANNEL}")
    await town.bob.reads(lambda text: text.split()[1] == "331", seen)


# --- what comes in --------------------------------------------------------------------------------------


async def test_what_is_said_bears_the_account_of_who_said_it_and_nobody_elses(town: Town) -> None:
    town.alice.writes(f"PRIVMSG {CHANNEL} :it is me")
    town.bob.writes(f"PRIVMSG {CHANNEL} :so am I")
    assert (await town.desk.ears.heard("it is me")).speaker.account == "alice"
    assert (await town.desk.ears.heard("so am I")).speaker.account is None


async def test_who_logs_out_is_nobody_until_they_log_in_again(town: Town) -> None:
    before = town.desk.heard_so_far
    town.alice.writes("PRIVMSG NickServ :LOGOUT")
    out = await town.desk.ears.until(lambda event: isinstance(event, AccountChanged), before)
    town.alice.writes(f"PRIVMSG {CHANNEL} :without it")
    said = await town.desk.ears.heard("without it")
    town.alice.writes("PRIVMSG NickServ :IDENTIFY sesame")
    back = await town.desk.ears.until(
        lambda event: isinstance(event, AccountChanged) and event.account is not None, before
    )
    town.alice.writes(f"PRIVMSG {CHANNEL} :with it again")
    assert (out.nick, out.account, back.account) == ("alice", None, "alice")
    assert said.speaker.account is None
    assert (await town.desk.ears.heard("with it again")).speaker.account == "alice"


async def test_a_nick_that_somebody_else_takes_is_nobody_of_that_account(town: Town) -> None:
    town.alice.writes("NICK al")
    await town.alice.settles()
    town.bob.writes("NICK alice", f"PRIVMSG {CHANNEL} :I am alice", "NICK bob")
    await town.bob.settles()
    town.alice.writes("NICK alice", f"PRIVMSG {CHANNEL} :no, I am")
    impostor, alice = [await town.desk.ears.heard(text) for text in ("I am alice", "no, I am")]
    assert (impostor.speaker.nick, impostor.speaker.account) == ("alice", None)
    assert (alice.speaker.nick, alice.speaker.account) == ("alice", "alice")


async def test_one_name_has_many_spellings_where_the_server_says_so(town: Town) -> None:
    town.bob.writes("NICK bo[b]")
    await town.bob.settles()
    await town.desk.says("by another spelling", "BO{B}")
    await town.bob.reads(lambda text: text.endswith(" :by another spelling"))
    town.bob.writes(f"PRIVMSG PKGDESK :privately, to {CHANNEL.upper()}", "NICK bob")
    heard = await town.desk.ears.heard(f"privately, to {CHANNEL.upper()}")
    assert (heard.venue.name, heard.venue.visibility) == ("bo[b]", Visibility.PRIVATE)
    await town.bob.settles()


async def test_a_line_for_some_of_a_channel_is_not_one_for_all_of_it(town: Town) -> None:
    some = f"PRIVMSG +{CHANNEL} :"
    town.alice.writes(f"MODE {CHANNEL} +v pkgdesk", f"{some}among us", f"{some}pkgdesk: and you?")
    heard = await town.desk.ears.heard("pkgdesk: and you?")
    assert (heard.venue.name, heard.venue.visibility) == ("alice", Visibility.PRIVATE)
    assert "among us" not in town.desk.ears.texts()
    town.alice.writes(f"MODE {CHANNEL} -v pkgdesk")


async def test_who_is_away_is_told_of(town: Town) -> None:
    before = town.desk.heard_so_far
    town.alice.writes("AWAY :out", "AWAY")
    told = [
        await town.desk.ears.until(
            lambda event, away=away: isinstance(event, AwayChanged) and event.away is away, before
        )
        for away in (True, False)
    ]
    assert [each.nick for each in told] == ["alice", "alice"]


async def test_who_is_in_no_channel_is_seen_to_be_there_with_their_account(town: Town) -> None:
    seen = await town.guest.ears.until(lambda event: isinstance(event, Sighted))
    assert (seen.nick, seen.account) == ("carol", "pkgdesk")
    before = town.guest.heard_so_far
    town.carol.writes("NICK caroline")
    gone = await town.guest.ears.until(
        lambda event: isinstance(event, Sighted) and event.account is None, before
    )
    assert gone.nick == "carol"
    town.carol.writes("NICK carol")
    await town.carol.settles()


async def test_bots_and_notices_are_marked_and_our_own_lines_are_ours(town: Town) -> None:
    town.bob.writes("MODE bob +B", f"PRIVMSG {CHANNEL} :beep", "MODE bob -B", f"PRIVMSG {CHANNEL} :I am back")
    town.bob.writes(f"NOTICE {CHANNEL} :by the way")
    assert (await town.desk.ears.heard("beep")).from_bot
    assert not (await town.desk.ears.heard("I am back")).from_bot
    assert (await town.desk.ears.heard("by the way")).notice
    receipt = await town.desk.says("what I say")
    own = await town.desk.ears.heard("what I say", own=True)
    assert own.message == receipt.message is not None


async def test_the_desk_is_marked_as_a_bot(town: Town) -> None:
    town.bob.writes("WHOIS pkgdesk")
    await town.bob.reads(lambda text: text.split()[1] == "335")


async def test_what_was_said_before_the_desk_came_is_replayed(town: Town) -> None:
    heard = await town.desk.ears.heard("long ago")
    assert heard.replayed
    assert heard.venue.name == PAST


async def test_odd_bytes_cost_nothing_but_themselves(town: Town) -> None:
    said = f"PRIVMSG {CHANNEL} :".encode()
    town.bob.writes(
        said + b"caf\xe9", said + b"a\x10nb\x00c\x1b[2J", said, b" ", b":", said + b"\x01VERSION\x01"
    )
    town.bob.writes(said + b"that was it")
    before = town.desk.heard_so_far
    await town.desk.ears.heard("that was it")
    assert "café" in town.desk.ears.texts()
    assert not [text for text in town.desk.ears.texts() if "\n" in text or "VERSION" in text]
    assert not [event for event in town.desk.ears.events[before:] if isinstance(event, RosterLost)]


# --- the network breaks ---------------------------------------------------------------------------------


async def test_a_netsplit_takes_people_and_brings_them_back(town: Town) -> None:
    for _ in range(2):
        town.other.start()
        dave = await Person.comes(town.other.port, "dave", channel=None)
        dave.writes("OPER god god", f"CONNECT {town.server.name}", f"JOIN {CHANNEL}")
        before = town.desk.heard_so_far
        await town.desk.meets("dave", after=before)
        town.other.crash()
        await dave.leaves()
        await town.desk.misses("dave", before)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def strict() -> AsyncIterator[InspircdProcess]:
    """A server whose limits are Debian's, but counted two hundred times as fast: 200 lines at once and 200 a
    second, beyond which it ends the connection."""
    server = InspircdProcess(threshold=200, rate=200_000, fakelag=False)
    try:
        server.start()
        yield server
    finally:
        server.stop()


async def test_the_desk_is_never_thrown_out_for_flooding_but_who_floods_is(strict: InspircdProcess) -> None:
    pace = {"burst": 80, "rate": 100.0}
    mallory = asyncio.create_task(Person.comes(strict.port, "mallory"))
    desk = Desk(strict.port, pace=pace, channels=[CHANNEL, *(f"#c{number}" for number in range(8))])
    try:
        flooder = await mallory
        await desk.meets("mallory")
        bucket = Bucket(pace["rate"], pace["burst"], pace["burst"], asyncio.get_running_loop().time())
        flooder.writes(*(f"PRIVMSG {CHANNEL} :flood {number}" for number in range(300)))
        await desk.misses("mallory", 0)
        said = []
        for number in range(200):
            bucket = bucket.take(await moment(bucket.ready_at()))
            said.append(asyncio.create_task(desk.says(f"line {number}")))
        receipts = await asyncio.gather(*said)
        assert [receipt.text for receipt in receipts] == [f"line {number}" for number in range(200)]
        assert not [event for event in desk.ears.events if isinstance(event, RosterLost)]
        await flooder.leaves()
    finally:
        await desk.leaves()


async def test_a_server_that_is_silent_is_left_and_come_back_to(strict: InspircdProcess) -> None:
    coming = asyncio.create_task(Person.comes(strict.port, "eve"))
    desk = Desk(strict.port, times={**QUICK, "silence": QUIET, "sign_of_life": QUIET})
    try:
        eve = await coming
        await desk.meets("eve")
        strict.freeze()
        before = await desk.is_out_of(None)
        assert not desk.transport.connected
        strict.thaw()
        await desk.meets("eve", after=before)
        await eve.leaves()
    finally:
        strict.thaw()
        await desk.leaves()
