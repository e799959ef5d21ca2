"""How the knowledge base stands to its remote repository: what is not in order between the two, and since
when. Pure; a leaf."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Trouble(StrEnum):
    """What may be the matter, the worst last: commits wait to be pushed, the remote repository cannot be
    reached, or it can, and the two cannot be brought together until somebody does something about it."""

    UNPUSHED = "unpushed"
    AWAY = "away"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class Upstream:
    """`unpushed`: how many commits of drafts the remote repository does not have, as far as is known.
    `away`: why it cannot be reached; `stuck`: why the two cannot be brought together although it can. Each is
    a line, empty where that is not so. `since`: when something of this was first seen; None where all is
    well."""

    unpushed: int = 0
    away: str = ""
    stuck: str = ""
    since: datetime | None = None

    @property
    def trouble(self) -> Trouble | None:
        """The worst of it; None where all is well."""
        if self.stuck:
            return Trouble.STUCK
        if self.away:
            return Trouble.AWAY
        return Trouble.UNPUSHED if self.unpushed else None

    def then(self, found: "Upstream", at: datetime) -> "Upstream":
        """As it was `found` to stand at a later moment: what goes on has been so since it began."""
        if found.trouble is None:
            return replace(found, since=None)
        return replace(found, since=self.since or at)
