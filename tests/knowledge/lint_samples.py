"""Small bases as text, and what lint says of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from knowledge.documents import read
from knowledge.files import ENTRY_LIMITS, entry_of
from knowledge.lint.complaint import Complaint, Lintable
from knowledge.lint.whole import lint

TODAY = date(2026, 11, 23)


def lintable(name: str, text: str) -> Lintable:
    document = read(text, f"{name}.yaml", ENTRY_LIMITS)
    return Lintable(document.places, lambda: text, entry_of(document, name))


def told(files: Mapping[str, str], **how: Any) -> list[Complaint]:
    return lint([lintable(name, text) for name, text in files.items()], today=TODAY, **how)


def said(files: Mapping[str, str], **how: Any) -> list[str]:
    """Each complaint as `file:line:column rule`."""
    return [f"{each.problem.place} {each.rule}" for each in told(files, **how)]


_ABOUT = {"a": "knobs", "b": "levers"}


def entry(name: str, *, answers: str = "", phrasing: str = "", more: str = "") -> str:
    """An entry's file: on line 3 its phrasing, from line 5 on its answers, then more."""
    about = _ABOUT.get(name, name)
    return (
        f"id: {name}\nphrasings:\n  - {phrasing or f'which {about} are there'}\nanswers:\n"
        f"{answers or f'  - short: All {about} that anybody made.'}\n{more}"
    )
