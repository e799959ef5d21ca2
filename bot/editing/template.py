"""What a new entry begins with: its fields, with comments that explain them and that are taken out again."""

from collections.abc import Iterable

from knowledge.facets import FacetKind

_MARK = "#~"
"""Begins what explains; every other comment is its author's, and stays."""

_MOST = 40
"""Sections that are listed."""


def template(name: str, section: str, kinds: Iterable[FacetKind], sections: Iterable[str]) -> str:
    """The text of a new entry, in which there is still nothing. `name`: its id, empty where that is to be
    thought of; `section`: the one that it belongs to, where that is known."""
    facets = [_facet(kind) for kind in kinds]
    known = list(sections)
    shown = ", ".join(known[:_MOST]) + (", …" if len(known) > _MOST else "")
    lines = [
        f"{_MARK} A new entry. Lines that begin with {_MARK} explain, and are taken out when this is read.",
        f"{_MARK} What they show may be left out; to use it, take the {_MARK} away.",
        f"{_MARK} Its name, as that of its file: words in lower case, joined by hyphens.",
        f"id: {name}".rstrip(),
        f"{_MARK} title: What it is about, where no phrasing says that well",
        f"{_MARK} Ways in which people ask for it.",
        "phrasings:",
        '  - ""',
        "answers:",
        f"  {_MARK} What is said in the channel: one line, at most 300 bytes.",
        '  - short: ""',
        f"    {_MARK} text: |",
        f"    {_MARK}   What `more` tells.",
        f"    {_MARK} source: https://…",
        f"    {_MARK} For whom it holds; without it, for everybody. Several answers hold for different ones.",
        f"    {_MARK} applies: {{{', '.join(facets[:2])}}}" if facets else f"    {_MARK} applies: {{}}",
        *(f"    {_MARK}   {each}" for each in facets[2:]),
        *([f"{_MARK} Sections of the map: {shown}"] if shown else []),
        f"section: {section}" if section else f"{_MARK} section: …",
        f"{_MARK} review_after: 1y",
        f"{_MARK} see: [other-entry]",
    ]
    return "\n".join(lines) + "\n"


def without_explanations(text: str) -> str:
    """The text without what explains."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith(_MARK))


def _facet(kind: FacetKind) -> str:
    """A declared facet, as it may stand under `applies`."""
    if kind.choices is None:
        return f'{kind.name}: ">=1.0"'
    return f"{kind.name}: [{', '.join(kind.choices)}]"
