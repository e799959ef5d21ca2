"""Names are compared as narrowly as any network does: `bob[` and `bob{` are two, and so are `ß` and `ss`.

Questions have the names themselves beside their keys, so these are made anew, and those of their askers'
prompts. Of votes and of what accounts told of themselves only the key is known: they stay with whom the key
now names.
"""

import string
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_LETTERS = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_RFC1459 = str.maketrans("[]\\~", "{}|^")

_QUESTION = sa.table(
    "question", *(sa.column(name) for name in ("number", "asker_network", "asker_account", "venue"))
)
_QUESTION_KEYS = sa.table(
    "question", *(sa.column(name) for name in ("number", "asker_account_key", "venue_key"))
)
_PROMPT = sa.table("prompt", *(sa.column(name) for name in ("speaker", "venue", "venue_key", "question")))


def upgrade() -> None:
    _rewrite(_wide, _narrow)


def downgrade() -> None:
    _rewrite(_narrow, _wide)


def _narrow(name: str) -> str:
    return name.translate(_LETTERS)


def _wide(name: str) -> str:
    return name.translate(_RFC1459).casefold()


def _rewrite(before: Callable[[str], str], after: Callable[[str], str]) -> None:
    connection = op.get_bind()
    for number, network, account, venue in connection.execute(sa.select(*_QUESTION.c)).all():
        if before(venue) != after(venue):
            of_this = _QUESTION_KEYS.c.number == number
            connection.execute(sa.update(_QUESTION_KEYS).where(of_this).values(venue_key=after(venue)))
        if account is None or before(account) == after(account):
            continue
        old, new = (f"{network}/account/{fold(account)}" for fold in (before, after))
        connection.execute(
            sa.update(_QUESTION_KEYS).where(_QUESTION_KEYS.c.number == number).values(asker_account_key=new)
        )
        connection.execute(
            sa.update(_PROMPT)
            .where(_PROMPT.c.question == number, _PROMPT.c.speaker == old)
            .values(speaker=new)
        )
    for venue, key in connection.execute(sa.select(_PROMPT.c.venue, _PROMPT.c.venue_key)).all():
        if key != after(venue):
            of_these = sa.and_(_PROMPT.c.venue == venue, _PROMPT.c.venue_key == key)
            connection.execute(sa.update(_PROMPT).where(of_these).values(venue_key=after(venue)))
