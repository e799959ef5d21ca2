"""What the log and the figures are told of events: where something happened and which question it was about,
never what was said where not everybody could read it.
"""

from collections.abc import Sequence
from typing import Any

import structlog

from bot.desk.effects import Explain, SaveDraft, SavePing, SaveQuestion, SaveVote, Stored
from bot.desk.events import DeadlinePassed, Delivered, DeliveryFailed, Edited, Event, Heard, Reacted, Redacted
from bot.desk.model import Finding
from bot.intake import Dropped
from bot.monitoring.metrics import ASKED, MATCHES, PINGS, VOTES, Tally
from routing.presence import Venue, Visibility

log = structlog.get_logger()


def note_dropped(event: Heard, why: Dropped, remedy: str | None) -> None:
    """An operator is told of what somebody may miss, with its `remedy`; in public everybody sees who that
    is."""
    if remedy is None:
        log.debug("dropped", why=why.value, **place(event))
        return
    public = event.venue.visibility is Visibility.PUBLIC
    who = {"nick": event.speaker.nick} if public else {}
    log.warning("dropped", why=why.value, **who, **place(event), remedy=remedy)


def note_decided(effects: Sequence[Stored]) -> None:
    """Why it was decided so. Reasons may hold words of the question, and those of a private one are nobody
    else's."""
    questions = {each.question.number: each.question for each in effects if isinstance(each, SaveQuestion)}
    for effect in effects:
        if isinstance(effect, Explain):
            question = questions.get(effect.question)
            public = question is not None and question.venue.visibility is Visibility.PUBLIC
            log.info(
                "decided",
                question=effect.question,
                state=question.state.value if question is not None else None,
                network=question.venue.network if question is not None else None,
                venue=spoken_of(question.venue) if question is not None else None,
                because="; ".join(effect.reasons) if public else "(not asked in public)",
            )


def count(tally: Tally, event: Event, finding: Finding | None, effects: Sequence[Stored]) -> None:
    """Questions, matches, pings and votes that came of an event."""
    # What is looked up to learn from a confirmation, or from a suggestion, is no question.
    asked = not any(isinstance(effect, SaveVote | SaveDraft) for effect in effects)
    if finding is not None and isinstance(event, Heard) and asked:
        tally.counted(MATCHES, finding.band.value)
    for effect in effects:
        match effect:
            case SaveQuestion(question) if not question.revision:
                tally.counted(ASKED)
            case SavePing(ping):
                tally.counted(PINGS, ping.state.value)
            case SaveVote(vote):
                tally.counted(VOTES, "confirmed" if vote.right else "refused")


def spoken_of(venue: Venue) -> str:
    """The venue as the log may name it: of a direct conversation, not with whom it is."""
    return "(private)" if venue.private else venue.name


def place(event: Event) -> dict[str, Any]:
    """What the log tells of an event: where it happened and what it was about, never what was said."""
    found: dict[str, Any] = {"id": event.id}
    match event:
        case Heard() | Edited() | Redacted() | Reacted():
            found |= {"network": event.venue.network, "venue": spoken_of(event.venue)}
        case DeadlinePassed():
            found |= {"question": event.question}
        case Delivered() | DeliveryFailed():
            found |= {"line": event.line}
    return found
