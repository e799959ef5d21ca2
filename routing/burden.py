"""How much people were asked lately, and whose turn it is.

Of several people whoever has had the fewest pings within `LATELY` comes first: were it only whoever was
pinged the longest ago, those who are in many sections would be asked the most. Presence is a weak sign
(bouncers idle around the clock), so it weighs no more than a ping: whoever has not said a word for `HERE`
stands as if they had had half a ping more, for `TODAY` a whole one. Of equals, whoever was pinged the longest
ago comes first, then whoever was pinged the fewest times ever, then whoever is named first.

Some sections are asked about half of the time, and some people are the only ones awake. So whoever had more
than their share of all pings lately is to be spared where others can be asked: more than `SHARE` of them, or
than twice the even share of those who had any; not before there were `FROM_PINGS`. To whom had more than
`TOO_MUCH` a question rather waits a while for others.

Pure. Must not import anything of chat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from routing.people import Person
from routing.presence import LATELY, Load, Roster

SHARE = 0.1
"""Of all pings within `LATELY`: more than that is much for one person, where others can be asked."""

TOO_MUCH = 0.12
"""More than that is too much, where others will be free soon."""

FROM_PINGS = 24
"""Below this many a share says nothing."""

HERE = timedelta(hours=1)
TODAY = timedelta(hours=24)
_SILENT = ((HERE, 0), (TODAY, 1))
"""How long ago somebody may have spoken, and the handicap that they then have, in halves of a ping."""
_IDLE = 2
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Burden:
    """What everybody bears at one moment."""

    load: Load
    roster: Roster
    at: datetime

    def turn(self, person: Person) -> tuple[int, datetime, int]:
        """What decides who of a rung comes first: the least."""
        burden = 2 * self.load.lately.get(person.id, 0) + self._handicap(self._spoke(person))
        return burden, self.load.last.get(person.id, _NEVER), self.load.total.get(person.id, 0)

    def compared(self, person: Person, among: Sequence[Person]) -> str:
        """In words, what made somebody the first of their rung; empty where nothing is known of anybody."""
        if all(self.turn(each)[0] == _IDLE and self._spoke(each) is None for each in among):
            return ""
        pings, spoke = self.load.lately.get(person.id, 0), self._spoke(person)
        lately = f"{pings} ping{'' if pings == 1 else 's'} within {LATELY.days} days"
        if spoke is None:
            return f" ({lately})"
        silent = self.at - spoke
        if silent > TODAY:
            return f" ({lately}, last heard on {spoke:%Y-%m-%d})"
        return f" ({lately}, spoke within the {'hour' if silent <= HERE else 'day'})"

    def spared(self, person: str, share: float = SHARE) -> bool:
        """Whether they (id) had more than their share of pings lately."""
        every = sum(self.load.lately.values())
        if every < FROM_PINGS:
            return False
        fair = every * max(share, 2 / len(self.load.lately))
        return self.load.lately.get(person, 0) > fair

    def had(self, person: Person) -> str:
        """How many of all pings they had, in words."""
        lately = self.load.lately
        return f" ({lately.get(person.id, 0)} of {sum(lately.values())} pings within {LATELY.days} days)"

    def _spoke(self, person: Person) -> datetime | None:
        """When they were last heard, on whichever network and by whichever nick."""
        heard = (self.roster.last_spoke(network, account) for network, account in person.accounts.items())
        return max((at for at in heard if at is not None), default=None)

    def _handicap(self, spoke: datetime | None) -> int:
        if spoke is None:
            return _IDLE
        return next((halves for since, halves in _SILENT if self.at - spoke <= since), _IDLE)
