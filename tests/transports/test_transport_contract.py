"""The contract that every transport keeps: echo, order, crash, failed delivery, exact text, harmless bytes.

One suite, over real servers, a console and a control socket: the demo's IRC server, InspIRCd, Synapse, a pair
of streams, a unix socket.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from irc_networks import PATIENCE, PLACES, Place, line, now
from matrix_place import MatrixPlace

from bot.desk.events import Joined, Left, RosterLost
from bot.desk.model import Failure
from bot.transports.base import NotSent, Receipt, Unconfirmed
from routing.presence import Venue, Visibility

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALL = [*PLACES, "matrix"]


def place_of(request: Any) -> Place:
    """The place that a fixture is for. Only Matrix needs a server that others use, too."""
    if request.param == "matrix":
        return MatrixPlace(request.getfixturevalue("homeserver"))
    return PLACES[request.param]()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=ALL)
async def shared(request: Any) -> AsyncIterator[Place]:
    """A real server takes a second to let somebody in: tests that leave a place as it was share it."""
    async with place_of(request).visited() as place:
        yield place


@pytest.fixture
def place(shared: Place) -> Place:
    shared.forget()
    return shared


@pytest_asyncio.fixture(loop_scope="module", params=ALL)
async def fresh(request: Any) -> AsyncIterator[Place]:
    """For tests after which a place is no longer what it was."""
    async with place_of(request).visited() as place:
        yield place


async def test_what_somebody_says_arrives_as_it_was_said(place: Place) -> None:
    text = "pkgdesk: how do I build ~xen 4.19 — with «qemu» & `seabios`?"
    await place.someone_says(text)
    heard = await place.ears.heard(text)
    assert heard.venue == place.venue
    assert heard.speaker.network == place.transport.network
    assert heard.speaker.nick == place.other
    assert heard.me == place.transport.me == place.me
    assert (heard.own, heard.notice, heard.replayed, heard.from_bot) == (False, False, False, False)
    assert abs(now() - heard.at) < timedelta(minutes=1)
    assert heard.at.utcoffset() == timedelta()


async def test_what_is_sent_is_read_as_it_was_sent(place: Place) -> None:
    text = "use --with-system-qemu=/usr/bin/qemu; 4.19 — see https://xenproject.org/~alice/x?a=b#c “né”"
    receipt = await place.transport.send(line(place.venue, text, unbroken=("alice",)), None, ("alice",))
    assert receipt.text == text
    await place.sees(text)


async def test_our_own_echo_is_marked_as_ours(place: Place) -> None:
    await place.transport.send(line(place.venue, "it is me"), None, ())
    echo = await place.ears.heard("it is me", own=True)
    assert echo.speaker.nick == place.own
    assert echo.venue == place.venue
    await place.someone_says("it is me")
    other = await place.ears.heard("it is me")
    assert other.speaker.nick == place.other


async def test_order_is_kept_both_ways(place: Place) -> None:
    numbered = [f"line {number}" for number in range(12)]
    for text in numbered:
        await place.someone_says(text)
    sends = [place.transport.send(line(place.venue, text), None, ()) for text in numbered]
    await asyncio.wait_for(asyncio.gather(*sends), PATIENCE)
    for own in (False, True):
        await place.ears.heard(numbered[-1], own=own)
    await place.sees(numbered[-1])
    assert place.ears.texts() == place.ears.texts(own=True) == numbered
    assert place.seen() == numbered


async def test_what_cannot_be_delivered_is_told(place: Place) -> None:
    nobody = Venue(place.transport.network, place.nobody, Visibility.PRIVATE)
    with pytest.raises(NotSent) as refused:
        await place.transport.send(line(nobody, "are you there?"), place.nobody, ())
    assert refused.value.failure is place.missing
    assert not refused.value.later


async def test_nothing_to_say_is_not_sent(place: Place) -> None:
    with pytest.raises(NotSent) as refused:
        await place.transport.send(line(place.venue, "\u200b \x02\r\n"), None, ())
    assert refused.value.failure is Failure.UNSENDABLE


HOSTILE = [
    "a\rTOPIC {channel} :pwned",
    "a\nTOPIC {channel} :pwned",
    "a\r\nQUIT :pwned\r\nPRIVMSG {channel} :x",
    "a\0b\r\nNICK pwned",
    "\x01ACTION obeys\x01",
    "\x01DCC SEND x 1 1 1\x01",
    "\x1b]0;owned\x07\x1b[2J\x9b31m",
    "\u2028TOPIC {channel} :pwned\u2029\x85",
    "PART {channel}",
    "/quit",
    "!op mallory",
    "x" * 3000,
    "é" * 3000,
    "\u202e\u2066evil\ud800",
]


async def test_whatever_is_said_reaches_the_other_side_as_mere_words(place: Place) -> None:
    for text in HOSTILE:
        hostile = text.format(channel=place.venue.name) if "{" in text else text
        await place.transport.send(line(place.venue, hostile), None, ())
    await place.untouched()
    assert len(place.seen()) == len(HOSTILE)


async def test_a_hostile_addressee_or_venue_is_refused(place: Place) -> None:
    names = ["a\rQUIT", "a b", "a,b", "#a,#b", "@#a", "", "a\0", "*", "a\r\nTOPIC #a :x"]
    for name in names:
        for visibility in Visibility:
            venue = Venue(place.transport.network, name, visibility)
            with pytest.raises(NotSent):
                await place.transport.send(line(venue, "hello"), name, ())
    await place.untouched()


async def test_nobody_else_is_highlighted(place: Place) -> None:
    members = (place.other, "bob", "carol[m]", "dave")
    said = line(place.venue, "Bob and carol[m] know, ask dave", unbroken=("dave",))
    receipt = await place.transport.send(said, place.other, members)
    if not place.by_name:
        assert receipt.text == f"{place.called}: Bob and carol[m] know, ask dave"
    elif place.venue.private:
        assert receipt.text == "Bob and carol[m] know, ask dave"
    else:
        assert receipt.text == "alice: B\u200bob and c\u200barol[m] know, ask dave"
    await place.sees(receipt.text)


async def test_our_own_name_may_be_copied_from_what_we_say(place: Place) -> None:
    text = f"say `{place.me}: more`"
    said = line(place.venue, text)
    assert (await place.transport.send(said, None, ("alice", place.me))).text == text


async def test_hostile_bytes_do_not_end_the_connection(place: Place) -> None:
    await place.someone_says(b"caf\xe9 \xff\xfe")
    await place.someone_says("çut in mid-charact".encode() + b"\xc3")
    await place.someone_says(b"n\x00ul")
    await place.someone_says(b"\x01VERSION\x01 \x10n\x02bold\x02")
    await place.someone_says(b"x" * 5_000)
    await place.someone_says(b"")
    await place.someone_says("still here")
    await place.ears.heard("still here")
    if not place.textual:
        assert "café ÿþ" in place.ears.texts()
        assert "çut in mid-charact" in place.ears.texts()
    assert place.transport.connected
    assert not [event for event in place.ears.events if isinstance(event, RosterLost)]


async def test_an_inbox_that_fails_costs_only_that_event(place: Place) -> None:
    place.ears.hurts = "boom"
    await place.someone_says("boom")
    await place.someone_says("after")
    await place.ears.heard("after")
    place.ears.hurts = None
    assert place.transport.connected


async def test_a_crash_is_told_and_survived(fresh: Place) -> None:
    there = await fresh.ears.until(
        lambda event: isinstance(event, Joined) and event.speaker.nick == fresh.other
    )
    assert (there.venue, there.present) == (fresh.venue, fresh.first)
    await fresh.someone_says("before")
    await fresh.ears.heard("before")

    connected: list[bool] = []
    loss = Left if fresh.stays else RosterLost
    fresh.ears.witness = lambda event: (
        connected.append(fresh.transport.connected) if isinstance(event, loss) else None
    )
    before = len(fresh.ears.events)
    await fresh.crash()
    await fresh.ears.until(lambda event: isinstance(event, loss) and event.venue is None, before)
    assert connected == [fresh.stays]
    assert fresh.transport.connected is fresh.stays
    with pytest.raises(NotSent) as refused:
        await fresh.transport.send(line(fresh.venue, "hello?"), None, ())
    assert refused.value.later is (fresh.comes_back and not fresh.stays)

    if fresh.comes_back:
        await fresh.restore()
        await fresh.transport.send(line(fresh.venue, "here I am again"), None, ())
        await fresh.sees("here I am again")
        await fresh.someone_says("after")
        await fresh.ears.heard("after")
    ids = [event.id for event in fresh.ears.events]
    assert len(set(ids)) == len(ids)
    assert all(each.startswith(f"{fresh.transport.network}/") for each in ids)


async def test_lines_that_a_crash_meets_have_a_fate_each(fresh: Place) -> None:
    sends = [
        asyncio.create_task(fresh.transport.send(line(fresh.venue, f"line {number}"), None, ()))
        for number in range(20)
    ]
    await asyncio.wait(sends[:1])
    await fresh.crash()
    fates = await asyncio.wait_for(asyncio.gather(*sends, return_exceptions=True), PATIENCE)
    assert all(isinstance(fate, Receipt | NotSent | Unconfirmed) for fate in fates), fates


async def test_closing_says_goodbye_and_ends(fresh: Place) -> None:
    await fresh.transport.send(line(fresh.venue, "last words"), None, ())
    await asyncio.wait_for(fresh.transport.close("back on Monday"), PATIENCE)
    await fresh.goodbye("back on Monday")
    assert not fresh.transport.connected
    assert isinstance(fresh.ears.events[-1], RosterLost)
    with pytest.raises(NotSent):
        await fresh.transport.send(line(fresh.venue, "too late"), None, ())
    await asyncio.wait_for(fresh.transport.close("again"), PATIENCE)
