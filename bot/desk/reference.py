"""The immutable value that decisions consult: knowledge, map and settings of one moment.

Swapping it is one assignment; whoever holds the old one finishes with the old one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bot.desk.links import Account, Links
from bot.desk.model import Role, Speaker
from bot.desk.settings import DeskSettings
from knowledge.facets import FacetKind
from knowledge.gaps import Gap
from knowledge.library import Snapshot
from routing.people import Person
from routing.precedent import Precedent
from routing.presence import Venue, fold
from routing.sections import MaintainersMap

Speaking = TypeVar("Speaking")


@dataclass(frozen=True, slots=True)
class Reference:
    """Knowledge, map, settings, the declared facets, the venues that the desk sits in, what the past says of
    whose a question is, which accounts are one person's, and which gaps the base has.

    `operators` and `editors`: network -> folded accounts. `bridged`: the keys of venues that a bridge makes
    one, each with all of its own.
    """

    knowledge: Snapshot
    map: MaintainersMap
    settings: DeskSettings
    facets: tuple[FacetKind, ...] = ()
    venues: tuple[Venue, ...] = ()
    operators: Mapping[str, frozenset[str]] = field(default_factory=dict)
    editors: Mapping[str, frozenset[str]] = field(default_factory=dict)
    precedent: Precedent = field(default_factory=Precedent)
    links: Links = field(default_factory=Links)
    bridged: Mapping[tuple[str, str], frozenset[tuple[str, str]]] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    def person_of(self, speaker: Speaker) -> Person | None:
        """The person of the map who proved, on this very line, to be the speaker: by that account, or by one
        that they have linked it with."""
        if not speaker.account:
            return None
        own = self.map.person_of(speaker.network, speaker.account)
        if own is not None or not self.links.groups:
            return own
        linked = (self.map.person_of(*each) for each in self.links.beside(_account(speaker)))
        return next((person for person in linked if person is not None), None)

    def role_of(self, speaker: Speaker) -> Role:
        """The speaker's rights, which are those of all their accounts; without a proven one there are
        none."""
        if not speaker.account:
            return Role.ANYBODY
        return max(speaker.granted, *(self._by_account(each) for each in self.links.of(_account(speaker))))

    def _by_account(self, account: Account) -> Role:
        name = fold(account.name)
        if name in self.operators.get(account.network, frozenset()):
            return Role.OPERATOR
        if name in self.editors.get(account.network, frozenset()):
            return Role.EDITOR
        return Role.RESPONDER if self.map.person_of(*account) else Role.ANYBODY

    def accounts_of(self, person: Person) -> Mapping[str, str]:
        """Network -> the account by which `person` is asked there: that of the map, else one that they have
        linked with such a one. Of several on one network the map's counts, else the first by its name."""
        found: dict[str, str] = {}
        for each in person.accounts.items() if self.links.groups else ():
            for network, name in self.links.of(Account(*each)):
                found.setdefault(network, name)
        return {**found, **person.accounts}

    def beside(self, speaker: Speaker) -> tuple[Account, ...]:
        """The other accounts of whoever proved to be the speaker: those that they have linked with it, and
        those that the map names."""
        if not speaker.account:
            return ()
        own = _account(speaker)
        found = {each.key: each for each in self.links.beside(own)}
        person = self.person_of(speaker)
        if person is not None:
            for each in person.accounts.items():
                found |= {account.key: account for account in self.links.of(Account(*each))}
        found.pop(own.key, None)
        return tuple(found.values())

    def known(self, event: Speaking) -> Speaking:
        """The event with the keys of its speaker's other accounts."""
        speaker = getattr(event, "speaker", None)
        if not isinstance(speaker, Speaker):
            return event
        whole = self.whole(speaker)
        if whole is speaker:
            return event
        # Whatever has a speaker is a dataclass, which a type variable cannot say.
        changed: Speaking = replace(event, speaker=whole)  # type: ignore[type-var]
        return changed

    def whole(self, speaker: Speaker) -> Speaker:
        """The speaker with the keys of their other accounts."""
        also = tuple(account.key for account in self.beside(speaker))
        return speaker if also == speaker.also else replace(speaker, also=also)

    def same_place(self, one: Venue, other: Venue) -> bool:
        """Whether what is said in one is read in the other: it is the same venue, or bridged to it."""
        return one.key == other.key or other.key in self.bridged.get(one.key, ())

    def bridged_to(self, venue: Venue) -> tuple[Venue, ...]:
        """The other venues that a bridge makes one with `venue`."""
        keys = self.bridged.get(venue.key, frozenset()) - {venue.key}
        return tuple(each for each in self.venues if each.key in keys)


def _account(speaker: Speaker) -> Account:
    return Account(speaker.network, speaker.account or "")
