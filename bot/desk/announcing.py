"""Knowledge and map were read anew, or the base and its remote repository are at odds: who is told of it.

Whoever ordered a reading is told where they did, always. Editors and operators are told by one private line,
if something changed, is wrong, or is mended, and only those who are about: nobody is woken for it. Nobody is
told twice, on whatever networks they are. What is told are names of entries, sections and files, never what
they say.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.desk import reports
from bot.desk.case import Case, say, speaker_of
from bot.desk.effects import Effect
from bot.desk.events import ReferenceChanged, UpstreamChanged
from bot.desk.fitting import cut
from bot.desk.model import CONTROL, Speaker
from routing.presence import Member, Venue, Visibility

_LINES = 3
"""Whoever ordered it is told in so many lines, at the most."""


def announce(case: Case, event: ReferenceChanged) -> list[Effect]:
    """`event` told to whom it concerns."""
    effects: list[Effect] = []
    told: set[str] = set()
    if event.asked is not None:
        speaker, venue = event.asked
        told.add(identity(case, speaker))
        lines = reports.read_anew(event)[:_LINES]
        effects += say(case, venue, [cut(line, case.room(venue, speaker)) for line in lines], to=speaker)
    # Of what was published here its reviewer has been told.
    event = replace(event, changes=event.changes.but(event.published))
    if not event.changes and not event.mended and (not event.problems or event.repeated):
        return effects
    return [*effects, *to_all(case, reports.read_anew(event)[0], told)]


def announce_upstream(case: Case, event: UpstreamChanged) -> list[Effect]:
    """`event` told to whom it concerns."""
    return to_all(case, reports.upstream_changed(event, case.at))


def to_all(case: Case, line: str, told: set[str] | None = None) -> list[Effect]:
    """A private line to each editor and operator who is about, but for those who were `told` already."""
    told = set() if told is None else told
    effects: list[Effect] = []
    for member in about(case):
        speaker = speaker_of(member)
        if identity(case, speaker) not in told:
            told.add(identity(case, speaker))
            venue = Venue(member.network, member.nick, Visibility.PRIVATE)
            effects += say(case, venue, cut(line, case.room(venue, speaker)), to=speaker)
    return effects


def about(case: Case) -> Iterator[Member]:
    """Editors and operators who are there and up, each network's in order."""
    for accounts in (case.reference.editors, case.reference.operators):
        for network, names in accounts.items():
            for account in sorted(names) if network != CONTROL else ():
                found = [m for m in case.roster.with_account(network, account) if not m.away]
                person = case.reference.person_of(speaker_of(found[0])) if found else None
                if found and (person is None or person.awake(case.at)):
                    yield found[0]


def identity(case: Case, speaker: Speaker) -> str:
    """What the accounts of one person have in common, those of the map and those that they have linked."""
    others = (account.key for account in case.reference.beside(speaker))
    return min([speaker.key, *others])
