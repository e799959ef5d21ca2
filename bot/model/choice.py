"""Which sentence model a desk uses, if any."""

from collections.abc import Mapping
from pathlib import Path

from bot.config import Settings
from knowledge.semantic import default_folder


def chosen(settings: Settings, environ: Mapping[str, str]) -> Path | None:
    """The folder of the model to load; None: words alone. It is the one that the settings name; without one
    that of the user, if it is there."""
    if settings.model is None:
        folder = default_folder(environ)
        return folder if folder.is_dir() else None
    return settings.model or None


def place(settings: Settings | None, environ: Mapping[str, str]) -> Path:
    """Where the model is, or would be."""
    return (settings.model if settings is not None else None) or default_folder(environ)
