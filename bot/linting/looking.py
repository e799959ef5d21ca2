"""`pkgdesk kb lint`: which folder, with what to compare it, and what is printed.

A configuration is heeded as far as it can be read: its errors are those of `pkgdesk check`, and keep nobody
from linting a base. Imports of ours: the configuration and the readers of `knowledge` and `routing`.
"""

import json
import time
from collections.abc import Callable, Collection, Iterable
from datetime import date
from pathlib import Path
from typing import Literal

from bot import config
from bot.command_line import WRONG_USE, Stop
from bot.linting import telling
from bot.linting.reading import lint_folder
from bot.maps.settings import map_sources
from bot.maps.sources import examine_map
from bot.progress import Watched
from bot.standpoint import from_here
from knowledge.complaints import suggestion
from knowledge.composing import DocumentError, Problem, one_line
from knowledge.facets import FacetKind
from knowledge.lint.rules import RULES

Form = Literal["text", "github", "json"]


def look(
    folder: Path | None,
    config_file: Path | None,
    today: date,
    *,
    only: Iterable[str] | None,
    ignore: Iterable[str] | None,
    strict: bool,
    form: str,
    note: Callable[[str], None],
) -> bool:
    """Lint a folder and print what was found; whether it passes."""
    rules = chosen(only or (), ignore or ())
    kinds, sections, configured = _beside(config_file, note)
    place = folder or configured or Path()
    begun = time.monotonic()
    with Watched() as tell:
        found = lint_folder(place, kinds=kinds, sections=sections, today=today, rules=rules, progress=tell)
    complaints = telling.named_from_here(found.complaints)
    if form == "json":
        print(json.dumps([telling.data(each) for each in complaints], indent=2, ensure_ascii=False))
    elif form == "github":
        telling.annotate(complaints)
    else:
        telling.tell(complaints)
    seconds = time.monotonic() - begun
    said = telling.summary(found.entries, found.errors, found.warnings, seconds, strict=strict)
    note(f"{one_line(_from_here(place))}: {said}")
    return not (complaints if strict else found.errors)


def _from_here(folder: Path) -> str:
    """What a folder is called where one stands."""
    [named] = from_here([Problem(str(folder), 1, 1, "")])
    return named.source


def chosen(only: Iterable[str], ignored: Iterable[str]) -> frozenset[str]:
    """The rules to go by. Raises `Stop` for a name that is none."""
    only, ignored = tuple(only), tuple(ignored)
    for name in (*only, *ignored):
        if name not in RULES:
            near = suggestion(name, {each: each for each in RULES})
            said = one_line(name)
            raise Stop(
                WRONG_USE, f"there is no rule `{said}`{near or ';'} `pkgdesk kb lint --rules` lists them"
            )
    return frozenset(only or RULES) - frozenset(ignored)


def _beside(
    path: Path | None, note: Callable[[str], None]
) -> tuple[tuple[FacetKind, ...], Collection[str] | None, Path | None]:
    """What a configuration declares: its facets, the sections of its map, and the folder of its base."""
    if path is None:
        return (), None, None
    try:
        examined = config.examine(path)
    except DocumentError as error:
        note(f"{error.problems[0]} (facets and sections are not compared with it)")
        return (), None, None
    settings = examined.settings
    folder: Path | None = getattr(settings, "knowledge", None)
    sections: tuple[str, ...] | None = None
    if (map_ := getattr(settings, "map", None)) is not None:
        try:
            sections = tuple(examine_map(map_sources(map_)).sections)
        except DocumentError as error:
            note(f"{error.problems[0]} (sections are not compared with the map)")
    return settings.facet_kinds, sections, folder
