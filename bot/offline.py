"""What can be asked without a running desk: `pkgdesk ask` and `route`.

Each reads what a configuration points at, asks `bot.consult` as the desk itself does, and prints; it returns
whether the answer is a yes, from which `bot.cli` makes the exit code. `note` takes what is not the result, a
line at a time. Raises `DocumentError` where configuration or map cannot be used.
"""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from rich.console import Console

from bot import sources
from bot.config import Settings, load
from bot.consult import consult, for_others
from bot.desk.reference import Reference
from bot.explaining.account import Account
from bot.explaining.answer import print_answer, print_for_others, print_search
from bot.explaining.data import Data, finding_data
from bot.explaining.ladder import print_route, route_data
from bot.explaining.sections import candidate_data
from bot.maps.cache import CacheError
from bot.model.choice import in_use
from bot.past import history_file, learned_past
from bot.progress import Watched
from bot.rehearsal import rehearse
from knowledge.confidence import Band
from knowledge.documents import DocumentError
from knowledge.embeddings import Cache, default_cache
from knowledge.library import Snapshot, learned
from knowledge.semantic import ModelError
from knowledge.votes import Vote
from routing.past.corrections import Correction
from routing.precedent import Precedent
from routing.sections import MaintainersMap

Note = Callable[[str], None]
Votes = Callable[[str], tuple[Vote, ...]]
"""The votes that a running desk heeds, by the URL of its database."""
Corrections = Callable[[str], tuple[Correction, ...]]
"""The same of what people said of where questions belong."""


def ask(
    text: str,
    config: Path,
    at: datetime,
    *,
    as_json: bool,
    explain: bool,
    overheard: bool,
    note: Note,
    votes: Votes,
    corrections: Corrections,
) -> bool:
    """Print what the base says to `text`, on request with how that came about; whether it answers.
    `overheard`: as to a line that nobody addressed to the desk."""
    settings = load(config)
    reference = learned_reference(settings, note, votes, corrections)
    finding = consult(text, None, reference, overheard=overheard)
    account = Account.of(finding, reference, overheard=overheard)
    others = {} if overheard else for_others(finding, reference)
    answered = finding.band is Band.ANSWER
    if as_json:
        _print_json({**finding_data(account), "for_others": others})
        return answered
    console = _console()
    print_answer(console, account)
    if explain or not answered:
        print_for_others(console, others)
    if explain:
        print_search(console, account)
        if not overheard:
            rehearsed = rehearse(finding, reference, at, settings.networks)
            print_route(console, finding, rehearsed, reference, settings.networks, explain=True)
    elif not answered and not finding.empty:
        note("--explain says why" + (", and whom the desk would ask instead" if not overheard else ""))
    return answered


def route(
    text: str,
    config: Path,
    at: datetime,
    *,
    as_json: bool,
    explain: bool,
    note: Note,
    votes: Votes,
    corrections: Corrections,
) -> bool:
    """Print whose question `text` is and whom the desk would ask from `at` on, on request with how that came
    about; whether that is clear."""
    settings = load(config)
    reference = learned_reference(settings, note, votes, corrections)
    finding = consult(text, None, reference)
    rehearsed = rehearse(finding, reference, at, settings.networks)
    if as_json:
        sections = [candidate_data(each) for each in finding.candidates]
        _print_json({"text": text, "sections": sections, **route_data(finding, rehearsed, reference)})
    else:
        print_route(_console(), finding, rehearsed, reference, settings.networks, explain=explain)
    return rehearsed[0].route.section is not None


def learned_reference(settings: Settings, note: Note, votes: Votes, corrections: Corrections) -> Reference:
    """What a running desk with these settings consults, soon after its start."""
    with Watched() as tell:
        counted = votes(settings.database_url)
        read = sources.read_and_keep(
            settings, os.environ, note, counted, progress=partial(tell, "reading the base")
        )
    if read.reference is None:
        raise DocumentError(read.problems)
    for problem in read.problems:
        note(f"not right: {problem}")
    # As a running desk does soon after its start: what is said here is what it would say.
    return replace(
        read.reference,
        knowledge=_learned(settings, read.reference.knowledge, note),
        precedent=_past(settings, read.reference.map, note).with_corrections(
            corrections(settings.database_url)
        ),
    )


def _past(settings: Settings, map_: MaintainersMap, note: Note) -> Precedent:
    file = history_file(settings, os.environ)
    if file is None:
        return Precedent.without_history(map_)
    with Watched() as tell:
        try:
            return learned_past(file, map_, partial(tell, "reading the past"))
        except CacheError as error:
            note(f"without the project's history: {error}")
            return Precedent.without_history(map_)


def _learned(settings: Settings, snapshot: Snapshot, note: Note) -> Snapshot:
    used = in_use(settings, os.environ)
    if used.problem:
        note(f"words alone: {used.problem}")
    cache = Cache(default_cache(os.environ, settings.knowledge), note)
    with Watched() as tell:
        try:
            return learned(snapshot, used.model, cache, partial(tell, "reading the base"))
        except ModelError as error:
            note(f"words alone: {error}")
            return learned(snapshot)


def _console() -> Console:
    """Colour where there is a terminal. With NO_COLOR rich alone would still write bold and dim."""
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(highlight=False, markup=False, emoji=False, color_system=None if plain else "auto")


def _print_json(data: Data) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))
