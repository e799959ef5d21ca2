"""Ranks in a room, and the rights that they give."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matrix_sync import ALICE, BOB, CAROL, create

from bot.desk.model import Role
from bot.transports.matrix.power import granted, rank

OLD, HYDRA = create("10"), create("12", additional_creators=[BOB])


@pytest.mark.parametrize(
    ("levels", "made", "alice", "bob"),
    [
        ({"users": {ALICE: 100, BOB: 50}}, OLD, 100, 50),
        ({"users": {ALICE: 100}}, OLD, 100, 0),  # demoted by being left out
        ({"users": {ALICE: 100}, "users_default": 10}, OLD, 100, 10),
        ({"users": {}}, OLD, 0, 0),  # whoever made it counts for nothing where levels are told
        ({}, OLD, 0, 0),
        (None, OLD, 100, 0),
        (None, create("11"), 100, 0),
        (None, None, 0, 0),
        ({"users": {BOB: 50}}, None, 0, 50),
        ({"users": {ALICE: 0}}, HYDRA, math.inf, math.inf),
        (None, HYDRA, math.inf, math.inf),
        ({"users": {CAROL: 100}}, HYDRA, math.inf, math.inf),
        ({"users": {ALICE: 50, BOB: -5}}, create("1"), 50, -5),
        ({"users": {ALICE: " 50 ", BOB: "+7"}}, create("9"), 50, 7),
        ({"users": {ALICE: "50", BOB: "٥٠"}}, OLD, 0, 0),
        ({"users": {ALICE: "fifty", BOB: "5" * 400}}, create("9"), 0, 0),
        ({"users": {ALICE: True, BOB: 1e300}}, OLD, 0, 0),
        ({"users": {ALICE: None, BOB: 10**400}}, OLD, 0, 0),
        ({"users": [ALICE], "users_default": {}}, OLD, 0, 0),
        ({"users": 7}, OLD, 0, 0),
    ],
)
def test_a_rank_is_what_the_specification_says(
    levels: dict[str, Any] | None, made: dict[str, Any] | None, alice: float, bob: float
) -> None:
    assert (rank(ALICE, levels, made), rank(BOB, levels, made)) == (alice, bob)


def test_a_rank_gives_the_greatest_right_that_it_reaches() -> None:
    rights = {Role.EDITOR: 50, Role.OPERATOR: 100}
    assert [granted(rights, each) for each in (-5, 0, 49, 50, 99, 100, math.inf)] == [
        *(Role.ANYBODY, Role.ANYBODY, Role.ANYBODY),
        *(Role.EDITOR, Role.EDITOR, Role.OPERATOR, Role.OPERATOR),
    ]
    assert granted({}, math.inf) is Role.ANYBODY


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


@given(
    st.fixed_dictionaries(
        {}, optional={"users": st.dictionaries(st.just(ALICE), JSON) | JSON, "users_default": JSON}
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "sender": JSON,
            "content": JSON
            | st.fixed_dictionaries({"room_version": JSON, "additional_creators": JSON | st.lists(JSON)}),
        },
    ),
)
def test_whatever_stands_there_is_some_rank(levels: dict[str, Any], made: dict[str, Any]) -> None:
    assert not math.isnan(rank(ALICE, levels, made))
