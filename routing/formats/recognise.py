"""Which format a map has: by the name of its file, else by what its lines look like.

Imports nothing of the house.
"""

import re
from enum import StrEnum

_TAGGED = re.compile(r"^[A-Z]:[ \t]*\S", re.MULTILINE)
_OWNED = re.compile(r"^[^\s#:]+[ \t]+@?[A-Za-z0-9][^\s:]*", re.MULTILINE)
_OURS = re.compile(r"^(?:sections|people|rest|triagers|mail):", re.MULTILINE)


class Format(StrEnum):
    NATIVE = "native"
    MAINTAINERS = "maintainers"
    CODEOWNERS = "codeowners"


def format_by_name(name: str) -> Format | None:
    """The format of a file of that name; None where it does not say. It may be packed."""
    plain = name.upper().removesuffix(".GZ")
    if plain.endswith((".YAML", ".YML")):
        return Format.NATIVE
    if "CODEOWNERS" in plain:
        return Format.CODEOWNERS
    return Format.MAINTAINERS if "MAINTAINERS" in plain else None


def format_by_text(text: str) -> Format:
    """The format that a text seems to have; ours where it seems to have none."""
    if _OURS.search(text):
        return Format.NATIVE
    tagged, owned = len(_TAGGED.findall(text)), len(_OWNED.findall(text))
    if tagged > 1:
        return Format.MAINTAINERS
    return Format.CODEOWNERS if owned and "@" in text else Format.NATIVE
