"""What events of Matrix mean to the desk, and to whom messages are said."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map
from matrix_sync import ALICE, BOB, CAROL, ME, ROOM, create, directs, inside, member, nowhere, rules, state

from bot.desk.addressing import address
from bot.desk.events import Edited, Heard, Reacted, Redacted
from bot.transports.matrix import hearing
from bot.transports.matrix.encryption import OPENED
from bot.transports.matrix.folding import fold
from bot.transports.matrix.hearing import LONGEST, MOST_LINES, Ghosts, unreadable
from bot.transports.matrix.mentions import Party, addressed
from bot.transports.matrix.rooms import Rooms
from bot.transports.matrix.settings import MatrixSettings
from routing.presence import Venue, Visibility

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROOM_OF_ALL = Venue("matrix", ROOM)
DAVE = "@dave:example.org"


@cache
def rooms(version: str = "11", *, direct: bool = False) -> Rooms:
    names = {ME: "Package Desk", ALICE: "Alice", BOB: "Bob Smith", CAROL: "carol", DAVE: "Dave"}
    there = [member(user, displayname=name) for user, name in names.items()][: 2 if direct else None]
    told = inside(ROOM, state=(create(version), rules("invite" if direct else "public"), *there))
    known, _ = fold(nowhere(), told)
    return fold(known, directs(alice=[ROOM]))[0] if direct else known


def event(content: Any, kind: str = "m.room.message", **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "sender": ALICE,
        "event_id": "$event",
        "origin_server_ts": 1,
        "content": content,
        **more,
    }


NO_GHOSTS = Ghosts()


def hear(
    told: Any, where: Rooms | None = None, *, ghosts: Ghosts = NO_GHOSTS, since: datetime | None = None
) -> Any:
    where = where or rooms()
    return hearing.heard(
        told,
        where.joined[ROOM],
        where,
        network="matrix",
        me="pkgdesk",
        ghosts=ghosts,
        received=NOW,
        since=since,
    )


def text(body: str, where: Rooms | None = None, **content: Any) -> str:
    """What the desk reads."""
    heard = hear(event({"msgtype": "m.text", "body": body, **content}), where)
    assert isinstance(heard, Heard)
    return heard.text


def pill(user: str, label: str) -> str:
    return f'<a href="https://matrix.to/#/{user}">{label}</a>'


def mentions(*users: str) -> dict[str, Any]:
    return {"m.mentions": {"user_ids": list(users)}}


# --- messages -------------------------------------------------------------------------------------------


def test_a_message_is_heard() -> None:
    heard = hear(event({"msgtype": "m.text", "body": "hello"}))
    assert isinstance(heard, Heard)
    assert (heard.id, heard.message, heard.at) == ("matrix/$event", "$event", NOW)
    assert (heard.speaker.nick, heard.speaker.account, heard.venue) == (ALICE, ALICE, ROOM_OF_ALL)
    assert (heard.text, heard.me) == ("hello", "pkgdesk")
    assert (heard.own, heard.notice, heard.late, heard.replayed) == (False, False, False, False)
    assert (heard.relates_to, heard.thread) == (None, None)


def test_own_words_notices_and_emotes_are_marked() -> None:
    assert hear(event({"msgtype": "m.text", "body": "hello"}, sender=ME)).own
    assert hear(event({"msgtype": "m.notice", "body": "hello"})).notice
    assert text("waves", msgtype="m.emote") == f"* {ALICE} waves"


def test_a_direct_conversation_is_named_after_the_other_half() -> None:
    heard = hear(event({"msgtype": "m.text", "body": "hello"}), rooms(direct=True))
    assert heard.venue == Venue("matrix", ALICE, Visibility.PRIVATE)


def test_ghosts_have_no_account() -> None:
    told = event({"msgtype": "m.text", "body": "hello"}, sender="@irc_eve:example.org")
    speaker = hear(told, ghosts=Ghosts(("@irc_*:example.org",))).speaker
    assert (speaker.nick, speaker.account) == ("@irc_eve:example.org", None)
    assert hear(told, ghosts=Ghosts(("@irc_*:elsewhere.example",))).speaker.account is not None


def test_when_a_late_line_was_said_its_server_cannot_choose() -> None:
    since = NOW - timedelta(hours=1)
    for at, said_at in (
        (NOW - timedelta(minutes=5), NOW - timedelta(minutes=5)),
        (NOW + timedelta(days=400), NOW),
        (NOW - timedelta(days=400), since),
    ):
        told = event({"msgtype": "m.text", "body": "hello"})
        heard = hear(told | {"origin_server_ts": int(at.timestamp() * 1000)}, since=since)
        assert (heard.at, heard.said_at, heard.late, heard.replayed) == (NOW, said_at, True, True)
        assert hear(told).said_at is None


def test_replies_and_threads_are_told() -> None:
    to = {"m.in_reply_to": {"event_id": "$before"}}
    thread = {"rel_type": "m.thread", "event_id": "$root"}
    for relation, expected in (
        (to, ("$before", None)),
        (thread | to, ("$before", "$root")),
        (thread | to | {"is_falling_back": True}, (None, "$root")),
        ({"m.in_reply_to": "$before"}, (None, None)),
    ):
        heard = hear(event({"msgtype": "m.text", "body": "yes", "m.relates_to": relation}))
        assert (heard.relates_to, heard.thread) == expected


def test_what_a_reply_quotes_is_not_said() -> None:
    to: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": "$before"}}}
    quoted = "> <@bob:example.org> one\n> two\n\nyes\n> I mean it"
    assert text(quoted, **to) == "yes\n> I mean it"
    assert text("> * <@bob:example.org> waves\n\nyes", **to) == "yes"
    assert text("> a quote of my own\nyes", **to) == "> a quote of my own\nyes"
    assert text(quoted) == quoted.replace("\n\n", "\n")
    assert hear(event({"msgtype": "m.text", "body": "> <@bob:example.org> one", **to})) is None


def test_a_paste_is_read_line_by_line_and_bounded() -> None:
    assert text("it fails:\r\n\n  make\tall  \nError 1\n") == "it fails:\n  make all\nError 1"
    assert text("a\x00b\ud800c\x1b[31m\x7f") == "ab\ufffdc[31m"
    assert len(text("x\n" * 4_000).splitlines()) <= MOST_LINES
    assert len(text("x" * 60_000)) == LONGEST


def test_a_caption_is_said_and_the_name_of_a_file_is_not() -> None:
    assert text("pkgdesk: what is this?", msgtype="m.image", filename="a.png") == "pkgdesk: what is this?"
    for content in ({"body": "a.png"}, {"body": "a.png", "filename": "a.png"}):
        assert hear(event({"msgtype": "m.image", **content})) is None


# --- to whom --------------------------------------------------------------------------------------------

DESK = "pkgdesk: how do I build it?"


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ("pkgdesk: how do I build it?", {}),
        ("PkgDesk, how do I build it?", {}),
        ("@pkgdesk how do I build it?", {}),
        ("@pkgdesk:example.org how do I build it?", {}),
        ("@pkgdesk:example.org: how do I build it?", {}),
        ("Package Desk: how do I build it?", {}),
        ("@package desk: how do I build it?", {}),
        ("Package Desk how do I build it?", {"formatted_body": pill(ME, "Package Desk") + " how"}),
        ("The Desk how do I build it?", {"formatted_body": f"<p>{pill(ME, 'The Desk')} how</p>"}),
        ("Desk & Co: how do I build it?", {"formatted_body": pill(ME, "Desk &amp; Co")}),
        ("[Desk](https://matrix.to/#/@pkgdesk:example.org): how do I build it?", {}),
        ("[Desk](https://matrix.to/#/%40pkgdesk%3Aexample.org?via=a) how do I build it?", {}),
        ("https://matrix.to/#/@pkgdesk:example.org how do I build it?", {}),
        ("[Desk](matrix:u/pkgdesk:example.org) how do I build it?", {}),
        ("how do I build it, Package Desk?", mentions(ME)),
        ("how do I @pkgdesk build it?", mentions(ME)),
        ("how do I build it, @pkgdesk:example.org?", mentions(ME)),
        ("how do I build it Desk?", mentions(ME) | {"formatted_body": "how " + pill(ME, "Desk")}),
        ("how do I build it Desk?", {"formatted_body": "how " + pill(ME, "Desk")}),
    ],
)
def test_the_desk_is_named(body: str, content: dict[str, Any]) -> None:
    assert text(body, **content) == DESK


def test_a_local_part_that_is_no_nick_is_written_as_one() -> None:
    settings = MatrixSettings(homeserver="https://example.org", user="@pkg.desk:example.org")
    party = Party(settings.me, settings.user, Map())
    for body in ("pkg.desk: help", "pkg-desk: help", "@pkg.desk:example.org help"):
        assert address(addressed(body, {}, party, private=False)) == (settings.me, "help")


def test_a_name_alone_is_an_address_where_it_is_meant() -> None:
    assert text("Package Desk", **mentions(ME)) == "pkgdesk:"
    assert text("Package Desk") == "Package Desk"


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ("ask pkgdesk about it", {}),
        ("ask pkgdesk about it", {"m.mentions": {}, "formatted_body": pill(ME, "pkgdesk")}),
        ("ask pkgdesk about it, Bob Smith", mentions(ME, BOB)),
        ("ask pkgdesk about it, everybody", {"m.mentions": {"user_ids": [ME], "room": True}}),
        ("ask pkgdesk, Bob", {"formatted_body": pill(ME, "pkgdesk") + pill(BOB, "Bob")}),
        ("thanks, that works", mentions(ME)),
        ("pkgdesks: none", {}),
        ("Note: it works", {}),
        ("https://example.org: down", {}),
        ("https://matrix.to/#/#room:example.org", {}),
    ],
)
def test_the_desk_is_not_named(body: str, content: dict[str, Any]) -> None:
    assert text(body, **content) == body


def test_whom_a_reply_mentions_without_a_word_does_not_matter() -> None:
    to: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": "$of-bob"}}}
    quote = f"<mx-reply><blockquote>{pill(BOB, 'Bob')} asks {pill(ME, 'Desk')}</blockquote></mx-reply>"
    assert text("yes", formatted_body=quote + "yes", **to, **mentions(BOB, ME)) == "yes"
    assert text("what does that mean, pkgdesk?", **to, **mentions(BOB, ME)) == "pkgdesk: what does that mean?"


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ("@bob:example.org: use 4.17", {}),
        ("@bob:example.org use 4.17", {}),
        ("bob: use 4.17", {}),
        ("@bob use 4.17", {}),
        ("Bob Smith: use 4.17", {}),
        ("bob smith, use 4.17", {}),
        ("Bobby: use 4.17", {"formatted_body": pill(BOB, "Bobby") + ": use"}),
        ("[Bob](https://matrix.to/#/@bob:example.org) use 4.17", {}),
    ],
)
def test_somebody_else_is_named(body: str, content: dict[str, Any]) -> None:
    assert text(body, **content) == "@bob:example.org: use 4.17"


def test_a_name_of_two_is_nobodys() -> None:
    told = inside(ROOM, member("@eve:elsewhere.example", displayname="Dave"))
    both, _ = fold(rooms(), told)
    assert text("Dave: use 4.17", both) == "Dave: use 4.17"
    assert text("Dave: use 4.17", both, formatted_body=pill(DAVE, "Dave")) == f"{DAVE}: use 4.17"
    assert text("@pkgdesk:elsewhere.example: hello") == "@pkgdesk:elsewhere.example: hello"


def test_privately_a_name_in_passing_is_only_that() -> None:
    assert text("what is pkgdesk?", rooms(direct=True), **mentions(ME)) == "what is pkgdesk?"
    assert text("pkgdesk: help", rooms(direct=True)) == "pkgdesk: help"


# --- edits, reactions, redactions -----------------------------------------------------------------------


def edit(body: str = "it fails", **new: Any) -> dict[str, Any]:
    return {
        "msgtype": "m.text",
        "body": f"* {body}",
        "m.new_content": {"msgtype": "m.text", "body": body, **new},
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$before"},
    }


def test_an_edit_says_what_it_is_now() -> None:
    edited = hear(event(edit("Package Desk: how?")))
    assert isinstance(edited, Edited)
    assert (edited.id, edited.message, edited.text) == ("matrix/$event", "$before", "pkgdesk: how?")
    assert edited.speaker.account == ALICE
    assert hear(event(edit() | {"m.new_content": None})) is None
    assert hear(event(edit(msgtype="m.notice"))) is None
    assert hear(event(edit() | {"m.relates_to": {"rel_type": "m.replace"}})) is None


def reaction(key: Any, **more: Any) -> dict[str, Any]:
    return event(
        {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$line", "key": key}}, "m.reaction", **more
    )


def test_a_reaction_is_put_on_a_message() -> None:
    reacted = hear(reaction("👍"))
    assert isinstance(reacted, Reacted)
    assert (reacted.message, reacted.key, reacted.reaction, reacted.me) == (
        "$line",
        "👍",
        "$event",
        "pkgdesk",
    )
    for nothing in ("", "x" * 65, 1, None, "\ud800"):
        assert hear(reaction(nothing)) is None
    assert hear(reaction("👍", sender=ME)) is None


def test_what_a_redaction_takes_back_stands_where_the_version_says() -> None:
    both = event({"redacts": "$inside"}, "m.room.redaction", redacts="$outside")
    for version, gone in (("10", "$outside"), ("11", "$inside"), ("12", "$inside"), ("odd", "$inside")):
        redacted = hear(both, rooms(version))
        assert isinstance(redacted, Redacted)
        assert (redacted.id, redacted.message) == ("matrix/$event", gone)
    assert hear(event({}, "m.room.redaction", redacts="$outside")) is None


def test_nothing_is_taken_back_by_what_the_server_could_not_read() -> None:
    told = event({"redacts": "$inside"}, "m.room.redaction", unsigned={OPENED: True})
    assert hear(told) is None
    assert hear(event({"msgtype": "m.text", "body": "hello"}, unsigned={OPENED: True})) is not None


# --- what is nothing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        event({}),
        event({}, unsigned={"redacted_because": {}}),
        event({"msgtype": "m.text", "body": " \x00\n "}),
        event({"msgtype": "m.text"}),
        event({"body": "hello"}),
        event({"msgtype": "m.location", "body": "here"}),
        event({"body": "sticker"}, "m.sticker"),
        event({}, "m.poll.start"),
        event({"algorithm": "m.megolm.v1.aes-sha2"}, "m.room.encrypted"),
        event({"msgtype": "m.text", "body": "hello"}, sender="alice"),
        event({"msgtype": "m.text", "body": "hello"}, sender="@a\u202eb:example.org"),
        event({"msgtype": "m.text", "body": "hello"}, event_id=None),
        event({"msgtype": "m.text", "body": "hello"}, state_key=""),
        state("m.room.topic", {"topic": "hello"}),
    ],
)
def test_what_says_nothing_is_nothing(told: dict[str, Any]) -> None:
    assert hear(told) is None


def test_what_cannot_be_read_is_told_under_an_id_of_its_own() -> None:
    where = rooms()
    told = unreadable(
        event({}, "m.room.encrypted"),
        where.joined[ROOM],
        where,
        network="matrix",
        ghosts=Ghosts(),
        received=NOW,
    )
    assert told is not None
    assert (told.id, told.message, told.speaker.nick) == ("matrix/$event/unreadable", "$event", ALICE)


KEYS = st.sampled_from(
    [
        *("type", "sender", "event_id", "content", "body", "msgtype", "m.relates_to", "rel_type", "key"),
        *("m.new_content", "m.mentions", "user_ids", "room", "formatted_body", "filename", "redacts"),
        *("m.in_reply_to", "origin_server_ts", "unsigned", "is_falling_back"),
    ]
)
WORDS = st.sampled_from(
    [
        *("m.room.message", "m.text", "m.emote", "m.notice", "m.image", "m.reaction", "m.room.redaction", ME),
        *("m.replace", "m.annotation", "m.thread", "$e", ALICE, BOB, "pkgdesk: hi", "> <@a:b> x\n\ny", "👍"),
        *(
            pill(ME, "Desk"),
            "[x](https://matrix.to/#/@a:b)",
            "\ud800",
            "@:",
            "https://matrix.to/#/%ff",
            "*" * 99,
        ),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(
    whole=st.dictionaries(KEYS, JSON, max_size=8),
    content=st.dictionaries(KEYS, JSON, max_size=8),
    kind=st.sampled_from(["m.room.message", "m.reaction", "m.room.redaction"]),
    direct=st.booleans(),
)
def test_anything_may_come_in(
    whole: dict[str, Any], content: dict[str, Any], kind: str, direct: bool
) -> None:
    where = rooms(direct=direct)
    for told in (whole, event(content, kind), event({"msgtype": "m.text", **content})):
        found = hear(told, where, since=NOW - timedelta(hours=1))
        if isinstance(found, Heard | Edited):
            found.text.encode()
            assert "\0" not in found.text
            assert len(found.text) <= LONGEST + 600
