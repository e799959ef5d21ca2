"""What must still hold when a line is about to be written, and where it goes then.

A line is committed at one moment and written at another: meanwhile people come, go and change their names, a
question is withdrawn, the desk is paused. Pure: functions of the line and of what is known at that moment.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.desk.case import member_of, wished
from bot.desk.facts import Facts
from bot.desk.model import CONTROL, Failure, Line, Purpose, Role
from bot.desk.reference import Reference
from routing.people import Pings
from routing.presence import Roster, Venue, fold

STALE = timedelta(minutes=10)
"""A reply to a command is not worth saying after this."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a line goes at this moment: the venue, the nick to address, the nicks not to be highlighted."""

    venue: Venue
    addressee: str | None
    members: tuple[str, ...]


def destination(line: Line, roster: Roster) -> Destination | Failure:
    """Where the line goes now. Its addressee is looked up by account or session, so that a nick that changed
    hands in the meantime gets nothing that was meant for its former bearer."""
    member = member_of(roster, line.addressee, line.venue) if line.addressee else None
    if line.venue.private:
        if line.addressee is None:
            return Destination(line.venue, None, ())
        if member is None or line.addressee.bridged:
            return Failure.ABSENT
        return Destination(replace(line.venue, name=member.nick), member.nick, ())
    there = member is not None and fold(line.venue.name) in member.venues
    if line.conditions.present and not there:
        return Failure.ABSENT
    # Behind a bridge their name is no nick, and may be that of somebody here: it is mere text.
    bridged = line.addressee is not None and line.addressee.bridged
    addressee = member.nick if member is not None and there and not bridged else None
    return Destination(line.venue, addressee, roster.nicks(line.venue))


def as_written(line: Line, going: Destination, shown: Callable[[str], str] = str) -> Line:
    """The line as it is written now: to the nick of this moment, or, where an addressee is not there or
    behind a bridge, with their name as mere text. `shown`: what puts codes for their marks."""
    text = shown(line.text)
    if line.addressee is not None and going.addressee is None and not going.venue.private:
        text = f"{line.addressee.nick}: {text}"
    return replace(line, venue=going.venue, text=text)


def hearer(line: Line, going: Destination) -> tuple[Venue, str] | None:
    """Where the line is said, and to whom: to a nick, or to the session of somebody behind a bridge, whose
    name may be a nick of somebody else here; None where to nobody in particular."""
    bridged = line.addressee is not None and line.addressee.bridged
    named = line.addressee.session if line.addressee is not None and bridged else going.addressee
    to = going.venue.name if going.venue.private else named
    return None if to is None else (going.venue, to)


def refusal(line: Line, facts: Facts, roster: Roster, reference: Reference, at: datetime) -> Failure | None:
    """Which of the line's conditions no longer holds, if any."""
    wanted = line.conditions
    if wanted.not_after is not None and at > wanted.not_after:
        return Failure.OUTDATED
    if line.purpose is Purpose.REPLY and line.queued_at is not None and at - line.queued_at > STALE:
        return Failure.OUTDATED
    if wanted.question is not None:
        question = facts.questions.get(wanted.question)
        if question is None or (wanted.states and question.state not in wanted.states):
            return Failure.OUTDATED
        if wanted.step is not None and question.step != wanted.step:
            return Failure.OUTDATED
    if wanted.person is None:
        return None
    named = reference.map.person(wanted.person)
    if named is None:
        return Failure.OUTDATED
    person = wished(facts, named)
    if person.pings is Pings.OFF or (person.pings is Pings.PRIVATE and not line.venue.private):
        return Failure.OUTDATED
    if not person.awake(at):
        return Failure.ASLEEP
    # The ping itself is among those counted already.
    if person.budget is not None and facts.load.recent.get(person.id, 0) > person.budget:
        return Failure.OVER_BUDGET
    member = member_of(roster, line.addressee, line.venue) if line.addressee else None
    gone = member is None or (member.away and not person.reads_back)
    return Failure.ABSENT if gone else None


def passes_pause(line: Line, reference: Reference) -> bool:
    """Whether the line is written even while the desk is paused: to those at the control socket, and in reply
    to an operator's command."""
    if line.venue.network == CONTROL:
        return True
    to_operator = line.addressee is not None and reference.role_of(line.addressee) is Role.OPERATOR
    return line.purpose is Purpose.REPLY and to_operator


def after_pause(line: Line, since: datetime, at: datetime) -> Line:
    """The line as it goes on at `at` after a pause since `since`: the time for which it is worth saying did
    not run. A reply to a command has grown old all the same."""
    until = line.conditions.not_after
    if until is None:
        return line
    waited = max(timedelta(), at - max(since, line.queued_at or since))
    return replace(line, conditions=replace(line.conditions, not_after=until + waited))


def may_appear(line: Line, roster: Roster, settle: timedelta, at: datetime) -> bool:
    """Whether the line's addressee is nowhere to be seen only because we came a moment ago: who is there is
    told one by one, and their accounts later still."""
    if line.addressee is None or member_of(roster, line.addressee, line.venue) is not None:
        return False
    since = roster.since.get(line.venue.network)
    return since is None or abs(at - since) < settle
