"""In which file of a base an entry stands, or shall stand."""

import re
from pathlib import PurePosixPath

from bot.git.writing import literal
from bot.publishing.base import NotPublished
from bot.publishing.workshop import Workshop
from knowledge.entry import Entry

_SPECIAL = re.compile(r"[.^$*+?()\[\]{}|\\]")


def file_of(name: str, workshop: Workshop) -> str | None:
    """The path in the repository of the file of the entry `name`; of several the one that is read."""
    found = [each for each in _entries(workshop) if each.name == f"{name}.yaml"]
    return str(min(found)) if found else None


def new_file(entry: Entry, workshop: Workshop) -> str:
    """The path for a new entry: beside the entries of its section where these share a folder, and else at the
    top of the base. Raises NotPublished."""
    top = PurePosixPath(workshop.place.inside or ".")
    entries = _entries(workshop)
    for each in entries:
        if each.stem.casefold() == entry.id.casefold():
            raise NotPublished(
                f"{workshop.place.file(str(each))}: differs from {entry.id}.yaml in capitals alone, which "
                "not every checkout can hold: rename it (git mv), and publish again"
            )
    folders = {each.parent for each in entries}
    if entry.section and folders - {top}:
        section = _SPECIAL.sub(r"\\\g<0>", entry.section)
        saying = f"^section:[[:space:]]+[\"']?{section}[\"']?[[:space:]]*(#.*)?$"
        found = workshop.run(
            "grep", "--cached", "-l", "-z", "-I", "-E", "-e", saying, "--", literal(str(top))
        ).names
        shared = {PurePosixPath(each).parent for each in found} & folders
        top = shared.pop() if len(shared) == 1 else top
    return str(top / f"{entry.id}.yaml")


def _entries(workshop: Workshop) -> list[PurePosixPath]:
    """The files of entries, as `knowledge.library` sees them."""
    inside = workshop.place.inside
    names = workshop.must("ls-files", "-z", "--", literal(inside or ".")).names
    paths = [PurePosixPath(each) for each in names if each.endswith(".yaml")]
    return [
        each for each in paths if not any(part.startswith(".") for part in each.relative_to(inside).parts)
    ]
