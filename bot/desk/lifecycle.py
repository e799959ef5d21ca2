"""The life of a question, as a table: in which state what may happen, and where it leads.

This is the only module that writes a question's state, step, deadline and end. Two rules hold in every row,
and the database holds them again: a question that has not ended has exactly one pending deadline, keyed by
(number, step); a question that has ended has none. Each transition makes a new step, so a deadline of an
earlier step is stale and is ignored. Only `EXTEND` may leave a deadline as it is, and then the step too; and
`DELAY` moves the deadline of a step that stays.

`python -m bot.desk.lifecycle` prints the state diagram of docs/architecture.md.

Imports of ours: `bot.desk.model` only.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.desk.model import Question, State


class Step(StrEnum):
    """What can happen to a question."""

    TELL = "an entry is told"
    OFFER = "candidates are offered"
    REFUSE = "not it"
    EXTEND = "more lines"
    WAIT = "nobody is awake"
    PING = "somebody is pinged"
    START = "the ping arrived"
    ACKNOWLEDGE = "ack"
    PUT_OFF = "later"
    PLACE = "somebody says which section it is"
    RELEASE = "the ping failed or was refused"
    REPLY = "a responder speaks"
    PROPOSE = "the asker is asked whether that was it"
    KEEP = "the asker is not there"
    CONFIRM = "yes"
    DENY = "no"
    ACCEPT = "nobody objected"
    HAND_OVER = "nobody is left: to the list"
    EXPIRE = "nobody is left, or nobody came back"
    WITHDRAW = "withdrawn"
    DELAY = "the desk was paused"
    TELL_AGAIN = "its confirmation or refusal is taken back"
    OFFER_AGAIN = "the choice is taken back"
    PROPOSE_AGAIN = "the yes or no is taken back"
    UNACKNOWLEDGE = "ack is taken back"


_LIVE = frozenset(State) - {State.ANSWERED, State.HANDED_OVER, State.EXPIRED, State.WITHDRAWN}

TRANSITIONS: dict[tuple[State, Step], State] = {
    # Not yet with anybody: lines gather, then it is routed.
    (State.OPEN, Step.TELL): State.TOLD,
    (State.OPEN, Step.OFFER): State.OFFERED,
    (State.OPEN, Step.EXTEND): State.OPEN,
    (State.OPEN, Step.WAIT): State.OPEN,
    (State.OPEN, Step.PING): State.ASKED,
    (State.OPEN, Step.PLACE): State.OPEN,
    (State.OPEN, Step.HAND_OVER): State.HANDED_OVER,
    (State.OPEN, Step.EXPIRE): State.EXPIRED,
    # The base answered by itself.
    (State.TOLD, Step.CONFIRM): State.ANSWERED,
    (State.TOLD, Step.ACCEPT): State.ANSWERED,
    (State.TOLD, Step.TELL): State.TOLD,
    (State.TOLD, Step.OFFER): State.OFFERED,
    (State.TOLD, Step.REFUSE): State.OPEN,
    (State.TOLD, Step.EXTEND): State.TOLD,
    # The base has two or three candidates.
    (State.OFFERED, Step.TELL): State.TOLD,
    (State.OFFERED, Step.OFFER): State.OFFERED,
    (State.OFFERED, Step.REFUSE): State.OPEN,
    (State.OFFERED, Step.EXTEND): State.OFFERED,
    # One person at a time, up the ladder.
    (State.ASKED, Step.START): State.ASKED,
    (State.ASKED, Step.ACKNOWLEDGE): State.ASKED,
    (State.ASKED, Step.PUT_OFF): State.ASKED,
    (State.ASKED, Step.PLACE): State.OPEN,
    (State.ASKED, Step.EXTEND): State.ASKED,
    (State.ASKED, Step.RELEASE): State.OPEN,
    (State.ASKED, Step.PING): State.ASKED,
    (State.ASKED, Step.WAIT): State.OPEN,
    (State.ASKED, Step.HAND_OVER): State.HANDED_OVER,
    (State.ASKED, Step.EXPIRE): State.EXPIRED,
    # A responder is in it; their lines gather.
    (State.ENGAGED, Step.REPLY): State.ENGAGED,
    (State.ENGAGED, Step.EXTEND): State.ENGAGED,
    (State.ENGAGED, Step.PROPOSE): State.PROPOSED,
    (State.ENGAGED, Step.KEEP): State.KEPT,
    (State.ENGAGED, Step.CONFIRM): State.ANSWERED,
    (State.ENGAGED, Step.ACCEPT): State.ANSWERED,
    (State.ENGAGED, Step.RELEASE): State.OPEN,
    (State.ENGAGED, Step.PUT_OFF): State.ASKED,
    (State.ENGAGED, Step.PLACE): State.OPEN,
    (State.ENGAGED, Step.PING): State.ASKED,
    (State.ENGAGED, Step.WAIT): State.OPEN,
    (State.ENGAGED, Step.HAND_OVER): State.HANDED_OVER,
    (State.ENGAGED, Step.EXPIRE): State.EXPIRED,
    # The asker was asked once.
    (State.PROPOSED, Step.CONFIRM): State.ANSWERED,
    (State.PROPOSED, Step.ACCEPT): State.ANSWERED,
    (State.PROPOSED, Step.DENY): State.OPEN,
    (State.PROPOSED, Step.REPLY): State.ENGAGED,
    (State.PROPOSED, Step.KEEP): State.KEPT,
    # The answer waits for the asker's return.
    (State.KEPT, Step.PROPOSE): State.PROPOSED,
    (State.KEPT, Step.REPLY): State.ENGAGED,
    (State.KEPT, Step.EXPIRE): State.EXPIRED,
    # Ended; but an answer is welcome even late, and a wrong one may be refused late.
    (State.HANDED_OVER, Step.REPLY): State.ENGAGED,
    (State.EXPIRED, Step.REPLY): State.ENGAGED,
    (State.ANSWERED, Step.DENY): State.OPEN,
    # A reaction is taken back before anything came of it.
    (State.ANSWERED, Step.TELL_AGAIN): State.TOLD,
    (State.OFFERED, Step.TELL_AGAIN): State.TOLD,
    (State.OPEN, Step.TELL_AGAIN): State.TOLD,
    (State.TOLD, Step.OFFER_AGAIN): State.OFFERED,
    (State.OPEN, Step.OFFER_AGAIN): State.OFFERED,
    (State.ANSWERED, Step.PROPOSE_AGAIN): State.PROPOSED,
    (State.OPEN, Step.PROPOSE_AGAIN): State.PROPOSED,
    (State.ASKED, Step.UNACKNOWLEDGE): State.ASKED,
    # A responder may answer at any time, the asker withdraw, and an operator have paused the desk.
    **{(state, Step.REPLY): State.ENGAGED for state in (State.OPEN, State.TOLD, State.OFFERED, State.ASKED)},
    **{(state, Step.WITHDRAW): State.WITHDRAWN for state in _LIVE},
    **{(state, Step.DELAY): state for state in _LIVE},
}


class NotAllowed(ValueError):
    """The table has no row for this state and step: the caller has a defect, not the user."""


def may(question: Question, step: Step) -> bool:
    """Whether the table lets `step` happen to the question as it stands."""
    return (question.state, step) in TRANSITIONS


def advance(
    question: Question, step: Step, *, at: datetime, due: datetime | None = None, **changes: Any
) -> Question:
    """The question after `step`, with its next deadline; `changes` are further fields to set.

    `due` is required where the new state has not ended, and must be absent where it has. Raises NotAllowed
    for a pair that the table does not hold, ValueError for a missing or surplus deadline.
    """
    try:
        state = TRANSITIONS[question.state, step]
    except KeyError:
        raise NotAllowed(f"question {question.number} is {question.state}: no “{step}”") from None
    if state.ended is not (due is None):
        raise ValueError(f"question {question.number}: {state} and a deadline of {due} do not go together")
    kept = step is Step.DELAY or (step is Step.EXTEND and due == question.due)
    return replace(
        question,
        **changes,
        state=state,
        step=question.step if kept else question.step + 1,
        due=due,
        ended_at=at if state.ended else None,
    )


def diagram() -> str:
    """The table as a Mermaid state diagram."""

    def name(state: State) -> str:
        return state.name.lower()

    lines = ["stateDiagram-v2", f"    [*] --> {name(State.OPEN)}: a packager asks"]
    for source in State:
        arrows: dict[State, list[str]] = {}
        for (state, step), target in TRANSITIONS.items():
            if state is source and step not in {Step.WITHDRAW, Step.DELAY}:
                arrows.setdefault(target, []).append(step)
        lines += [
            f"    {name(source)} --> {name(target)}: {' / '.join(steps)}" for target, steps in arrows.items()
        ]
    lines += [f"    {name(state)} --> [*]" for state in State if state.ended]
    return "\n".join(lines)


if __name__ == "__main__":
    print(diagram())
