"""What counts as an expected line that came."""

import asyncio
import re

from bot.demo.client import Message
from bot.demo.player import Ear, Said, Wanted

CHANNEL = "#xen-packagers"


def wanted(what: str, *, who: str = "pkgdesk", where: str = CHANNEL) -> Wanted:
    return Wanted(re.compile(who), re.compile(re.escape(where)), re.compile(what))


def ear(*said: tuple[str, str, str]) -> Ear:
    made = Ear()
    for who, where, what in said:
        made.hears(Said(who, where, what))
    return made


async def test_a_line_answers_one_expectation() -> None:
    heard = ear(("pkgdesk", CHANNEL, "alice: #1 is answered"))

    assert await heard.expect(wanted(r"#(?P<number>\d) is answered"), 0.01)
    assert await heard.expect(wanted(r"#1 is answered"), 0.01) is None
    assert heard.count(wanted(r"#1 is answered")) == 1


async def test_lines_are_expected_in_the_order_in_which_they_are_said() -> None:
    heard = ear(("pkgdesk", CHANNEL, "one"), ("pkgdesk", CHANNEL, "two"), ("pkgdesk", "alice", "three"))

    assert await heard.expect(wanted("two"), 0.01)
    assert await heard.expect(wanted("one"), 0.01) is None
    assert await heard.expect(wanted("three", where="alice"), 0.01), "another place has its own order"


async def test_who_and_where_must_match_in_full() -> None:
    heard = ear(("pkgdesk2", CHANNEL, "one"), ("pkgdesk", f"{CHANNEL}2", "one"))

    assert await heard.expect(wanted("one"), 0.01) is None
    assert heard.lately(wanted("one")) == ["<pkgdesk2> one"], "what came there instead"


async def test_a_line_may_come_later() -> None:
    heard = ear()
    expected = asyncio.create_task(heard.expect(wanted("one"), 5.0))
    await asyncio.sleep(0)
    heard.hears(Said("pkgdesk", CHANNEL, "one"))

    assert await expected


def test_lines_of_the_protocol_are_read() -> None:
    assert Message.parse("PING x") == Message("", "PING", ("x",))
    assert Message.parse("@time=1;a=b :bob!u@h PRIVMSG #c :a : b").params == ("#c", "a : b")
    assert Message.parse(":bob!u@h QUIT :bye now").nick == "bob"
    assert Message.parse("").command == ""
