"""What the desk would do with a question, worked out without saying a word to anybody.

The ladder is climbed as if nobody ever replied, and as if everybody were present in every channel of their
networks and nobody had been pinged lately: presence is what a rehearsal cannot know. Hours, budgets, people
who opted out and the map are as they are. Pure: the time comes in as a value.
"""

from datetime import datetime

from bot.desk.events import Joined
from bot.desk.model import Finding, Speaker
from bot.desk.reference import Reference
from bot.roster import fold_event
from routing.choose import Route, choose
from routing.presence import Load, Roster, Venue, Visibility


def rehearse(finding: Finding, reference: Reference, at: datetime) -> tuple[Route, ...]:
    """The steps that the question would take from `at` on, the last of which asks nobody: it says until when
    the desk would wait, or where the question would be handed over."""
    asked_in = _asked_in(reference)
    roster = _everybody(reference, at)
    routes: list[Route] = []
    asked: frozenset[str] = frozenset()
    for _ in range(len(reference.map.people) + 1):
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
        routes.append(route)
        if route.person is None:
            break
        asked |= {route.person.id}
        at = route.due or at
    return tuple(routes)


def _asked_in(reference: Reference) -> Venue:
    networks = sorted(network for person in reference.map.people.values() for network in person.accounts)
    alone = Venue(networks[0] if networks else "", "asker", Visibility.PRIVATE)
    return reference.venues[0] if reference.venues else alone


def _everybody(reference: Reference, at: datetime) -> Roster:
    """Everybody of the map in every venue of their networks, under their account's name."""
    roster = Roster()
    for person in reference.map.people.values():
        for network, account in person.accounts.items():
            speaker = Speaker(network, account, account)
            places = [venue for venue in reference.venues if venue.network == network]
            for venue in places or [Venue(network, account, Visibility.PRIVATE)]:
                event = f"rehearsal/{network}/{account}/{venue.name}"
                roster = fold_event(roster, Joined(event, at, speaker, venue, present=True))
    return roster
