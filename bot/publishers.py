"""The publisher of the base that some settings name, as a desk and a command without one need it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.config import Settings
from bot.desk.events import Event
from bot.desk.reference import Reference
from bot.linting.before_publishing import checker
from bot.publishing.bases import base_of
from bot.publishing.publisher import Publisher
from bot.publishing.signing import signatures
from knowledge.drafts import Draft


def publisher_of(
    *,
    settings: Callable[[], Settings],
    reference: Callable[[], Reference],
    under_way: Callable[[], Awaitable[tuple[Draft, ...]]],
    put: Callable[[Event], Awaitable[None]],
    clock: Callable[[], datetime],
    changed: Callable[[], None] = lambda: None,
) -> Publisher:
    """See `Publisher`; `settings` and `reference` are those in use by then."""

    def every() -> timedelta | None:
        found = settings().publishing
        return found.every if found.pull or found.push else None

    return Publisher(
        base=lambda: base_of(settings().knowledge, settings().publishing),
        under_way=under_way,
        put=put,
        signatures=lambda draft: signatures(draft, reference().map),
        check=checker(
            index=lambda: reference().knowledge.index,
            sections=lambda: reference().map.sections,
            today=lambda: clock().date(),
        ),
        clock=clock,
        every=every,
        changed=changed,
    )
