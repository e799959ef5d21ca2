"""A new entry of what was said: a question, the answer to it that was confirmed, and where that held.

    alice: hi all, how do I build 4.17 without cloning qemu?
    bob: alice: configure with --with-system-qemu, see https://docs.example.org/qemu
        -> build-qemu: …, for xen 4.17, by bob

The answer's sentences make the `short`, as many as fit; what does not fit is the `text`; the first thing that
it links to is the `source`. An entry made so can be published as it is, and says no more than was confirmed:

- A version that the question names limits it to that series (`4.17` for somebody's 4.17.2). Whether it holds
  for others nobody has said; an editor who knows says so, in a line. A version in the answer alone ("mended
  in 4.18.1") is more often the remedy than the condition, and limits nothing.
- A choice (a toolstack, a distribution) limits it where question and answer both name it. People say on what
  they are where that changes nothing; what the answer speaks of as well, it depends on.

So an entry holds for the question that it was made of, whatever that names. Pure; imports `knowledge` only.
"""

import re
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import count

from knowledge.cleaning import content_words, said, shortened, without_links
from knowledge.documents import DocumentError
from knowledge.entry import SHORT_LIMIT, Answer, Entry, Verified
from knowledge.facets import FacetKind, read_facets, values_of
from knowledge.files import parse_entry, to_yaml
from knowledge.versions import Version, parse_version
from knowledge.words.text import STOP_WORDS, has_words, invisible

PHRASING_LIMIT = 200
"""Characters that a phrasing made of a question may have: what is longer is a story."""

SOURCE_LIMIT = 300
"""Characters of a link that is taken for a source."""

_ID_WORDS = 5
_ID_LIMIT = 60
_LINK = re.compile(r"https?://[^\s<>\"'`]{3,}", re.IGNORECASE)
_PASTES = re.compile(
    r"paste|pastie|termbin|hastebin|dpaste|0x0\.st|ix\.io|sprunge|imgur|imagebin|pix\.", re.IGNORECASE
)
_PLAIN_END = re.compile(r"(?:^|\s)[(\"'“]?(?:[^\W\d_]+(?:['’-][^\W\d_]+)*|v?[0-9]+(?:\.[0-9]+)*)[)\"'”]?$")
_ENDED = (".", "!", "?", "…", ":")
_APART = " —"  # what stands between what is said and what is said next


def entry_id(text: str, taken: Container[str]) -> str:
    """An id made of the words that say what `text` is about, which is not `taken`."""
    words = content_words(text)
    found = [re.sub(r"[^a-z0-9]+", "-", _ascii(word)).strip("-") for word in words if "/" not in word]
    kept: list[str] = []
    for piece in found or [re.sub(r"[^a-z0-9]+", "-", _ascii(word)).strip("-") for word in words]:
        longer = "-".join((*kept, piece))
        fits = len(longer) <= _ID_LIMIT and longer.count("-") < _ID_WORDS
        if fits and not re.fullmatch(r"[0-9-]*", piece):
            kept.append(piece)
    name = "-".join(kept) or "entry"
    tried = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(each for each in tried if each not in taken)


def cleaned_question(text: str, names: Iterable[str]) -> str:
    """What was asked, as one phrasing of at most PHRASING_LIMIT characters: without greetings, address,
    thanks, links, and without `names`. Of a longer one its beginning, or what asks in it where that is far
    from there. Empty where nothing is left."""
    sentences = [each for each in map(without_links, said(text, names)) if has_words(each)]
    if len(" ".join(sentences)) > PHRASING_LIMIT:
        asking = [each for each in sentences if each.endswith("?") and len(content_words(each)) > 1]
        sentences = asking or sentences
    phrasing, _ = shortened(sentences, lambda head: len(head) <= PHRASING_LIMIT)
    phrasing = phrasing.removesuffix(" …")
    return phrasing if has_words(phrasing) else ""


def cleaned_answer(texts: Sequence[str], names: Iterable[str]) -> tuple[str, str]:
    """What was answered, line by line, as a `short` of at most SHORT_LIMIT bytes and the rest, which may be
    empty; two empty ones where nothing was said."""
    known = tuple(names)
    lines = [list(said(text, known)) for text in texts]
    sentences = [_begun(_ended(each)) for line in lines for each in line]
    short, rest = shortened(sentences, lambda head: len(head.encode()) <= SHORT_LIMIT)
    return (short.removesuffix(_APART), rest.removesuffix(_APART)) if has_words(short) else ("", "")


def drafted(
    question: str,
    answer: Sequence[str],
    *,
    names: Iterable[str],
    kinds: Sequence[FacetKind],
    section: str,
    taken: Container[str],
    on: date,
    by: str,
    beside: str = "",
) -> Entry | None:
    """An entry of a question and the lines that answered it; None where there is nothing in either.

    `names`: who is left out of both. `beside`: what else the asker said of their case. `on`: when, and `by`
    whom it was confirmed; without somebody it is not verified. `taken`: ids that it must not have.
    """
    known = tuple(names)
    phrasing = cleaned_question(question, known)
    short, rest = cleaned_answer(answer, known)
    if not content_words(phrasing) or not content_words(short):
        return None
    asked = f"{question}\n{beside}"
    limits = _limits(asked, " ".join(answer), kinds)
    made = Entry(
        id=entry_id(phrasing, taken),
        phrasings=(phrasing,),
        answers=(Answer(short, rest, _source(answer), limits),),
        section=_line(section),
        verified=Verified(on, _line(by), _version(asked, kinds)) if _line(by) else None,
    )
    return made if _is_well(made) else None


def with_phrasing(entry: Entry, phrasing: str) -> Entry | None:
    """The entry with one more way to ask for it; None where it has that, in whichever case."""
    known = {" ".join(each.casefold().split()) for each in entry.asking}
    if " ".join(phrasing.casefold().split()) in known:
        return None
    longer = replace(entry, phrasings=(*entry.phrasings, phrasing))
    return longer if _is_well(longer) else None


def _is_well(entry: Entry) -> bool:
    """Whether the entry can be written and read again: what people say may hold anything."""
    try:
        return parse_entry(to_yaml(entry), "") == entry
    except DocumentError:
        return False


def _limits(asked: str, answer: str, kinds: Sequence[FacetKind]) -> Mapping[str, tuple[str, ...]]:
    """What the answer applies to; see above."""
    named, told = read_facets(asked, kinds), read_facets(answer, kinds)
    found: dict[str, tuple[str, ...]] = {}
    for kind in kinds:
        values = values_of(named[kind.name]) if kind.name in named else ()
        if kind.choices is None:
            values = tuple(dict.fromkeys(map(_series, values)))
        elif not {*values} <= {*values_of(told.get(kind.name, ""))}:
            continue
        if values:
            found[kind.name] = values
    return found


def _series(version: str) -> str:
    """The series of a version: 4.17 of 4.17.2."""
    return ".".join(version.partition("-")[0].split(".")[:2])


def _version(asked: str, kinds: Sequence[FacetKind]) -> str:
    """The version that it was confirmed with: of the project's own, the newest that the asker named."""
    named = read_facets(asked, kinds)
    versions = [kind for kind in kinds if kind.choices is None and kind.name in named]
    for kind in sorted(versions, key=lambda each: not each.bare):
        return max(values_of(named[kind.name]), key=lambda each: parse_version(each) or Version((0,)))
    return ""


def _source(answer: Sequence[str]) -> str:
    """The first thing that the answer links to, and that may still be there when somebody looks."""
    for line in answer:
        for found in _LINK.findall(line):
            link = str(found).rstrip(".,;:!?…*_")
            if link.endswith(")") and "(" not in link:
                link = link.rstrip(")").rstrip(".,;:!?")
            if len(link) <= SOURCE_LIMIT and invisible(link) is None and not _PASTES.search(link):
                return link
    return ""


def _ended(sentence: str) -> str:
    """The sentence with the mark that ends it, where that cannot be taken for a part of its last word."""
    if sentence.endswith(_ENDED) or not _PLAIN_END.search(sentence):
        return sentence if sentence.endswith((*_ENDED, ";", ",")) else sentence + _APART
    return f"{sentence}."


def _begun(sentence: str) -> str:
    """The sentence with a capital, where its first word is one of the language and not of a command line."""
    first = sentence.partition(" ")[0].rstrip(",")
    return sentence[0].upper() + sentence[1:] if first in STOP_WORDS else sentence


def _ascii(word: str) -> str:
    return unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()


def _line(text: str) -> str:
    return " ".join("".join(c if invisible(c) is None else " " for c in text).split())
