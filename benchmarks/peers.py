"""Ways to find the entry for a question that others would reach for first, to measure ours beside.

Each is made from entries and asked with a text; it gives the ids of the best three, best first. Every one
gets what it can make use of, and what suits it best: the search engines read phrasings and answers, stemmed
as English, with weights that were tried out on the very questions of the benchmark, the best of which stand
here; rapidfuzz compares with the phrasings alone, normalised beforehand, for whole answers only drown them.
All answer with one thread.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from rapidfuzz import fuzz, process, utils

from knowledge.entry import Answer, Entry

BEST = 3
_LOOKED_AT = 12  # phrasings of which several may belong to one entry

Find = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to find entries. `given`: what it is given, in words; `most`: how many pairs of question and
    entry it can be asked about in bounded time; `missing`: why it cannot be measured here, empty where it
    can; `found_right`: whether what it finds among these entries says anything, or only its speed; `load`:
    loads and compiles what it is made of, which counts neither as building nor as memory."""

    name: str
    given: str
    make: Callable[[Sequence[Entry]], Find]
    most: int
    missing: str = ""
    found_right: Callable[[Sequence[Entry]], bool] = bool
    load: Callable[[], object] = tuple


def fts5(entries: Sequence[Entry]) -> Find:
    """SQLite's FTS5 with its Porter stemmer, in memory; any of the words may match."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE base USING fts5(phrasings, answers, tokenize = 'porter unicode61')")
    base.executemany(
        "INSERT INTO base (rowid, phrasings, answers) VALUES (?, ?, ?)",
        ((row, "\n".join(entry.phrasings), _answers(entry)) for row, entry in enumerate(entries)),
    )
    query = f"SELECT rowid FROM base WHERE base MATCH ? ORDER BY bm25(base, 1.0, 0.6) LIMIT {BEST}"

    def find(text: str) -> tuple[str, ...]:
        words = " OR ".join(f'"{word}"' for word in _words(text))
        return tuple(entries[row].id for (row,) in base.execute(query, (words,))) if words else ()

    return find


def tantivy(*, fuzzy: bool) -> Callable[[Sequence[Entry]], Find]:
    """tantivy with its English stemmer, in memory; any of the words may match. `fuzzy`: words of more than
    three letters may also differ by one edit from those of the phrasings."""

    def make(entries: Sequence[Entry]) -> Find:
        import tantivy as library

        schema = library.SchemaBuilder().add_unsigned_field("row", fast=True)
        for name in ("phrasings", "answers"):
            schema.add_text_field(name, tokenizer_name="en_stem", index_option="freq")
        index = library.Index(schema.build())
        writer = index.writer(heap_size=128_000_000, num_threads=1)
        for row, entry in enumerate(entries):
            document = library.Document()
            document.add_unsigned("row", row)
            document.add_text("phrasings", "\n".join(entry.phrasings))
            document.add_text("answers", _answers(entry))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        searcher = index.searcher()

        def find(text: str) -> tuple[str, ...]:
            words = _words(text)
            query = index.parse_query(" ".join(words), ["phrasings", "answers"], {"answers": 0.8})
            long = [word for word in words if len(word) > 3]
            if fuzzy and long:
                near = index.parse_query(
                    " ".join(long), ["phrasings"], fuzzy_fields={"phrasings": (False, 1, True)}
                )
                either = (query, library.Query.boost_query(near, 4.0))
                query = library.Query.boolean_query([(library.Occur.Should, each) for each in either])
            hits = searcher.search(query, BEST, count=False).hits
            rows = searcher.fast_field_values("row", [address for _, address in hits])
            return tuple(entries[int(row or 0)].id for row in rows)

        return find

    return make


def bm25s(*, compiled: bool) -> Callable[[Sequence[Entry]], Find]:
    """bm25s with its English stop words and the Snowball stemmer; phrasings count twice. `compiled`: by
    numba, which takes some seconds once."""

    def make(entries: Sequence[Entry]) -> Find:
        import bm25s as library  # type: ignore[import-untyped]
        from Stemmer import Stemmer  # type: ignore[import-not-found]

        stemmer = Stemmer("english")

        def terms(texts: list[str]) -> Any:
            return library.tokenize(
                texts, stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False
            )

        made = library.BM25(backend="numba" if compiled else "numpy")
        texts = ["\n".join((*entry.phrasings, *entry.phrasings, _answers(entry))) for entry in entries]
        made.index(terms(texts), show_progress=False)

        def find(text: str) -> tuple[str, ...]:
            asked = terms([text])
            if not asked[0]:
                return ()
            rows, scores = made.retrieve(asked, k=min(BEST, len(entries)), show_progress=False)
            found = zip(rows[0], scores[0], strict=True)
            return tuple(entries[int(row)].id for row, score in found if score > 0)

        return find

    return make


def whole(scorer: Callable[..., float]) -> Callable[[Sequence[Entry]], Find]:
    """rapidfuzz over whole sentences, by `process.extract`."""

    def make(entries: Sequence[Entry]) -> Find:
        owners = [entry.id for entry in entries for _ in entry.phrasings]
        choices = [utils.default_process(text) for entry in entries for text in entry.phrasings]

        def find(text: str) -> tuple[str, ...]:
            found: list[tuple[Any, float, int]] = process.extract(
                utils.default_process(text), choices, scorer=scorer, limit=_LOOKED_AT
            )
            return _several(owners[position] for _, _, position in found)

        return find

    return make


def _missing(*packages: str) -> str:
    lacking = [name for name in packages if find_spec(name) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


_SMALL = (Entry("any", ("Any question?",), (Answer("Any answer.", ""),)),)


def peers(*, compiled: bool) -> tuple[Way, ...]:
    """All of them. `compiled`: with whatever can be compiled, where the compiler is there."""
    numba = compiled and find_spec("numba") is not None
    return (
        Way(
            "tantivy",
            "phrasings and answers (0.8); en_stem",
            tantivy(fuzzy=False),
            most=120_000_000,
            missing=_missing("tantivy"),
            load=lambda: tantivy(fuzzy=True)(_SMALL)("any"),
        ),
        Way(
            "tantivy, fuzzy",
            "the same, and words of the phrasings that one edit makes of those of the question (4)",
            tantivy(fuzzy=True),
            most=120_000_000,
            missing=_missing("tantivy"),
        ),
        Way(
            "bm25s",
            f"phrasings twice, and answers; English stop words, PyStemmer; {'' if numba else 'not '}compiled",
            bm25s(compiled=numba),
            most=120_000_000,
            missing=_missing("bm25s", "Stemmer"),
            load=lambda: bm25s(compiled=numba)(_SMALL)("any"),
        ),
        Way("SQLite FTS5", "phrasings and answers (0.6); porter", fts5, most=10_000_000),
        Way("token_set_ratio", "phrasings; by process.extract", whole(fuzz.token_set_ratio), most=5_000_000),
        Way("WRatio", "phrasings; by process.extract", whole(fuzz.WRatio), most=2_000_000),
    )


def _answers(entry: Entry) -> str:
    return "\n".join(part for answer in entry.answers for part in (answer.short, answer.text))


def _words(text: str) -> list[str]:
    """Runs of letters and digits: nothing that a query language could take for its own."""
    return re.findall(r"[^\W_]+", text.lower())


def _several(ids: Iterable[str]) -> tuple[str, ...]:
    """The first three different ones."""
    return tuple(dict.fromkeys(ids))[:BEST]
