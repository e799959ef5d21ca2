"""The immutable value that decisions consult: knowledge, map and settings of one moment.

Swapping it is one assignment; whoever holds the old one finishes with the old one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.desk.model import Role, Speaker
from bot.desk.settings import DeskSettings
from knowledge.facets import FacetKind
from knowledge.library import Snapshot
from routing.people import Person
from routing.precedent import Precedent
from routing.presence import Venue, fold
from routing.sections import MaintainersMap


@dataclass(frozen=True, slots=True)
class Reference:
    """Knowledge, map, settings, the declared facets, the venues that the desk sits in, and what the past says
    of whose a question is.

    `operators` and `editors`: network -> folded accounts.
    """

    knowledge: Snapshot
    map: MaintainersMap
    settings: DeskSettings
    facets: tuple[FacetKind, ...] = ()
    venues: tuple[Venue, ...] = ()
    operators: Mapping[str, frozenset[str]] = field(default_factory=dict)
    editors: Mapping[str, frozenset[str]] = field(default_factory=dict)
    precedent: Precedent = field(default_factory=Precedent)

    def person_of(self, speaker: Speaker) -> Person | None:
        """The person of the map who proved, on this very line, to be the speaker."""
        return self.map.person_of(speaker.network, speaker.account) if speaker.account else None

    def role_of(self, speaker: Speaker) -> Role:
        """The speaker's rights; without a proven account there are none."""
        if not speaker.account:
            return Role.ANYBODY
        account = fold(speaker.account)
        if account in self.operators.get(speaker.network, frozenset()):
            return Role.OPERATOR
        if account in self.editors.get(speaker.network, frozenset()):
            return Role.EDITOR
        return Role.RESPONDER if self.person_of(speaker) else Role.ANYBODY
