"""What is stored about people: what they told of themselves, what they wish of how they are asked, what they
were pinged, and how soon people answer. The last three are read where an event wants somebody chosen.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Function, bindparam, case, func, select

from bot.desk.effects import SaveFacet, SaveWish
from bot.desk.model import PingKind, PingState
from bot.store.rows.questions import MICROSECOND
from bot.store.tables import FACET, PING, WISH
from bot.store.upserting import upsert
from routing.people import Wishes
from routing.presence import LATELY, Load, Venue, Visibility
from routing.wishes import Wish, wished

PACE = timedelta(days=90)
"""How old a ping may be that tells how long first words take."""

RECENT = timedelta(hours=24)
"""What a person's budget is counted over."""

_WISHES = select(WISH.c.person, WISH.c.kind, WISH.c.value)
_TOOK = (
    select(PING.c.network, PING.c.venue, PING.c.visibility, PING.c.took)
    .where(PING.c.at > bindparam("lately"), PING.c.took.is_not(None), PING.c.kind == PingKind.ANSWER.value)
    .order_by(PING.c.at.desc(), PING.c.question, PING.c.step)
    .limit(200)
)
"""Many more than a step's patience takes to be known, and read in no time."""
_TIMES = (
    select(PING.c.person, PING.c.at)
    .where(PING.c.at > bindparam("since"), PING.c.state != PingState.FAILED.value)
    .order_by(PING.c.at.desc())
    .limit(2000)
)
"""More than anybody's budget, and no more than a flood of pings may cost."""


def _pings_since(name: str) -> Function[int]:
    return func.sum(case((PING.c.at > bindparam(name, type_=PING.c.at.type), 1), else_=0))


_LOAD = (
    select(
        PING.c.person,
        func.max(PING.c.at).label("last"),
        func.count().label("total"),
        _pings_since("since").label("recent"),
        _pings_since("lately").label("lately"),
    )
    .where(PING.c.state != PingState.FAILED.value)
    .group_by(PING.c.person)
)
"""A ping that reached nobody has cost nobody anything."""
_FORGET_FACET = FACET.delete().where(
    FACET.c.account == bindparam("the_account"), FACET.c.facet == bindparam("the_facet")
)
_UNWISH = WISH.delete().where(WISH.c.person == bindparam("the_person"), WISH.c.kind == bindparam("the_kind"))


def save_facet(connection: Connection, effect: SaveFacet, at: datetime) -> None:
    """Keep what an account told of itself; None forgets it."""
    account, facet, value = effect.account, effect.facet, effect.value
    if value is None:
        connection.execute(_FORGET_FACET, {"the_account": account, "the_facet": facet})
    else:
        row = {"account": account, "facet": facet, "value": value, "at": at}
        connection.execute(upsert(connection.dialect.name, FACET), row)


def save_wish(connection: Connection, effect: SaveWish, at: datetime) -> None:
    """Keep what a person wishes; None forgets it."""
    person, kind, value = effect.person, effect.wish.value, effect.value
    if value is None:
        connection.execute(_UNWISH, {"the_person": person, "the_kind": kind})
    else:
        row = {"person": person, "kind": kind, "value": value, "at": at}
        connection.execute(upsert(connection.dialect.name, WISH), row)


def load(connection: Connection, at: datetime) -> Load:
    """Who was pinged when, and how often; a ping that reached nobody is none."""
    rows = connection.execute(_LOAD, {"since": at - RECENT, "lately": at - LATELY}).all()
    times: dict[str, list[datetime]] = {}
    if any(row.recent for row in rows):
        for person, pinged_at in connection.execute(_TIMES, {"since": at - RECENT}):
            times.setdefault(person, []).insert(0, pinged_at)
    return Load(
        last={row.person: row.last for row in rows},
        recent={row.person: row.recent for row in rows if row.recent},
        times=times,
        lately={row.person: row.lately for row in rows if row.lately},
        total={row.person: row.total for row in rows},
    )


def wishes(connection: Connection) -> dict[str, Wishes]:
    """What everybody wishes who wishes anything."""
    kept: dict[str, dict[Wish, str]] = {}
    for person, kind, value in connection.execute(_WISHES):
        kept.setdefault(person, {})[Wish(kind)] = value
    return {person: wished(values) for person, values in kept.items()}


def took(connection: Connection, at: datetime) -> tuple[tuple[Venue, timedelta], ...]:
    """How long first words took, the newest first, each with its venue."""
    rows = connection.execute(_TOOK, {"lately": at - PACE})
    return tuple(
        (Venue(network, venue, Visibility(visibility)), took * MICROSECOND)
        for network, venue, visibility, took in rows
    )
