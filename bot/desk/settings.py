"""What an operator may set about the desk's behaviour; part of `bot.config`, which reads it from YAML.

Every field's description is what the documentation and `config.example.yaml` say about it.
"""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from knowledge.documents import Duration

Share = Annotated[float, Field(ge=0.0, le=1.0)]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NEVER = "no"

_WEEKLY = re.compile(rf"({'|'.join(WEEKDAYS)})[a-z]* ([0-9]|[01][0-9]|2[0-3]):([0-5][0-9])")


def _weekly(value: object) -> str:
    """A moment of each week, as `mon 09:00`, or `no`."""
    text = str(value).strip().casefold()
    if value is None or value is False or text in {NEVER, "off", "false", "never"}:
        return NEVER
    found = _WEEKLY.fullmatch(text)
    if found is None:
        raise ValueError("must be a day and a time in UTC, like mon 09:00, or no")
    return f"{found[1]} {int(found[2]):02}:{found[3]}"


Weekly = Annotated[str, BeforeValidator(_weekly)]


class DeskSettings(BaseModel):
    """How the desk speaks, how long it waits, and when it is sure."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prefix: str = Field(
        "!",
        max_length=3,
        description="What a command in a channel may begin with. The desk's own name always works.",
    )
    answer_at: Share = Field(0.6, description="Answer by itself from this probability of being right.")
    overheard_at: Share = Field(
        0.9,
        description="Answer a line that nobody addressed to the desk only from this probability, or from "
        "answer_at where that is higher; to such a line nothing is ever offered. So far only `ask` and "
        "`eval match` with --overheard do: in chat such a line gets no word.",
    )
    offer_at: Share = Field(
        0.15, description="Offer candidates from this probability; below it, find a person."
    )
    gap: Share = Field(0.10, description="Answer only when the runner-up is less probable by this much.")
    route_at: Share = Field(
        0.4, description="Below this confidence in a section, a triager is asked before a developer."
    )
    join_lines: Duration = Field(
        timedelta(minutes=1), description="Lines of one speaker within this time are one question."
    )
    bots_answer: Duration = Field(
        timedelta(seconds=1),
        description="Who says a line to the desk within this time after it spoke to them is taken for "
        "another bot, and gets no answer, as nobody types so fast; 0s for nobody.",
    )
    ping_after: Duration = Field(
        timedelta(seconds=20), description="How long a ping waits for the rest of the question."
    )
    patience: Duration = Field(
        timedelta(minutes=30),
        description="How much of a person's waking time a ping waits before the next one is asked, until "
        "the venue has taught how long first words take there: then as long as nine in ten of them took.",
    )
    patience_least: Duration = Field(
        timedelta(minutes=10),
        description="What is learned of a venue never makes a ping wait less than this.",
    )
    patience_most: Duration = Field(
        timedelta(hours=4), description="What is learned of a venue never makes a ping wait longer than this."
    )
    ack_patience: Duration = Field(
        timedelta(hours=4), description="How long it waits for somebody who said `ack`."
    )
    quiet: Duration = Field(
        timedelta(minutes=3), description="After this silence an answer counts as complete."
    )
    offer_lapses: Duration = Field(
        timedelta(minutes=10), description="An offer that nobody picked from goes to a person after this."
    )
    answer_stands: Duration = Field(
        timedelta(minutes=30),
        description="An answer from the base that nobody refused counts as right after this.",
    )
    confirm_within: Duration = Field(
        timedelta(days=1), description="An answer to which the asker says nothing counts as right after this."
    )
    keep_for: Duration = Field(
        timedelta(days=30), description="How long an answer waits for an asker who has left."
    )
    wait_for_people: Duration = Field(
        timedelta(days=1),
        description="How long a question waits for somebody to wake up before it goes to the list.",
    )
    ping_expires: Duration = Field(
        timedelta(minutes=10), description="A ping that could not be sent within this time goes to the next."
    )
    settle: Duration = Field(
        timedelta(seconds=5),
        description="How long after joining a network nobody is pinged there: who is about must be known.",
    )
    open_questions: int = Field(
        5, ge=1, le=100, description="How many questions of one speaker may wait for people at a time."
    )
    line_bytes: int = Field(
        340, ge=200, le=4000, description="How many bytes of text fit one line on IRC, address included."
    )
    more_lines: int = Field(4, ge=1, le=20, description="How many lines `more` says at once.")
    self_review: bool = Field(
        False, description="Whether an editor may publish a draft that they wrote themself."
    )
    suggestions: int = Field(
        5,
        ge=0,
        le=1000,
        description="How many suggestions for the knowledge base one account may make within 24 hours; those "
        "without an account may make four times as many all together.",
    )
    digest: Weekly = Field(
        "mon 09:00",
        description="From when on, each week (UTC), editors who are about are told privately how the base "
        "stands: drafts that wait, gaps, entries to be looked at again; or no.",
    )
    operators: dict[str, list[str]] = Field(
        default_factory=dict, description="Accounts of the operators, a list for each network."
    )
    editors: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Accounts of those who look after the knowledge base, a list for each network.",
    )

    @field_validator("patience_most")
    @classmethod
    def _bounds_are_in_order(cls, most: timedelta, info: ValidationInfo) -> timedelta:
        least = info.data.get("patience_least")
        if least is not None and most < least:
            raise ValueError("patience_most must not be shorter than patience_least")
        return most
