"""How questions are shared out: everybody, whoever stands first, one in turn."""

from hypothesis import given
from hypothesis import strategies as st

from bot.evaluating.burden import Burden, burden

RUNGS = st.lists(st.lists(st.sampled_from("abcde"), unique=True))


def test_nothing_to_share_out() -> None:
    assert burden([]) == burden([(), ()]) == Burden(0, 0, 0, 0, 0)


def test_three_people_one_of_whom_also_stands_elsewhere() -> None:
    found = burden([("alice", "bob"), ("alice", "bob"), ("bob", "carol"), (), ("alice",)])
    # in turn: alice, bob, carol, alice
    assert found == Burden(questions=4, people=3, pings=7, listed_first=3, in_turn=2)


@given(RUNGS)
def test_one_at_a_time_spares_people(rungs: list[list[str]]) -> None:
    found = burden(rungs)
    assert found.questions <= found.pings
    assert (found.questions == 0) == (found.people == 0)
    if found.questions:
        assert found.questions / found.people <= found.in_turn <= found.questions


@given(st.integers(1, 50))
def test_of_one_section_everybody_gets_as_many(questions: int) -> None:
    assert burden([("a", "b", "c")] * questions).in_turn == -(-questions // 3)
