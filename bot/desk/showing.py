"""How a line is shown, where the network can: to which message it is the reply, in which thread, and whether
its addressee is notified.

    about a question, in its venue     in the thread of its message, and a reply to that; or to the line at
                                       hand, where it answers that and both stand in the thread
    else, to whoever said something    a reply to what they said; in a thread only where that was in one
    privately                          a reply, but in no thread: nobody else is talking there

Notified is who is pinged, whom an answer reaches from somewhere else or late, and who is told something about
what they said while the desk was away. In the flow of talk nobody is: they are reading it.

Pure. Imports of ours: values only.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk.model import Purpose, Question, Speaker
from routing.presence import Venue

FLOW = timedelta(minutes=2)
"""For how long after they asked people are still looking at what the desk says."""


@dataclass(frozen=True, slots=True)
class AtHand:
    """What the desk is dealing with: who said it and where, the id of its message and of the one with which
    its thread began, and whether it was said while the desk was away."""

    speaker: Speaker
    venue: Venue
    message: str | None = None
    thread: str | None = None
    late: bool = False

    def is_answered_by(self, venue: Venue, to: Speaker | None) -> bool:
        """Whether what is said there, to them, is what they get in return."""
        return to is not None and venue.key == self.venue.key and to.is_same(self.speaker)


@dataclass(frozen=True, slots=True)
class Shown:
    """The fields of `Line` that say how it is shown."""

    reply_to: str | None = None
    thread: str | None = None
    notify: bool = False


def shown(
    venue: Venue,
    to: Speaker | None,
    purpose: Purpose,
    *,
    about: int | None,
    question: Question | None,
    at_hand: AtHand | None,
    at: datetime,
) -> Shown:
    """How a line to `to` in `venue` is shown. `about`: the number of the question that it is about; there is
    no such `question` yet where the line at hand asks it."""
    answers = at_hand is not None and at_hand.is_answered_by(venue, to)
    notify = to is not None and notifies(purpose, question, at_hand if answers else None, at)
    home = question is not None and question.venue.key == venue.key
    thread = None
    if question is not None and home:
        thread = question.root
    elif at_hand is not None and answers:
        new = about is not None and question is None
        thread = at_hand.thread or (at_hand.message if new else None)
    if venue.private:
        thread = None
    reply_to = question.message_id if question is not None and home else None
    if at_hand is not None and answers and at_hand.message is not None:
        within = thread is None or thread in {at_hand.thread, at_hand.message}
        reply_to = at_hand.message if within else reply_to
    return Shown(reply_to, thread, notify)


def notifies(purpose: Purpose, question: Question | None, answered: AtHand | None, at: datetime) -> bool:
    """Whether the addressee of a line is to be notified. `answered`: what they said just now, where the line
    is what they get in return."""
    if purpose in {Purpose.PING, Purpose.RELAY}:
        return True
    if answered is not None:
        return answered.late
    return purpose is Purpose.ANSWER and question is not None and at - question.asked_at > FLOW
