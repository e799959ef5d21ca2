"""What networks and facets are called; part of `bot.config`."""

import re
from typing import Annotated

from pydantic import AfterValidator


def _name(value: str) -> str:
    if not re.fullmatch("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", value):
        raise ValueError("a name here is made of lower-case letters, digits and hyphens, at most 32")
    return value


Name = Annotated[str, AfterValidator(_name)]
"""What networks and facets are called."""
