"""What the entries of a base mean to the sentence model, and which of them a question is like.

Each phrasing (and title) of an entry is a row, and so is each of its answers, and the entry as a whole, which
is read as one text; a question is like an entry as the cosine says between it and the nearest phrasing, the
nearest answer, and the whole. How like it must be to mean the same depends on the base: in one whose entries
are all about one thing strangers are alike. So likeness is told in deviations from what is usual there
between an entry and the nearest *other* one.

Immutable. Only the rows of phrasings are searched; of many of them a **sketch** is looked through: the
coordinates along the `SKETCHED` directions in which these rows differ most (their principal components), of
which the best are then compared in full. The other rows are kept in half precision. numpy comes with the
model. Imports `knowledge.entry`, the types of `knowledge.semantic`, and `knowledge.words`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from typing import Protocol

from knowledge.entry import Answer, Entry
from knowledge.semantic import Matrix, ModelError
from knowledge.words.spelling import Speller

SKETCHED = 96
"""Directions of a sketch: of the 9,568 phrasings of NL2Bash the one that is the most like a question is among
the `LOOKED_AT` nearest by them for 99.8 % of 887 questions, of the twelve most like 99.2 %."""

MANY = 2_000
"""Rows from which on a sketch is faster than all of them."""

LOOKED_AT = 100
"""Rows that are compared in full, where there is a sketch."""

USUAL, DEVIATION = 0.45, 0.15
"""What is usual between strangers, where a base is too small to say."""

STRANGERS = 300
"""Entries that are asked how like the nearest other one is."""

FEWEST = 8
"""Entries below which a base is too small to say."""

FEW = 100
"""New texts that are embedded while somebody waits: a third of a second."""

ANSWER_READ = 600
"""Characters of an answer that are read: more tokens than the model does."""

ASKED_READ = 3
"""Phrasings that are read with the answer."""

Embed = Callable[[Sequence[str]], Matrix]
"""Gives a row of length 1 for each text."""


class Encoder(Protocol):
    """What is needed of a sentence model: its rows, and the words that it knows."""

    @property
    def name(self) -> str: ...

    @property
    def words(self) -> Collection[str]: ...

    def embed(self, texts: Sequence[str]) -> Matrix: ...


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like an entry is, by cosines; `asked` in deviations from what is usual between strangers too."""

    asked: float
    told: float
    whole: float
    unusual: float


@dataclass(frozen=True, slots=True)
class Likely:
    """The question's row, and the positions of the entries whose phrasings are the most like."""

    row: Matrix
    positions: tuple[int, ...]


class Meaning:
    """The rows of the entries of a base, in their order. Several threads may ask."""

    __slots__ = (
        "_answers",
        "_asked_of",
        "_asks",
        "_entries",
        "_owners",
        "_sketch",
        "_told_of",
        "_wholes",
        "encoder",
        "speller",
        "usual",
    )

    def __init__(
        self,
        encoder: Encoder,
        rows: Mapping[str, int],
        matrix: Matrix,
        entries: Sequence[Entry],
        speller: Speller | None = None,
    ) -> None:
        """`matrix` holds the vectors of all texts of the entries (`texts_of`), at their `rows`; `speller`
        knows the encoder's words, and is made once."""
        import numpy

        self.encoder = encoder
        self.speller = speller or Speller(encoder.words)
        self._entries = entries
        asked = [entry.asking for entry in entries]
        told = [[answering(answer) for answer in entry.answers] for entry in entries]
        self._asks = matrix[[rows[text] for text in chain.from_iterable(asked)]]
        self._answers = matrix[[rows[text] for text in chain.from_iterable(told)]].astype(numpy.float16)
        self._wholes = matrix[[rows[whole(entry)] for entry in entries]].astype(numpy.float16)
        self._lay_out()
        self._sketch = _Sketch(self._asks) if len(self._asks) > MANY else None
        self.usual = self._usual()

    @classmethod
    def of(cls, encoder: Encoder, entries: Sequence[Entry], embed: Embed | None = None) -> "Meaning":
        """What these entries mean. `embed`: for whoever keeps vectors; else the encoder is asked for all."""
        texts = texts_of(entries)
        return cls(
            encoder,
            {text: row for row, text in enumerate(texts)},
            (embed or encoder.embed)(texts),
            entries,
        )

    def part(self, entries: Sequence[Entry]) -> "Meaning":
        """What entries mean most of whose texts are among those of these; the others are embedded."""
        return self._other(entries, most=None)

    def grown(self, entries: Sequence[Entry]) -> "Meaning":
        """What these entries mean. Of the texts that are not among those of this, only the first `FEW` are
        embedded, since somebody waits; the others mean nothing until the base is learned. Where only few
        entries are others, what is usual in the base and how it is sketched stay as they were until then."""
        return self._amended(entries) or self._other(entries, FEW)

    def _amended(self, entries: Sequence[Entry]) -> "Meaning | None":
        """What these entries mean, where nearly all are the very entries of this; else None."""
        import numpy

        at = {id(entry): position for position, entry in enumerate(self._entries)}
        places = [at.get(id(entry), -1) for entry in entries]
        new = [entry for entry, place in zip(entries, places, strict=True) if place < 0]
        # Of an entry that was changed most texts are those that it had.
        ids = {entry.id for entry in new}
        rows, matrix = self._known([p for p, entry in enumerate(self._entries) if entry.id in ids])
        texts = [text for text in texts_of(new) if text not in rows]
        if len(texts) > FEW or len(self._entries) < MANY:
            return None
        try:
            matrix = numpy.concatenate([matrix, self.encoder.embed(texts)]) if texts else matrix
        except ModelError:  # learning the base will tell
            return None
        rows |= {text: row for row, text in enumerate(texts, len(matrix) - len(texts))}
        part = Meaning(self.encoder, rows, matrix, new, self.speller)
        other = copy(self)
        other._entries = entries
        other._asks = _spliced(places, (self._asks, self._asked_of), (part._asks, part._asked_of))
        other._answers = _spliced(places, (self._answers, self._told_of), (part._answers, part._told_of))
        ones, more = _singles(self._entries), _singles(new)
        other._wholes = _spliced(places, (self._wholes, ones), (part._wholes, more))
        if self._sketch is not None:
            sketched = self._sketch.of(part._asks)
            other._sketch = self._sketch.with_rows(
                _spliced(places, (self._sketch.rows, self._asked_of), (sketched, part._asked_of))
            )
        other._lay_out()
        return other

    def _lay_out(self) -> None:
        """Note which rows are whose."""
        import numpy

        asked = [len(entry.asking) for entry in self._entries]
        self._asked_of = tuple(_spans(asked))
        self._told_of = tuple(_spans(len(entry.answers) for entry in self._entries))
        self._owners = numpy.repeat(numpy.arange(len(asked)), asked)

    def _other(self, entries: Sequence[Entry], most: int | None) -> "Meaning":
        import numpy

        rows, matrix = self._known()
        new = [text for text in texts_of(entries) if text not in rows]
        if new:
            rows |= {text: number for number, text in enumerate(new, len(matrix))}
            try:
                read = self.encoder.embed(new[:most])
            except ModelError:
                if most is None:
                    raise
                read = matrix[:0]  # learning the base will tell
            unread = numpy.zeros((len(new) - len(read), matrix.shape[1]), numpy.float32)
            matrix = numpy.concatenate([matrix, read, unread])
        return Meaning(self.encoder, rows, matrix, entries, self.speller)

    def _known(self, positions: Sequence[int] | None = None) -> tuple[dict[str, int], Matrix]:
        """The texts of the entries at these positions (None: of all) with their rows, and all those rows."""
        import numpy

        its = self._entries if positions is None else [self._entries[position] for position in positions]
        asked = chain.from_iterable(entry.asking for entry in its)
        told = (answering(answer) for entry in its for answer in entry.answers)
        rows = {text: number for number, text in enumerate(chain(asked, told, map(whole, its)))}
        parts = [self._asks, self._answers, self._wholes]
        if positions is not None:
            of_each = self._asked_of, self._told_of, _singles(self._entries)
            parts = [
                part[list(chain.from_iterable(range(*spans[position]) for position in positions))]
                for part, spans in zip(parts, of_each, strict=True)
            ]
        return rows, numpy.concatenate(parts, dtype=numpy.float32)

    def likely(self, text: str, limit: int) -> Likely:
        """The entries that are the most like, at most `limit` of them, the most like first."""
        import numpy

        row = self.encoder.embed([text])[0]
        if not len(self._asks) or not row.any():
            return Likely(row, ())
        candidates = None if self._sketch is None else self._sketch.nearest(row, LOOKED_AT)
        likeness = (self._asks if candidates is None else self._asks[candidates]) @ row
        most = min(len(likeness), 4 * limit)
        best = numpy.argpartition(-likeness, most - 1)[:most]
        best = best[numpy.argsort(-likeness[best], kind="stable")]
        owners = self._owners[best if candidates is None else candidates[best]]
        return Likely(row, tuple(dict.fromkeys(owners.tolist()))[:limit])

    def likeness(self, row: Matrix, positions: Sequence[int]) -> Iterator[Likeness]:
        """How like the entries at these positions are."""
        usual, deviation = self.usual
        asked = _best(self._asks, self._asked_of, positions, row)
        told = _best(self._answers, self._told_of, positions, row)
        wholes = (self._wholes[list(positions)] @ row).tolist() if positions else []
        for one, other, all_ in zip(asked, told, wholes, strict=True):
            yield Likeness(one, other, all_, (one - usual) / deviation)

    def _usual(self) -> tuple[float, float]:
        """Mean and deviation of the likeness between an entry's first phrasing and the nearest other one."""
        import numpy

        size = len(self._asked_of)
        if size < FEWEST:
            return USUAL, DEVIATION
        some = numpy.linspace(0, size - 1, min(size, STRANGERS)).astype(int)
        firsts = [self._asked_of[position][0] for position in some]
        likeness = self._asks[firsts] @ self._asks.T
        for number, position in enumerate(some):
            first, end = self._asked_of[position]
            likeness[number, first:end] = -1
        nearest = likeness.max(axis=1)
        return float(nearest.mean()), max(0.05, float(nearest.std()))


class _Sketch:
    """The rows, each as fewer numbers; distances between them are nearly those between the whole rows."""

    def __init__(self, rows: Matrix) -> None:
        import numpy

        some = rows[:: max(1, len(rows) // 5_000)]
        _, directions = numpy.linalg.eigh(some.T @ some)  # the directions that say most come last
        self._directions = numpy.ascontiguousarray(directions[:, -SKETCHED:])
        self.rows = numpy.ascontiguousarray(self.of(rows))

    def of(self, rows: Matrix) -> Matrix:
        """These rows as fewer numbers."""
        return rows @ self._directions

    def with_rows(self, rows: Matrix) -> "_Sketch":
        """A sketch along the same directions of other rows, given as fewer numbers."""
        other = copy(self)
        other.rows = rows
        return other

    def nearest(self, row: Matrix, most: int) -> Matrix:
        """The numbers of the rows nearest to this one, in no order."""
        import numpy

        return numpy.argpartition(-(self.rows @ (row @ self._directions)), most)[:most]


def answering(answer: Answer) -> str:
    """What of an answer is compared with a question."""
    return f"{answer.short} {answer.text}".strip()[:ANSWER_READ]


def whole(entry: Entry) -> str:
    """An entry as one text: how it is asked for, and what is answered first."""
    return f"{' '.join(entry.asking[:ASKED_READ])} {answering(entry.answers[0])}"[:ANSWER_READ]


def texts_of(entries: Iterable[Entry]) -> list[str]:
    """Every text that stands for these entries, each once."""
    found: dict[str, None] = {}
    for entry in entries:
        found.update(dict.fromkeys(entry.asking))
        found.update(dict.fromkeys(map(answering, entry.answers)))
        found[whole(entry)] = None
    return list(found)


Spans = Sequence[tuple[int, int]]


def _spans(lengths: Iterable[int]) -> Iterator[tuple[int, int]]:
    return pairwise(accumulate(lengths, initial=0))


def _singles(entries: Sequence[Entry]) -> Spans:
    """The spans of entries that have a row each."""
    return [(position, position + 1) for position in range(len(entries))]


def _spliced(places: Sequence[int], old: tuple[Matrix, Spans], new: tuple[Matrix, Spans]) -> Matrix:
    """The rows of entries in their order: of those that have a place among the old ones from there, of the
    others from the new ones, which are in the same order. Copied once, in as few pieces as there are."""
    import numpy

    pieces: list[tuple[Matrix, int, int]] = []
    others = iter(new[1])
    for place in places:
        rows, (begin, end) = (old[0], old[1][place]) if place >= 0 else (new[0], next(others))
        if pieces and pieces[-1][0] is rows and pieces[-1][2] == begin:
            pieces[-1] = rows, pieces[-1][1], end
        else:
            pieces.append((rows, begin, end))
    return numpy.concatenate([rows[begin:end] for rows, begin, end in pieces] or [old[0][:0]])


def _best(
    rows: Matrix, spans: Sequence[tuple[int, int]], positions: Sequence[int], row: Matrix
) -> list[float]:
    """The highest cosine of each of these spans of rows."""
    import numpy

    if not positions:
        return []
    ranges = [range(*spans[position]) for position in positions]
    likeness = rows[list(chain.from_iterable(ranges))] @ row
    begins = list(accumulate((len(each) for each in ranges[:-1]), initial=0))
    return [float(each) for each in numpy.maximum.reduceat(likeness, begins)]
