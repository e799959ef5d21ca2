"""Once a week editors hear how the base stands: drafts that wait, what was published and is in doubt, gaps,
entries that many say are not it, entries to be looked at again.

The week's digest falls due at a moment that the settings name, and every hour from there until the next one's
(`bot.digests`), so that who was away or asleep gets it when they are about: nobody is woken. Nobody gets it
twice, by whichever of their accounts; where there is nothing to say nothing is said.
"""

from datetime import date, datetime, time, timedelta

from bot.desk import replies
from bot.desk.announcing import about
from bot.desk.case import Case, say, speaker_of
from bot.desk.doubting import in_doubt
from bot.desk.effects import Effect, SaveDigest
from bot.desk.events import DigestDue
from bot.desk.fitting import cut
from bot.desk.gaps import told
from bot.desk.settings import NEVER, WEEKDAYS
from knowledge.drafts import DraftState
from knowledge.freshness import review_due
from routing.presence import Venue, Visibility

GAPS = 3
"""Gaps that a digest tells."""

NAMED = 3
"""Entries to be looked at again, or refused often, that it names, and drafts in doubt."""

OFTEN = 2
"""So many people within 30 days say that an entry is not it, before it is named: one may be mistaken."""


def due(weekly: str, at: datetime) -> tuple[str, int] | None:
    """The week whose digest may be told at a moment, and for how many hours it may; None where there are no
    digests. `weekly`: as in the settings. A week's begins with its moment, and ends with the next one's."""
    if weekly == NEVER:
        return None
    day, clock = weekly.split()
    began = datetime.combine(at.date(), time.fromisoformat(clock), at.tzinfo)
    began -= timedelta(days=(at.weekday() - WEEKDAYS.index(day)) % 7)
    if began > at:
        began -= timedelta(weeks=1)
    return week_of(began.date()), (at - began) // timedelta(hours=1)


def digest(case: Case, event: DigestDue) -> list[Effect]:
    """`event` told to the editors who are about and have not had it."""
    lines = _lines(case)
    effects: list[Effect] = []
    had: set[str] = set()
    for member in about(case) if lines else ():
        speaker = case.reference.whole(speaker_of(member))
        keys = {*speaker.keys}
        if keys & had or any(_is_told(case.facts.digests.get(key, ""), event.week) for key in keys):
            continue
        had |= keys
        venue = Venue(member.network, member.nick, Visibility.PRIVATE)
        room = case.room(venue, speaker)
        effects += say(case, venue, [cut(line, room) for line in lines], to=speaker)
        effects.append(SaveDigest(speaker.key, event.week))
    return effects


def week_after(week: str) -> str:
    """`2026-W53` -> `2027-W01`."""
    year, number = week.split("-W")
    then = date.fromisocalendar(int(year), int(number), 1) + timedelta(weeks=1)
    return week_of(then)


def week_of(day: date) -> str:
    """The week of a day, by ISO 8601."""
    year, number, _ = day.isocalendar()
    return f"{year:04}-W{number:02}"


def _is_told(last: str, week: str) -> bool:
    """Whether who was told that week's digest last has had this one's: also where a clock went back a little.
    (One that was a year ahead must not cost a year of digests.)"""
    return last in {week, week_after(week)}


def _lines(case: Case) -> list[str]:
    waiting = [each for each in case.facts.drafts.values() if each.state is DraftState.QUEUED]
    reference, today = case.reference, case.at.date()
    shown = told(case, reference.gaps[:GAPS])
    due = sorted(
        (day, entry.id) for entry in reference.knowledge.entries if (day := review_due(entry)) is not None
    )
    stale = [entry for day, entry in due if day <= today]
    lines = []
    if waiting:
        lines.append(replies.digest_drafts(len(waiting), case.at - min(each.at for each in waiting)))
    if doubted := in_doubt(case):
        lines.append(replies.digest_doubted(doubted[:NAMED], len(doubted)))
    if shown:
        lines.append(replies.digest_gaps(shown, len(reference.gaps)))
    if refused := _refused_often(case):
        lines.append(replies.digest_refused(refused[:NAMED], len(refused)))
    if stale:
        lines.append(replies.digest_stale(stale[:NAMED], len(stale)))
    return [replies.digest_begins(), *lines] if lines else []


def _refused_often(case: Case) -> list[tuple[str, int]]:
    """The entries of the base that many said are not it, with how many people did, most first."""
    known = case.reference.knowledge
    often = [(entry, people) for entry, people in case.facts.refused.items() if people >= OFTEN]
    there = [each for each in often if known.by_id(each[0]) is not None]
    return sorted(there, key=lambda each: (-each[1], each[0]))
