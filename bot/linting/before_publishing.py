"""What keeps a draft from becoming part of the base: the errors that lint finds in it, beside all the rest.

Warnings keep nothing: whoever reviewed the draft has seen it. Imports of ours: what publishing is, and the
rules.
"""

from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path

from bot.publishing.base import Check, NotPublished
from knowledge.composing import one_line
from knowledge.index import Index
from knowledge.lint.one import lint_text, refusal


def checker(
    index: Callable[[], Index], sections: Callable[[], Collection[str] | None], today: Callable[[], date]
) -> Check:
    """What publishing asks before a text becomes what a file says. `index`: of the base as it is by then;
    `sections`: those of the map, None where there is none. Some 10 ms."""

    def check(text: str, path: Path) -> None:
        found = lint_text(text, path.name, index(), sections=sections(), today=today())
        if why := refusal(found):
            raise NotPublished(f"lint refuses {one_line(path.name)}, {one_line(why)}")

    return check
