"""Every table, and every rule about them that a database can hold; one module for each domain.

Rows are written and read through Core; the classes are only the schema. What each column means stands with
the value it holds in `bot.desk.model`. A change here needs a migration (`migrations/`).
"""

from bot.store.tables.entries import DIGEST, DRAFT, VOTE
from bot.store.tables.lines import OUTBOX, LineState
from bot.store.tables.networks import CLAIM, JOURNAL, POSITION, RECEIVED
from bot.store.tables.people import FACET, LINK, LINK_CODE, LINK_TRIES, WISH
from bot.store.tables.questions import CORRECTION, EXPLANATION, PING, PROMPT, QUESTION, REACTION
from bot.store.tables.row import METADATA

__all__ = [
    "CLAIM",
    "CORRECTION",
    "DIGEST",
    "DRAFT",
    "EXPLANATION",
    "FACET",
    "JOURNAL",
    "LINK",
    "LINK_CODE",
    "LINK_TRIES",
    "METADATA",
    "OUTBOX",
    "PING",
    "POSITION",
    "PROMPT",
    "QUESTION",
    "REACTION",
    "RECEIVED",
    "VOTE",
    "WISH",
    "LineState",
]
