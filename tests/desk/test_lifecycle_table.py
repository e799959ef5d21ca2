"""The life of a question is a closed table; by deadlines alone everything ends."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import START, UNKNOWN, VENUES, reference

from bot.consult import consult
from bot.desk.decide import decide
from bot.desk.effects import SaveQuestion
from bot.desk.events import DeadlinePassed, Joined
from bot.desk.facts import Facts
from bot.desk.lifecycle import TRANSITIONS, NotAllowed, Step, advance, diagram, may
from bot.desk.model import ENDED, Ping, PingState, Question, ReplyLine, Speaker, State
from bot.roster import fold_event
from routing.presence import Load, Roster, Venue, Visibility

LIVE = [state for state in State if not state.ended]
BY_DEADLINE = {
    State.OPEN: {Step.WAIT, Step.PING, Step.HAND_OVER, Step.EXPIRE},
    State.ASKED: {Step.WAIT, Step.PING, Step.HAND_OVER, Step.EXPIRE},
    State.TOLD: {Step.ACCEPT},
    State.OFFERED: {Step.REFUSE},
    State.ENGAGED: {Step.PROPOSE, Step.KEEP, Step.ACCEPT, Step.PING, Step.WAIT, Step.HAND_OVER, Step.EXPIRE},
    State.PROPOSED: {Step.ACCEPT},
    State.KEPT: {Step.EXPIRE},
}
REFERENCE = reference()
FINDING = consult(UNKNOWN, None, REFERENCE)
ALICE = Speaker("libera", "alice", "alice", "libera/1")


def question(state: State, **changes: object) -> Question:
    due = None if state.ended else START
    return Question(1, VENUES[0], ALICE, UNKNOWN, START, due, state=state, revision=1, **changes)


def reached(start: State, steps: set[Step]) -> set[State]:
    found = {start}
    while True:
        more = {target for (source, step), target in TRANSITIONS.items() if source in found and step in steps}
        if more <= found:
            return found
        found |= more


def test_every_state_can_be_reached() -> None:
    assert reached(State.OPEN, set(Step)) == set(State)


def test_what_has_ended_only_comes_back_by_a_late_answer_a_late_no_or_a_yes_taken_back() -> None:
    back = {(state, step) for state, step in TRANSITIONS if state in ENDED}
    assert back == {
        (State.HANDED_OVER, Step.REPLY),
        (State.EXPIRED, Step.REPLY),
        (State.ANSWERED, Step.DENY),
        (State.ANSWERED, Step.TELL_AGAIN),
        (State.ANSWERED, Step.PROPOSE_AGAIN),
    }


def test_everything_that_lives_can_be_withdrawn() -> None:
    assert {state for state, step in TRANSITIONS if step is Step.WITHDRAW} == set(LIVE)


@pytest.mark.parametrize("state", LIVE)
def test_deadlines_alone_lead_to_an_end(state: State) -> None:
    found = {state}
    while True:
        more = {
            TRANSITIONS[each, step]
            for each in found
            for step in BY_DEADLINE.get(each, set())
            if (each, step) in TRANSITIONS
        }
        if more <= found:
            break
        found |= more
    assert found & ENDED


@pytest.mark.parametrize(("state", "step"), list(product(State, Step)))
def test_what_the_table_does_not_hold_is_refused(state: State, step: Step) -> None:
    asked = question(state)
    assert may(asked, step) is ((state, step) in TRANSITIONS)
    if (state, step) not in TRANSITIONS:
        with pytest.raises(NotAllowed):
            advance(asked, step, at=START, due=START)
        return
    target = TRANSITIONS[state, step]
    due = None if target.ended else START + timedelta(hours=1)
    with pytest.raises(ValueError, match="deadline"):
        advance(asked, step, at=START, due=START if target.ended else None)
    after = advance(asked, step, at=START, due=due, outcome="so")
    number = asked.step if step is Step.DELAY else asked.step + 1
    assert (after.state, after.due, after.step, after.outcome) == (target, due, number, "so")
    assert after.ended_at == (START if target.ended else None)


def test_only_more_lines_may_leave_the_deadline_as_it_is() -> None:
    asked = question(State.ASKED)
    assert advance(asked, Step.EXTEND, at=START, due=asked.due).step == asked.step
    assert advance(asked, Step.EXTEND, at=START, due=START + timedelta(1)).step == asked.step + 1
    assert advance(asked, Step.START, at=START, due=asked.due).step == asked.step + 1


LINES = st.lists(
    st.builds(
        ReplyLine,
        at=st.just(START),
        nick=st.just("bob"),
        text=st.sampled_from(["which version?", "let me look", "restart the daemon", "4.17"]),
        venue=st.sampled_from([VENUES[0], VENUES[2], Venue("libera", "bob", Visibility.PRIVATE)]),
        person=st.sampled_from(["bob", None]),
        passed=st.booleans(),
        shared=st.booleans(),
    ),
    max_size=3,
).map(tuple)

PINGS = st.lists(st.sampled_from(["bob", "carol", "dave", "trudy"]), unique=True).map(
    lambda people: tuple(
        Ping(1, step, person, VENUES[0], person, START, "", PingState.DELIVERED)
        for step, person in enumerate(people, 1)
    )
)


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    roster = Roster()
    for nick in draw(st.lists(st.sampled_from(["alice", "bob", "carol", "zoe"]), unique=True)):
        for venue in draw(st.lists(st.sampled_from(VENUES[:3]), min_size=1, unique=True)):
            at = START - timedelta(seconds=draw(st.sampled_from([1, 60])))
            roster = fold_event(
                roster, Joined(f"j/{nick}/{venue.name}", at, Speaker("libera", nick, nick), venue)
            )
    return roster


@pytest.mark.parametrize("state", LIVE)
@given(
    roster=rosters(),
    replies=LINES,
    pings=PINGS,
    late=st.sampled_from([timedelta(), timedelta(minutes=40), timedelta(days=2)]),
    account=st.booleans(),
    private=st.booleans(),
    consulted=st.booleans(),
)
def test_a_deadline_always_moves_the_question_on(
    state: State,
    roster: Roster,
    replies: tuple[ReplyLine, ...],
    pings: tuple[Ping, ...],
    late: timedelta,
    account: bool,
    private: bool,
    consulted: bool,
) -> None:
    """Whatever else is so: one new step, from the table, with a deadline that is not in the past."""
    venue = Venue("libera", "alice", Visibility.PRIVATE) if private else VENUES[0]
    asker = ALICE if account else Speaker("libera", "alice", None, "libera/1")
    before = replace(
        question(state, replies=replies, entries=("system-qemu",), responder="bob"), venue=venue, asker=asker
    )
    at = START + late
    facts = Facts(questions={1: before}, pings=pings, load=Load(), roster=roster)
    effects = decide(DeadlinePassed("d", at, 1, 1, UNKNOWN), FINDING if consulted else None, facts, REFERENCE)
    saved = [effect.question for effect in effects if isinstance(effect, SaveQuestion)]
    after = saved[-1]
    assert after.step > before.step
    assert (after.due is None) is after.state.ended
    assert after.due is None or at <= after.due <= at + timedelta(days=31)
    assert after.state in {
        TRANSITIONS[state, step] for step in BY_DEADLINE[state] if (state, step) in TRANSITIONS
    }


def test_a_deadline_of_another_step_or_question_moves_nothing() -> None:
    facts = Facts(questions={1: question(State.OPEN)})
    for number, step in ((1, 2), (1, 0), (2, 1)):
        assert decide(DeadlinePassed("d", START, number, step, UNKNOWN), FINDING, facts, REFERENCE) == []


def test_the_diagram_shows_every_row_but_withdrawals_and_pauses() -> None:
    drawn = diagram()
    for (source, step), target in TRANSITIONS.items():
        row = re.search(rf"{source.name.lower()} --> {target.name.lower()}: (.*)", drawn)
        assert step in {Step.WITHDRAW, Step.DELAY} or (row is not None and step in row[1])
    for state in ENDED:
        assert f"    {state.name.lower()} --> [*]" in drawn


def test_the_diagram_in_the_documentation_is_up_to_date() -> None:
    text = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text("utf-8")
    shown = re.search(r"<!-- lifecycle -->\n```mermaid\n(.*?)\n```\n<!-- /lifecycle -->", text, re.DOTALL)
    assert shown is not None, "docs/architecture.md has no lifecycle markers"
    assert shown[1] == diagram(), (
        "regenerate with `python docs/generate.py` (`python -m bot.desk.lifecycle` shows it)"
    )
