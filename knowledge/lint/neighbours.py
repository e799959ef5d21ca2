"""Entries beside each other: phrasings that find another entry, and entries that say what another does.

By the matcher itself, words alone. Asking a base all of its own phrasings as anybody asks them takes a
millisecond each; but of a phrasing two things are known before. No word of it is misspelt, since the base has
them all, so nothing has to be repaired. And its own entry, whose phrasing it is, has the largest bonus for
nearness that there is: another one can only come before it by more of its words. So the words that say the
most (`TELLING` of all that it says) are looked up first, which is ten times as fast, and only where what
another entry scores by them comes near its own (`NEAR`) it is asked in earnest.

Near-duplicates (`knowledge.lint.alike`) are looked for among what was found so, and among equal answers.
Pure; imports the modules of `knowledge`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from knowledge.complaints import shown
from knowledge.entry import Entry
from knowledge.facets import choose_answer, describe, read_facets
from knowledge.index import Index
from knowledge.lint.alike import Said as Words
from knowledge.lint.alike import alike, telling
from knowledge.lint.alike import said as words_of
from knowledge.lint.complaint import Said
from knowledge.lint.regions import common, region
from knowledge.lint.wording import folded
from knowledge.shelf import Phrasing, Shelf
from knowledge.words.text import terms, tokens

TELLING = 0.8
"""The share of what a phrasing says by which its rivals are looked for."""

NEAR, NEAR_NAMED = 0.8, 0.65
"""Of the own entry's score, from which on another might come before it when asked in earnest, by the words
that are left out; and where the phrasing names a facet, which lifts entries that depend on it. Of 40,000
phrasings among 10,000 entries 1,800 are asked so, and of the 27 that find another one is missed."""

SIMILAR = 0.5
"""The share of score and nearness from which on entries are compared as a whole."""

MOST_PHRASINGS = 100
"""Phrasings of one entry that are asked."""

MOST_RIVALS = 12
"""Entries that one is compared with."""

COMMON, FEWEST = 0.02, 10
"""The share of a base, and the number of entries, in which a word stands that says too little alone."""

Rivals = dict[int, None]


class Neighbours:
    """The entries of an index, to be asked what stands beside each of them."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.shelf: Shelf = index.prepare()
        self.entries = index.entries
        self._words: dict[int, Words] = {}
        self._asking: dict[str, list[int]] = {}
        self._telling: dict[tuple[str, str], list[int]] = {}
        self._asked_with = Counter(chain.from_iterable(set(page.asked) for page in self.shelf.pages))
        heard = chain.from_iterable((*page.asked, *page.answered) for page in self.shelf.pages)
        # Summed up some million times: a dict of all terms is faster than asking the index for each.
        self._says = {term: self.shelf.bm25.idf(term) for term in set(heard)}
        self._folded: list[tuple[str, ...]] = []
        for position, entry in enumerate(self.entries):
            self._folded.append(tuple(map(folded, entry.phrasings[:MOST_PHRASINGS])))
            for phrasing in dict.fromkeys(self._folded[-1]):
                self._asking.setdefault(phrasing, []).append(position)
            for answer in entry.answers:
                told = self._telling.setdefault(telling(answer), [])
                if not told or told[-1] != position:
                    told.append(position)

    def all_said(self, tell: Callable[[int, int], None]) -> Iterator[tuple[Entry, Said]]:
        """What is said of all entries; `tell` is told how many are done, of how many."""
        total = len(self.entries)
        for position, entry in enumerate(self.entries):
            for said in self.said(position, entry):
                yield entry, said
            tell(position + 1, total)

    def said(self, position: int, entry: Entry) -> Iterator[Said]:
        """What is said of the entry at a position of the index."""
        rivals: Rivals = {}
        shared: set[int] = set()
        for number, phrasing in enumerate(entry.phrasings[:MOST_PHRASINGS]):
            # A title comes last of what it asks with, so that phrasings are counted as they are here.
            read = self.shelf.pages[position].phrasings[number]
            asking = self._asking[self._folded[position][number]][: MOST_RIVALS + 1]
            twins = [other for other in asking if other != position]
            shared.update(twins)
            yield from self._asked(position, entry, number, phrasing, read, twins, rivals)
        for other in (self._telling[telling(answer)] for answer in entry.answers):
            rivals.update(dict.fromkeys(other[:MOST_RIVALS]))
        rivals.pop(position, None)
        yield from self._alike(position, entry, [*shared, *(each for each in rivals if each not in shared)])

    def _asked(
        self,
        position: int,
        entry: Entry,
        number: int,
        phrasing: str,
        read: Phrasing,
        twins: Sequence[int],
        rivals: Rivals,
    ) -> Iterator[Said]:
        """What one of its phrasings finds."""
        vague = self._vague(number, phrasing, read)
        if vague is not None:
            yield vague
            return
        for twin in twins:
            if (said := _contradicting(entry, number, self.entries[twin])) is not None:
                yield said
                return
        facets = read_facets(phrasing, self.index.declared)
        if facets and choose_answer(entry, facets) is None:
            yield _misnamed(entry, number, facets)
            return
        if twins or not self._near(position, read, rivals, NEAR_NAMED if facets else NEAR):
            return
        found = self.index.search(phrasing, limit=3).evident
        if found and found[0].entry.id != entry.id:
            yield _astray(number, phrasing, found[0].entry, found[0].reasons)

    def _near(self, position: int, read: Phrasing, rivals: Rivals, share: float) -> bool:
        """Whether another entry may come before it, with this `share` of its score. Who comes near goes among
        the `rivals`."""
        idf = self._says.__getitem__
        query: dict[str, float] = {}
        wanted = TELLING * sum(map(idf, read.terms))
        for term in sorted(read.terms, key=lambda term: (-idf(term), term)):
            query[term] = 1.0
            wanted -= idf(term)
            if wanted <= 0:
                break
        hits = self.shelf.bm25.top(query, 4)
        own = next((score for other, score in hits if other == position), 0.0)
        near = False
        for other, score in hits:
            if other == position or score < SIMILAR * own:
                continue
            overlap = self._overlap(read, other)
            if overlap >= SIMILAR and len(rivals) < MOST_RIVALS:
                rivals[other] = None
            near = near or score * (1 + overlap) >= share * own * 2
        return near

    def _overlap(self, read: Phrasing, other: int) -> float:
        """How near another entry's nearest phrasing comes to one (Dice, each term counting what it says)."""
        idf = self._says.__getitem__
        mine = frozenset(read.terms)
        says = sum(map(idf, mine))
        best = 0.0
        for phrasing in self.shelf.pages[other].phrasings[:MOST_PHRASINGS]:
            shared = mine.intersection(phrasing.terms)
            if shared:
                both = 2 * sum(map(idf, shared)) / (says + sum(map(idf, phrasing.terms)))
                best = max(best, both)
        return best

    def _vague(self, number: int, phrasing: str, read: Phrasing) -> Said | None:
        if len(read.terms) != 1 or not read.terms[0].isalpha():
            return None
        holding = self._asked_with[read.terms[0]]
        if holding < max(FEWEST, COMMON * len(self.entries)):
            return None
        return Said(
            "vague-phrasing",
            ("phrasings", number),
            f"phrasings[{number}] is looked up by one word alone, which {holding} entries ask with: "
            f"{shown(phrasing)}",
            "say what of it the entry is about",
        )

    def _alike(self, position: int, entry: Entry, others: Iterable[int]) -> Iterator[Said]:
        """The entry that it is a near-duplicate of; it is told at one of the two, the later by id."""
        best: tuple[float, str, Entry] | None = None
        for other in others:
            rival = self.entries[other]
            if rival.id >= entry.id:
                continue
            found = alike(self._said(position), self._said(other), self._says.__getitem__)
            if found is not None and (best is None or (-found[0], rival.id) < (-best[0], best[2].id)):
                best = *found, rival
        if best is not None:
            yield _duplicate(entry, best[2], best[1])

    def _said(self, position: int) -> Words:
        found = self._words.get(position)
        if found is None:
            page = self.shelf.pages[position]
            asked = [each.terms for each in page.phrasings]
            found = self._words[position] = words_of(self.entries[position], asked, page.answered)
        return found


def beside(entry: Entry, index: Index) -> Iterator[Said]:
    """What is said of an entry that is not in the index, or stands there as it was before: some milliseconds
    for each phrasing."""
    mine = _words(entry)
    rivals: dict[str, Entry] = {}
    for number, phrasing in enumerate(entry.phrasings[:MOST_ASKED]):
        facets = read_facets(phrasing, index.declared)
        if facets and choose_answer(entry, facets) is None:
            yield _misnamed(entry, number, facets)
            continue
        others = [each for each in index.search(phrasing, limit=4).evident if each.entry.id != entry.id]
        for match in others[:2]:
            rivals[match.entry.id] = match.entry
        twins = [each.entry for each in others if folded(phrasing) in map(folded, each.entry.phrasings)]
        if twins:
            said = next((said for twin in twins if (said := _contradicting(entry, number, twin))), None)
            if said is not None:
                yield said
        elif (
            others
            and mine.asked[number]
            and mine.asked[number] == set(others[0].grounds.candidate.nearest.terms)
        ):
            yield _astray(number, phrasing, others[0].entry, others[0].reasons)
    for _, rival in sorted(rivals.items()):
        found = alike(mine, _words(rival), index.prepare().bm25.idf)
        if found is not None:
            yield _duplicate(entry, rival, found[1])
            return


MOST_ASKED = 20
"""Phrasings of an entry that is about to be published that are asked."""


def _words(entry: Entry) -> Words:
    asked = [terms(tokens(phrasing)) for phrasing in entry.asking]
    told = [part for answer in entry.answers for part in (answer.short, answer.text)]
    return words_of(entry, asked, [term for text in told for term in terms(tokens(text))])


def _contradicting(entry: Entry, number: int, twin: Entry) -> Said | None:
    """What is wrong with a phrasing of both, where both may answer it and say different things."""
    for position, answer in enumerate(entry.answers[:MOST_RIVALS]):
        for other in twin.answers[:MOST_RIVALS]:
            both = common(region(answer.applies), region(other.applies))
            if both is not None and telling(answer) != telling(other):
                return Said(
                    "contradiction",
                    ("phrasings", number),
                    f"phrasings[{number}] is one of `{twin.id}`, too, which answers otherwise than "
                    f"answers[{position}]: {shown(entry.phrasings[number])}",
                    f"keep it in one of the two, or make one entry of `{entry.id}` and `{twin.id}`",
                )
    return None


def _misnamed(entry: Entry, number: int, facets: dict[str, str]) -> Said:
    named = ", ".join(f"{facet} {value}" for facet, value in facets.items())
    holds = " or ".join(dict.fromkeys(describe(answer.applies) for answer in entry.answers[:MOST_RIVALS]))
    return Said(
        "phrasing-finds-another",
        ("phrasings", number),
        f"phrasings[{number}] names {named}, and the answers hold for {holds} only",
        "take that out of it, or add an answer for it",
    )


def _astray(number: int, phrasing: str, other: Entry, reasons: Sequence[str]) -> Said:
    because = f" ({reasons[0]})" if reasons else ""
    return Said(
        "phrasing-finds-another",
        ("phrasings", number),
        f"phrasings[{number}] finds `{other.id}` first: {shown(phrasing)}{because}",
        f"say in it what sets it apart, or move it to `{other.id}`",
    )


def _duplicate(entry: Entry, rival: Entry, how: str) -> Said:
    return Said(
        "near-duplicate",
        ("id",),
        f"`{entry.id}` {how} `{rival.id}`",
        f"make one entry of the two: `{rival.id}` with the phrasings of both, versions as `applies`",
    )
