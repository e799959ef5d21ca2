"""What the desk would do with a question, worked out without saying a word to anybody.

The ladder is climbed to its end as if nobody ever replied, and as if everybody were present in every channel
of their networks and nobody had been pinged lately: presence is what a rehearsal cannot know. Where nobody is
up, it waits for whoever wakes first, as the desk does. Hours, budgets, people who opted out and the map are
as they are. Pure: the time comes in as a value.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bot.desk.events import Joined
from bot.desk.model import Finding, Speaker
from bot.desk.reference import Reference
from bot.roster import fold_event
from routing.choose import Route, choose
from routing.people import Person
from routing.presence import Load, Roster, Venue, Visibility


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would be done with the question `at` a moment (aware): somebody is asked, or waited for, or, the
    last time, it goes to the list or ends."""

    at: datetime
    route: Route


def rehearse(
    finding: Finding, reference: Reference, at: datetime, networks: Collection[str]
) -> tuple[Rehearsed, ...]:
    """What would be done from `at` on, one after the other; the last asks nobody, and is the end. Who has no
    account on any of the `networks`, those that are configured, cannot be reached."""
    asked_in = _asked_in(reference, networks)
    roster = _everybody(reference, at, networks)
    latest = at + reference.settings.wait_for_people
    done: list[Rehearsed] = []
    asked: frozenset[str] = frozenset()
    # Each is asked once and waited for once at most; and it ends.
    for _ in range(2 * len(reference.map.people) + 2):
        route = choose(
            reference.map,
            finding.candidates,
            roster=roster,
            load=Load(),
            at=at,
            asked_in=asked_in,
            open_venues=reference.venues,
            asker=frozenset(),
            asked=asked,
            patience=reference.settings.patience,
            threshold=reference.settings.route_at,
        )
        done.append(Rehearsed(at, route))
        if route.person is not None:
            asked |= {route.person.id}
            at = route.due or at
        elif route.wait_until is not None and at < latest:
            at = min(route.wait_until, latest)
        else:
            break
    return tuple(done)


def on_none(person: Person, networks: Collection[str]) -> bool:
    """Whether somebody has no account on any of the `networks`."""
    return not any(network in networks for network in person.accounts)


def _asked_in(reference: Reference, networks: Collection[str]) -> Venue:
    """Where it would be asked: where most can be reached, which is the first open channel."""
    alone = Venue(min(networks, default=""), "asker", Visibility.PRIVATE)
    return min(reference.venues, key=lambda venue: venue.visibility, default=alone)


def _everybody(reference: Reference, at: datetime, networks: Collection[str]) -> Roster:
    """Everybody of the map in every venue of their networks, under their account's name."""
    roster = Roster()
    for person in reference.map.people.values():
        for network, account in person.accounts.items():
            if network not in networks:
                continue
            speaker = Speaker(network, account, account)
            places = [venue for venue in reference.venues if venue.network == network]
            for venue in places or [Venue(network, account, Visibility.PRIVATE)]:
                event = f"rehearsal/{network}/{account}/{venue.name}"
                roster = fold_event(roster, Joined(event, at, speaker, venue, present=True))
    return roster
