"""Lines of the desk as events of Matrix: nothing of a user's becomes a mention, a command or markup."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map

from bot.desk.model import Line, Purpose, Speaker
from bot.transports.matrix.html import ATTRIBUTES, TAGS, Kind, Piece, is_link, marked_up
from bot.transports.matrix.room import Room
from bot.transports.matrix.speaking import ROOM, content
from bot.transports.names import BREAK
from bot.transports.plain import plain
from bot.transports.wire import GUARD, OBEYED, Unsendable
from routing.presence import Venue, Visibility

ALICE, BOB, EVE = "@alice:example.org", "@bob:example.org", "@eve:elsewhere.example"
PUBLIC = Venue("matrix", "#xen:example.org")
PRIVATE = Venue("matrix", ALICE, Visibility.PRIVATE)


def said(
    text: str, to: str | None = None, *, venue: Venue = PUBLIC, complete: bool = True, **more: Any
) -> dict[str, Any]:
    """`more`: of the line; names of members by their localparts in `called`."""
    called = {ALICE: "Alice", BOB: "Bob", **more.pop("called", {})}
    room = Room("!room:example.org", members=Map(called), complete=complete)
    speaker = Speaker("matrix", to, to) if to else None
    return content(Line(venue, text, Purpose.TELL, speaker, **more), to, room.members, room)


class Parsed(HTMLParser):
    """The tags with their attributes, and the text that is read."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def links(event: dict[str, Any]) -> list[str | None]:
    return [given.get("href") for tag, given in Parsed(event.get("formatted_body", "")).tags if tag == "a"]


# --- how it is shown ------------------------------------------------------------------------------------


def test_the_flow_of_talk_is_a_notice_that_mentions_nobody() -> None:
    assert said("all is well") == {"msgtype": "m.notice", "body": "all is well", "m.mentions": {}}


def test_whom_it_is_for_stands_before_it_as_a_pill() -> None:
    event = said("use 4.17", ALICE)
    assert (event["msgtype"], event["body"], event["m.mentions"]) == ("m.notice", "Alice: use 4.17", {})
    assert event["format"] == "org.matrix.custom.html"
    assert event["formatted_body"] == '<a href="https://matrix.to/#/@alice:example.org">Alice</a>: use 4.17'


def test_a_line_that_notifies_mentions_its_addressee_alone() -> None:
    event = said("please look at #4 with @bob:example.org", ALICE, notify=True)
    assert (event["msgtype"], event["m.mentions"]) == ("m.text", {"user_ids": [ALICE]})
    assert event["body"] == "Alice: please look at #4 with Bob"


def test_nobody_is_notified_where_there_is_nobody_to_address() -> None:
    assert said("carol: look", notify=True)["msgtype"] == "m.notice"


def test_a_direct_conversation_needs_no_address() -> None:
    assert said("use 4.17", ALICE, venue=PRIVATE)["body"] == "use 4.17"
    event = said("please look", None, venue=PRIVATE, notify=True)
    assert (event["msgtype"], event["m.mentions"]) == ("m.text", {"user_ids": [ALICE]})


def test_it_stands_in_the_thread_or_refers_to_what_it_replies_to() -> None:
    thread = {
        "rel_type": "m.thread",
        "event_id": "$root",
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": "$said"},
    }
    reply = {"m.in_reply_to": {"event_id": "$said"}}
    assert said("yes", reply_to="$said", thread="$root")["m.relates_to"] == thread
    assert said("yes", thread="$root")["m.relates_to"]["m.in_reply_to"] == {"event_id": "$root"}
    assert said("yes", reply_to="$said")["m.relates_to"] == reply
    assert said("yes", reply_to="$said", thread="$root", venue=PRIVATE)["m.relates_to"] == reply
    assert "m.relates_to" not in said("yes", reply_to="an id of IRC", thread="#1")


def test_people_are_called_what_they_are_called() -> None:
    assert said("ask @bob:example.org, or @eve:elsewhere.example.")["body"] == (
        "ask Bob, or @eve:elsewhere.example."
    )
    assert links(said("ask @bob:example.org.")) == ["https://matrix.to/#/@bob:example.org"]
    assert said("`link @bob:example.org`")["formatted_body"].startswith(
        "» <code>link @bob:example.org</code>"
    )


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("", {}),
        ("x" * 65, {}),
        ("@bob:example.org", {}),
        ("@bob", {}),
        ("bob", {BOB: "Robert"}),
        ("ALICE", {EVE: "alice"}),
        ("Ａｌｉｃｅ", {EVE: "Alice"}),
        ("Bob: yes, do that", {}),
        ("www.example.org", {}),
        ("a\u202eb", {}),
        ("a\nb", {}),
    ],
)
def test_a_name_that_may_be_somebody_elses_is_no_name(name: str, called: dict[str, str]) -> None:
    assert said("yes", ALICE, called={ALICE: name, **called})["body"] == f"{ALICE}: yes"


def test_a_name_counts_only_where_all_members_are_known() -> None:
    assert said("yes", ALICE, complete=False)["body"] == f"{ALICE}: yes"


def test_code_and_links_are_shown_as_such_and_nothing_else() -> None:
    event = said("set `CFLAGS=<none>`, see https://xenbits.example/a?b=1&c=(2). <b>Now</b>")
    assert event["body"] == "set `CFLAGS=<none>`, see https://xenbits.example/a?b=1&c=(2). <b>Now</b>"
    assert event["formatted_body"] == (
        'set <code>CFLAGS=&lt;none&gt;</code>, see <a href="https://xenbits.example/a?b=1&amp;c=(2)">'
        "https://xenbits.example/a?b=1&amp;c=(2)</a>. &lt;b&gt;Now&lt;/b&gt;"
    )
    assert "formatted_body" not in said("1 < 2 & <b>bold</b>")


@pytest.mark.parametrize(
    "url",
    [
        "https://matrix.to/#/@bob:example.org",
        "https://MATRIX.to/#/#xen:example.org",
        "https://www.matrix.to/",
        "https://bank.example@elsewhere.example/",
        "https://b\u0430nk.example/",
        "https://",
        "https://..",
        "https://a..b/",
        "https://example.org:123456/",
        "javascript:alert(1)",
        "data:text/html,x",
        "matrix:u/bob:example.org",
        "//example.org",
    ],
)
def test_what_may_mislead_is_no_link(url: str) -> None:
    assert not is_link(url)
    assert links(said(f"see {url} now")) == []


def test_whatever_is_made_into_markup_only_what_may_stand_there_passes() -> None:
    """Should the rest ever let something through, the last step does not."""
    made = marked_up([Piece(Kind.LINK, "javascript:alert(1)"), Piece(Kind.CODE, "x")], called=str)
    assert made == "<a>javascript:alert(1)</a><code>x</code>"


def test_links_end_where_the_sentence_goes_on() -> None:
    assert links(said("(see https://a.example/x_(y)), https://b.example/.")) == [
        "https://a.example/x_(y)",
        "https://b.example/",
    ]


def test_no_line_begins_with_what_other_bots_obey() -> None:
    assert said("!op eve")["body"] == f"{GUARD}!op eve"
    assert said("yes", ALICE, called={ALICE: "!op"})["body"] == f"{GUARD}!op: yes"
    assert said(f"{EVE} says so")["body"] == f"{GUARD}{EVE} says so"
    assert said("yes", EVE)["body"] == f"{EVE}: yes"


def test_what_cannot_be_said_is_told() -> None:
    for text, to in (("\u200b \x00", None), ("", ALICE), ("yes", "alice"), ("yes", "@a\n:example.org")):
        with pytest.raises(Unsendable):
            said(text, to)


def test_a_line_is_cut_before_an_event_is_too_large() -> None:
    event = said('"<&' * 20_000, ALICE)
    assert event["body"].endswith("…")
    assert ROOM - 10 <= len(event["body"].removeprefix("Alice: ").encode()) <= ROOM
    assert len(json.dumps(event).encode()) < 45_000


# --- whatever stands in it ------------------------------------------------------------------------------

NAUGHTY = st.sampled_from(
    [
        *("@room", "@alice:example.org", "@bob:example.org", "Alice", "`", "``", "<b>", "</a>", "<script>"),
        *("https://matrix.to/#/@bob:example.org", "javascript:alert(1)", "https://x.example/", '"', "'", "&"),
        *("&lt;", "<!--", "-->", "<![CDATA[", "\x00", "\r\n", "\u202e", "\ud800", "!", "/me", "](", "\x03"),
        *("<mx-reply>", 'href="', "https://x.example/\"onclick='", "@@", ":", " ", "<img src=x>", "𝕏"),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(st.one_of(NAUGHTY, st.text(max_size=3)), max_size=20).map("".join))


@given(text=TEXTS, name=TEXTS, to=st.sampled_from([None, ALICE]), notify=st.booleans(), private=st.booleans())
def test_nothing_of_a_user_is_a_mention_a_command_or_markup(
    text: str, name: str, to: str | None, notify: bool, private: bool
) -> None:
    venue = PRIVATE if private else PUBLIC
    try:
        event = said(text, to, venue=venue, notify=notify, called={BOB: plain(name), ALICE: plain(name)})
    except Unsendable:
        assert not plain(text)
        return
    told = ALICE if notify and (to or private) else None
    assert event["m.mentions"] == ({"user_ids": [told]} if told else {})
    assert event["msgtype"] == ("m.text" if told else "m.notice")

    body = event["body"]
    assert plain(body.replace(BREAK, "")) == body.replace(BREAK, "")
    opening = "" if to is None or private else f"{to}: "
    assert body[0] not in OBEYED or (opening and body.startswith(opening))
    if "@" not in text:
        assert body.endswith(plain(text))
    assert not re.search(r"@room(?![^\W_])", body, re.IGNORECASE)
    assert json.loads(json.dumps(event, ensure_ascii=False).encode()) == event

    html = event.get("formatted_body")
    assert (html is None) is ("format" not in event)
    parsed = Parsed(html or "")
    for tag, given_ in parsed.tags:
        assert tag in TAGS
        assert given_.keys() <= ATTRIBUTES.get(tag, set())
        href = given_.get("href")
        if href is not None:
            pill = href in ("https://matrix.to/#/" + ALICE, "https://matrix.to/#/" + BOB)
            assert pill or (is_link(href) and href in parsed.text)
    if html is not None:
        assert parsed.text.replace("`", "") == body.replace("`", "")
