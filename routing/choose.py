"""Whom to ask next, where, and why: one decision, with everything that led to it.

Nobody is chosen who asks the question themselves, was asked it already, wants no pings, cannot be reached,
said that they are busy, is asleep by their own hours, has had as many pings as they accept, or is away; on
the last rung, of those who read back, being away does not count.

Who of a rung comes first, and who is to be spared, is a matter of how much they were asked lately
(`routing.burden`): the question climbs past whoever had more than their share as long as it meets anybody who
maintains something around it. It may even wait for such a one to be free (`spare_until`), and comes back
before it goes to those who merely see to odd fixes or read back.

A question never goes to a place that is more visible than its own.

Time, roster and load come in as values; nothing is looked up. Must not import anything of chat.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from routing.burden import TOO_MUCH, Burden
from routing.candidates import Candidate
from routing.ladder import OFFERED, Rung, Standing, channels, ladder, passed_by, unsure
from routing.people import Person, Pings, Wishes
from routing.presence import Load, Place, Roster, Venue, places
from routing.sections import MaintainersMap, Section

BUDGET_SPAN = timedelta(hours=24)
"""What a budget of pings is counted over."""

_SPARING = frozenset({Standing.MAINTAINER, Standing.REVIEWER, Standing.REST})
_AFTER_ALL = frozenset({Standing.ODD_FIXES, Standing.READS_BACK})

_NO_WISHES: Mapping[str, Wishes] = {}


def _by_map(person: Person) -> Mapping[str, str]:
    """The accounts that the map names."""
    return person.accounts


class Why(StrEnum):
    """What keeps somebody from being asked."""

    ASKER = "asker"
    ALREADY_ASKED = "already_asked"
    OPTED_OUT = "opted_out"
    UNREACHABLE = "unreachable"
    OVER_BUDGET = "over_budget"
    BUSY = "busy"
    ASLEEP = "asleep"
    AWAY = "away"


_NOBODYS_BUSINESS = frozenset({Why.OPTED_OUT, Why.OVER_BUDGET, Why.BUSY, Why.ASLEEP})
"""What people wish is between them and the desk: the steps, which anybody may read, only say that they cannot
be asked."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a person (id) was not chosen, and from when on that will have passed, where it is known."""

    person: str
    why: Why
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The next step of a question.

    `section`: where it belongs, `None` where that is not clear. With a `person`: the `place` to ask in, the
    `role` they have in it, a `reason` that completes "because …" to them, and `due`, the end of the step,
    counted in their waking time. Without: `wait_until`, when somebody will be free again who is not now;
    and if there is no such time either, nobody is left and the question goes to `mail`, or ends. `spares`:
    who could be asked at once, but had so much lately that the question rather waits for others.

    `runners_up`: the other likely sections, or all of them where it is not clear. `refusals` are in the
    order of the ladder, `steps` tell the whole in sentences.
    """

    section: str | None
    person: Person | None = None
    place: Place | None = None
    standing: Standing | None = None
    role: str = ""
    reason: str = ""
    runners_up: tuple[Candidate, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    due: datetime | None = None
    mail: str | None = None
    wait_until: datetime | None = None
    spares: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Circumstances:
    """What is the same for everybody who is considered."""

    roster: Roster
    load: Load
    at: datetime
    asked_in: Venue
    open_venues: tuple[Venue, ...]
    asker: frozenset[str]
    asked: frozenset[str]
    own: frozenset[tuple[str, str]]
    shut: frozenset[tuple[str, str]]
    accounts: Callable[[Person], Mapping[str, str]]
    joined: tuple[Venue, ...]

    def fit(self, person: Person, *, even_away: bool) -> Place | Refusal:
        """Where to ask somebody, or why not to. What will not pass is told before what will."""
        if person.id in self.asker:
            return Refusal(person.id, Why.ASKER)
        if person.id in self.asked:
            return Refusal(person.id, Why.ALREADY_ASKED)
        if person.pings is Pings.OFF:
            return Refusal(person.id, Why.OPTED_OUT)
        found = places(
            self.accounts(person),
            self.asked_in,
            self.roster,
            open_venues=self.open_venues,
            own=self.own,
            joined=self.joined,
        )
        found = tuple(place for place in found if place.venue.key not in self.shut)
        if person.pings is Pings.PRIVATE:
            found = tuple(place for place in found if place.venue.private)
        if not found:
            return Refusal(person.id, Why.UNREACHABLE)
        if person.budget is not None and self.load.recent.get(person.id, 0) >= person.budget:
            return Refusal(person.id, Why.OVER_BUDGET, self._relieved(person))
        if person.busy_until is not None and self.at < person.busy_until:
            return Refusal(person.id, Why.BUSY, person.next_awake(self.at))
        if not person.awake(self.at):
            return Refusal(person.id, Why.ASLEEP, person.next_awake(self.at))
        here = next((place for place in found if not place.away), None)
        return here or (found[0] if even_away else Refusal(person.id, Why.AWAY))

    def _relieved(self, person: Person) -> datetime | None:
        """When so many pings no longer count that one more is within the budget. Nobody waits for a budget of
        none."""
        if not person.budget:
            return None
        times = self.load.times.get(person.id, ())
        if len(times) >= person.budget:
            last = times[len(times) - person.budget]
        else:
            last = self.load.last.get(person.id, self.at)
        # Always in the future, whatever the load says, lest somebody wait for a time that has passed.
        return person.next_awake(max(last, self.at - BUDGET_SPAN + timedelta(minutes=1)) + BUDGET_SPAN)


class _Fit(NamedTuple):
    """Somebody who can be asked, where, and what made them the first of their rung."""

    rung: Rung
    person: Person
    place: Place
    compared: str


def choose(
    map_: MaintainersMap,
    candidates: Sequence[Candidate],
    *,
    roster: Roster,
    load: Load,
    at: datetime,
    asked_in: Venue,
    open_venues: tuple[Venue, ...],
    asker: frozenset[str],
    asked: frozenset[str],
    patience: timedelta,
    threshold: float,
    prefer: str | None = None,
    named_by: str | None = None,
    wishes: Mapping[str, Wishes] = _NO_WISHES,
    spare_until: datetime | None = None,
    shut: frozenset[tuple[str, str]] = frozenset(),
    accounts: Callable[[Person], Mapping[str, str]] = _by_map,
    joined: tuple[Venue, ...] = (),
) -> Route:
    """The next person to ask, or that there is none now.

    `candidates`: the likeliest section first. `asker`, `asked`: ids of those who ask and of those who were
    asked this question before. `open_venues`: where the desk may speak. `prefer`: whom a colleague
    (`named_by`) named. `patience`: how long a step may take, of the person's waking time. Below `threshold`
    a triager is asked first. `wishes`: by id what people asked for in chat, in force over what the map says.
    `spare_until`: so long the question had rather wait for somebody to be free than go to whom had more than
    their share. `shut`: keys of venues where a ping does not pass. `accounts`: network -> account of somebody
    there. `joined`: the venues that a bridge makes one with `asked_in`.
    """
    section = map_.sections.get(candidates[0].section) if candidates else None
    own = channels(section) if section is not None else frozenset()
    circumstances = _Circumstances(
        roster, load, at, asked_in, open_venues, asker, asked, own, shut, accounts, joined
    )
    burden = Burden(load, roster, at)
    doubtful = unsure(candidates, threshold)
    steps = [_step_of(candidate) for candidate in candidates[:OFFERED]]
    if not candidates:
        steps.append("nothing points to a section")
    elif doubtful:
        steps.append(f"below {threshold:.2f}, that is not sure enough")
    steps += [_passed(section) for section in passed_by(map_, candidates)]

    refusals: dict[str, Refusal] = {}
    found: list[_Fit] = []
    spared: list[_Fit] = []
    for rung in ladder(map_, candidates, threshold=threshold, prefer=prefer, asked_in=asked_in):
        if found or (spared and rung.standing in _AFTER_ALL):
            break
        even_away = rung.standing is Standing.READS_BACK
        people = [wishes[each.id].on(each) if each.id in wishes else each for each in rung.people]
        for person in sorted(people, key=burden.turn):
            before = refusals.get(person.id)
            if before is not None and not (even_away and before.why is Why.AWAY):
                continue
            fit = circumstances.fit(person, even_away=even_away)
            if isinstance(fit, Refusal):
                refusals[person.id] = fit
                steps.append(f"{rung.role}: {person.id} {_left_out(fit)}")
                continue
            refusals.pop(person.id, None)
            compared = burden.compared(person, people) if len(people) > 1 else ""
            ready = _Fit(rung, person, fit, compared)
            if rung.standing in _SPARING and burden.spared(person.id):
                spared.append(ready)
                steps.append(f"{rung.role}: {person.id} is spared as long as may be{burden.had(person)}")
                continue
            found.append(ready)
            break

    too_much = all(burden.spared(each.person.id, TOO_MUCH) for each in spared)
    if spared and not found and too_much and spare_until is not None:
        rested = (r.until for r in refusals.values() if not burden.spared(r.person))
        free = min((until for until in rested if until is not None), default=None)
        if free is not None and free <= spare_until:
            steps.append(
                f"nobody else can be asked before {free:%Y-%m-%d %H:%M} UTC, and that is soon enough"
            )
            route = _towards(map_, candidates, clear=not doubtful)
            waits = replace(route, refusals=tuple(refusals.values()), wait_until=free, steps=tuple(steps))
            return replace(waits, spares=tuple(each.person.id for each in spared))
    if found or spared:
        rung, person, place, compared = (found or spared)[0]
        of_section = rung.standing in (Standing.MAINTAINER, Standing.REVIEWER)
        named = rung.standing is Standing.NAMED and named_by
        return replace(
            _towards(map_, candidates, clear=of_section or not doubtful),
            person=person,
            place=place,
            standing=rung.standing,
            role=f"named by {named_by}" if named else rung.role,
            reason=_reason(rung, candidates, doubtful=doubtful, named_by=named_by),
            refusals=tuple(refusals.values()),
            due=person.after_waking(at, patience),
            steps=(*steps, f"{rung.role}: {person.id} is asked{compared}"),
        )
    route = _towards(map_, candidates, clear=not doubtful)
    wait_until = min((r.until for r in refusals.values() if r.until is not None), default=None)
    if wait_until is not None:
        steps.append(f"nobody can be asked before {wait_until:%Y-%m-%d %H:%M} UTC")
    else:
        steps.append(f"nobody is left: over to {route.mail}" if route.mail else "nobody is left")
    return replace(route, refusals=tuple(refusals.values()), wait_until=wait_until, steps=tuple(steps))


def _towards(map_: MaintainersMap, candidates: Sequence[Candidate], *, clear: bool) -> Route:
    """A route to the likeliest section, or, where that is not clear, to none of several."""
    section = candidates[0].section if candidates and clear else None
    others = candidates[1:OFFERED] if section is not None else candidates[:OFFERED]
    return Route(section, runners_up=tuple(others), mail=map_.list_of(section))


def _left_out(refusal: Refusal) -> str:
    if refusal.why in _NOBODYS_BUSINESS:
        return "cannot be asked now"
    return f"is left out, {refusal.why.replace('_', ' ')}"


def _step_of(candidate: Candidate) -> str:
    because = f" ({'; '.join(candidate.reasons)})" if candidate.reasons else ""
    return f"{candidate.section}: {candidate.confidence:.2f}{because}"


def _passed(section: Section) -> str:
    asked = "its people are asked last" if section.odd_fixes else "nobody of it is asked"
    return f"{section.name} is passed by, its status is {section.status}: {asked}"


def _reason(rung: Rung, candidates: Sequence[Candidate], *, doubtful: bool, named_by: str | None) -> str:
    """Why it is for them; made of words of the map only, so that it may be said anywhere."""
    likely = " or ".join(candidate.section for candidate in candidates[:OFFERED])
    own = candidates[0].section if candidates else ""
    sign = f" ({candidates[0].sign})" if candidates and candidates[0].sign not in ("", own) else ""
    match rung.standing:
        case Standing.NAMED:
            return f"{named_by or 'a colleague'} named you"
        case Standing.TRIAGER:
            pointed = f"it may be about {likely}" if likely else "nothing points to a section"
            return f"{pointed}, and you direct questions"
        case Standing.MAINTAINER | Standing.REVIEWER:
            does = "maintain" if rung.standing is Standing.MAINTAINER else "review"
            if rung.around:
                return f"you {does} {rung.section}, around {own}{sign}"
            return f"it may be about {own}{sign}, which you {does}" if doubtful else f"you {does} {own}{sign}"
        case Standing.ODD_FIXES:
            return f"nobody around {own}{sign} can be asked now, and you see to {rung.section} now and then"
        case Standing.REST | Standing.READS_BACK:
            does = f"look after {rung.section}" if rung.standing is Standing.REST else "read back"
            if doubtful:
                return f"nothing points clearly to a section, and you {does}"
            return f"nobody of {own}{sign} can be asked now, and you {does}"
