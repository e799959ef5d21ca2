"""Entries as files: one YAML document each, named after its id.

    id: system-qemu
    title: Building with the distribution's QEMU
    phrasings:
      - How do I build the tools without cloning QEMU?
    answers:
      - applies: {xen: ">=4.4", toolstack: [xl, libvirt]}
        short: Configure with `--with-system-qemu`; nothing is fetched then.
        text: |
          …
        source: https://…
    section: BUILD SYSTEM
    tags: [offline, qemu-xen]
    verified: {on: 2026-10-01, by: alice, for: "4.19"}
    review_after: 1y
    see: [system-seabios]

`phrasings` and one answer with a `short` are what an entry needs; all else may be left out. What is wrong
is said with file, line and column. `to_yaml` writes an entry so that `parse_entry` reads the same entry
again, and always in the same way, so that a change of one sentence is a change of one line in git.
"""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from knowledge.documents import (
    Document,
    DocumentError,
    Duration,
    Limits,
    parse_as,
    read,
)
from knowledge.entry import MOST_TAGS, SHORT_LIMIT, TAG_LIMIT, TITLE_LIMIT, Answer, Entry, Verified
from knowledge.salvage import salvage
from knowledge.versions import constraint_text
from knowledge.words.text import QUERY_LIMIT, has_words, invisible
from knowledge.writing import lines, tree_of

ENTRY_LIMITS = Limits(size=1 << 16, depth=8, nodes=1000)
"""An entry is read by people; one that is larger than this is a book."""

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def parse_entry(text: str | bytes, source: str, stem: str = "") -> Entry:
    """The entry in a YAML text; see `entry_of`. Raises `DocumentError`."""
    return entry_of(read(text, source, ENTRY_LIMITS), stem)


def entry_of(document: Document, stem: str = "") -> Entry:
    """The entry in a document; where a `stem` is given, the id must be that. Raises `DocumentError`."""
    form = parse_as(document, _EntryForm)
    if stem and form.id != stem:
        message = f"id: `{form.id}` is in a file named `{stem}`; both must be the same"
        raise DocumentError([document.problem(("id",), message)])
    verified = form.verified
    return Entry(
        id=form.id,
        phrasings=tuple(form.phrasings),
        answers=tuple(_answer(answer) for answer in form.answers),
        section=form.section or "",
        verified=Verified(verified.on, verified.by, verified.for_ or "") if verified else None,
        review_after=form.review_after,
        see=tuple(form.see),
        title=form.title or "",
        tags=tuple(form.tags),
    )


def remains_of(document: Document, stem: str) -> Entry:
    """Of a document that is no entry, what can be compared with others all the same; never to be told."""
    found = salvage(document, _EntryForm)
    wrong = {place[0] for place in found.left_out if place}  # elsewhere places are those of the document
    answers = () if "answers" in wrong else tuple(map(_answer, getattr(found.model, "answers", ())))
    see = () if "see" in wrong else tuple(found.model.see)
    return Entry(stem, (), answers, found.model.section or "", see=see)


def why_no_id(text: str) -> str:
    """Why no entry can have this id; empty where one can."""
    if _ID.fullmatch(text) and len(text) <= 80:
        return ""
    return "must be lower-case letters and digits joined by single hyphens, like `system-qemu`"


def to_yaml(entry: Entry) -> str:
    """The entry as the text of its file."""
    return "\n".join(lines(tree_of(entry))) + "\n"


# --- reading ---


def _line(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("must not be empty")
    if (found := invisible(text)) is not None:
        raise ValueError(f"must be one line of visible text, found the character U+{ord(found):04X}")
    return text


def _block(text: str) -> str:
    text = "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
    if (found := invisible(text.replace("\n", " ").replace("\t", " "))) is not None:
        raise ValueError(f"must be visible text, found the character U+{ord(found):04X}")
    return text


def _short(text: str) -> str:
    size = len(_line(text).encode())
    if size > SHORT_LIMIT:
        raise ValueError(f"must have at most {SHORT_LIMIT} bytes, found {size}; the rest belongs into `text`")
    return text.strip()


def _kebab(text: str) -> str:
    if why := why_no_id(text):
        raise ValueError(why)
    return text


def _worded(text: str, limit: int) -> str:
    text = _line(text)
    if len(text) > limit:
        raise ValueError(f"must have at most {limit} characters, found {len(text)}")
    if not has_words(text):
        raise ValueError("must have a word in it")
    return text


def _phrasing(text: str) -> str:
    return _worded(text, QUERY_LIMIT)


def _title(text: str) -> str:
    return _worded(text, TITLE_LIMIT)


def _tag(text: str) -> str:
    text = _worded(text, TAG_LIMIT)
    if len(words := text.replace(",", " ").split()) > 1:
        raise ValueError(f"must be one word; several are a list: [{', '.join(words)}]")
    return text


def _different(tags: list[str]) -> list[str]:
    seen: set[str] = set()
    for tag in tags:
        if tag.casefold() in seen:
            raise ValueError(f"`{tag}` stands here twice; once is enough")
        seen.add(tag.casefold())
    return tags


def _day(value: object) -> date:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"must be a day of the calendar, found `{value}`") from None
    raise ValueError("must be a date like 2026-10-01")


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _applicable(value: str) -> str:
    value = _line(value)
    if value[0] in "<>=" and not constraint_text(value):
        raise ValueError(f"must be a version constraint like >=4.4 or >=4.4,<4.9, found `{value}`")
    return value


_Line = Annotated[str, AfterValidator(_line)]
_Kebab = Annotated[str, AfterValidator(_kebab)]
_Allowed = Annotated[
    list[Annotated[str, AfterValidator(_applicable)]], BeforeValidator(_several), Field(min_length=1)
]
_Tags = Annotated[
    list[Annotated[str, AfterValidator(_tag)]],
    BeforeValidator(_several),
    Field(max_length=MOST_TAGS),
    AfterValidator(_different),
]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _AnswerForm(_Form):
    applies: dict[_Line, _Allowed] = {}
    short: Annotated[str, AfterValidator(_short)]
    text: Annotated[str, AfterValidator(_block)] = ""
    source: _Line | None = None


class _VerifiedForm(_Form):
    on: Annotated[date, BeforeValidator(_day)]
    by: _Line
    for_: Annotated[_Line | None, Field(alias="for")] = None


class _EntryForm(_Form):
    id: _Kebab
    title: Annotated[str, AfterValidator(_title)] | None = None
    phrasings: Annotated[list[Annotated[str, AfterValidator(_phrasing)]], Field(min_length=1)]
    answers: Annotated[list[_AnswerForm], Field(min_length=1)]
    section: _Line | None = None
    tags: _Tags = []
    verified: _VerifiedForm | None = None
    review_after: Duration | None = None
    see: list[_Kebab] = []


def _answer(form: _AnswerForm) -> Answer:
    applies = {facet: tuple(allowed) for facet, allowed in form.applies.items()}
    return Answer(form.short, form.text, form.source or "", applies)
