"""Which sentence model a desk uses, if any."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.config import Settings
from knowledge.semantic import ModelError, SentenceModel, default_folder, load


@dataclass(frozen=True, slots=True)
class InUse:
    """The model that was loaded; None where there are words alone. `problem`: why there is none, although one
    was named or is there."""

    model: SentenceModel | None = None
    problem: str = ""

    def __str__(self) -> str:
        return f"words and the sentence model {self.model.name}" if self.model is not None else "words alone"


def in_use(settings: Settings | None, environ: Mapping[str, str]) -> InUse:
    """Load the model that a desk with these settings uses. One that cannot be used costs the desk no more
    than that: it answers by words alone, and says why."""
    folder = chosen(settings, environ)
    if folder is None:
        return InUse()
    try:
        return InUse(load(folder))
    except ModelError as error:
        return InUse(problem=str(error))


def chosen(settings: Settings | None, environ: Mapping[str, str]) -> Path | None:
    """The folder of the model to load; None: words alone. It is the one that the settings name; without one
    that of the user, if it is there."""
    if settings is None or settings.model is None:
        folder = default_folder(environ)
        return folder if os.path.isdir(folder) else None  # noqa: PTH112 (it may be nobody's to look at)
    return settings.model or None


def place(settings: Settings | None, environ: Mapping[str, str]) -> Path:
    """Where the model is, or would be."""
    return (settings.model if settings is not None else None) or default_folder(environ)
