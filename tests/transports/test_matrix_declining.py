"""Whoever wants to compare emoji with the desk is told at once that nobody does; their program would wait for
ten minutes otherwise."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.transports.matrix.declining import MOST, Declining

DESK, ALICE, ROOM = "@desk:example.org", "@alice:example.org", "!room:example.org"
NOW = 1_000_000.0
NOW_MS = int(NOW * 1000)
REQUEST = "m.key.verification.request"


def told(**more: Any) -> dict[str, Any]:
    """To the desk's device."""
    content = {"from_device": "PHONE", "transaction_id": "one", "methods": ["m.sas.v1"], "timestamp": NOW_MS}
    return {"type": REQUEST, "sender": ALICE, "content": {**content, **more}}


def said(number: int = 1, sender: str = ALICE, **more: Any) -> dict[str, Any]:
    """In a room."""
    content = {"msgtype": REQUEST, "body": "Alice wants to verify", "from_device": "PHONE", "to": DESK}
    event = {"type": "m.room.message", "event_id": f"${number}", "sender": sender}
    return {**event, "origin_server_ts": NOW_MS, "content": {**content, **more}}


def test_each_is_answered_where_it_was_asked() -> None:
    asked = Declining(DESK, "DESK")
    asked.told(told(), NOW)
    asked.said(ROOM, said(2, "@bob:example.org"), NOW)
    asked.said(ROOM, said(2, "@bob:example.org"), NOW)
    first, second = asked.taken(NOW)
    assert (first.user, first.device, first.room) == (ALICE, "PHONE", None)
    assert (first.answer["code"], first.answer["transaction_id"]) == ("m.user", "one")
    assert second.room == ROOM
    assert second.answer["m.relates_to"] == {"rel_type": "m.reference", "event_id": "$2"}
    asked.said(ROOM, said(2, "@bob:example.org"), NOW)
    assert asked.taken(NOW) == []
    asked.told(told(transaction_id="two"), NOW)
    assert asked.taken(NOW + 600) == []


def test_what_is_not_for_us_or_not_of_now_is_passed_over() -> None:
    asked = Declining(DESK, "DESK")
    for event in (
        told(timestamp=NOW_MS - 600_000),
        told(timestamp=NOW_MS + 300_000),
        told(from_device=""),
        told(transaction_id=7),
        {**told(from_device="DESK"), "sender": DESK},
        {**told(), "type": "m.key.verification.done"},
    ):
        asked.told(event, NOW)
    asked.said(ROOM, said(to="@bob:example.org"), NOW)
    asked.said(ROOM, said(msgtype="m.text"), NOW)
    assert asked.taken(NOW) == []


def test_nobody_can_have_the_desk_fill_a_room() -> None:
    asked = Declining(DESK, "DESK")
    old = {"origin_server_ts": NOW_MS - 599_000}
    for number in range(10):
        asked.said(ROOM, {**said(number), **old}, NOW)
        asked.said(ROOM, said(number + 10), NOW + 1)
    assert [each.flow for each in asked.taken(NOW)] == ["$0", "$10", "$1"]
    for number in range(100):
        asked.said(ROOM, said(number, f"@u{number}:example.org"), NOW)
    assert len(asked.taken(NOW)) == MOST - 3
    asked.said(ROOM, {**said(), "origin_server_ts": NOW_MS + 601_000}, NOW + 601)
    assert len(asked.taken(NOW + 601)) == 1


_KEYS = st.sampled_from([*told(), *said()["content"], *told()["content"]])


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=4) | st.sampled_from([REQUEST, ALICE, DESK, NOW_MS]),
        lambda inner: st.dictionaries(
            st.sampled_from([*told(), *said()["content"], *told()["content"]]), inner
        ),
        max_leaves=12,
    )
)
def test_nothing_is_too_strange(event: Any) -> None:
    if isinstance(event, dict):
        asked = Declining(DESK, "DESK")
        asked.told({**told(), **event}, NOW)
        asked.said(ROOM, {**said(), **event}, NOW)
        assert all(each.answer for each in asked.taken(NOW))
