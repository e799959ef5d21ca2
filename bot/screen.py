"""Where tables and colours go: standard output or standard error, as a terminal or as plain text. Imports
nothing of ours."""

import os
from typing import Literal

from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """Colour where there is a terminal. With NO_COLOR rich alone would still write bold and dim."""
    plain = bool(os.environ.get("NO_COLOR"))
    system: Literal["auto"] | None = None if plain else "auto"
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, color_system=system)
