"""The calibrations that are shipped: regressions over public sets, each as often answerable as not.

`python -m benchmarks.prior [--model DIR]` fits one for words alone and one with the sentence model, prints
their numbers for `knowledge.confidence`, and what they would have done with the half of the questions that
they were not fitted to. Bases: StackFAQ with half of its entries taken out, alone, among entries of NL2Bash,
and among those of CLINC150; CLINC150 with all and with two of its phrasings, half of it taken out; NL2Bash
with half of it taken out; and lines of real channels, to which none of these has an answer. Each counts the
same, NL2Bash half as much, for many of its entries say the same.

No weight is below 0, so that more evidence is never less sure; two are set by hand and held (`BY_HAND`).
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy

from benchmarks import bases
from benchmarks.__main__ import DATA, OUT
from bot.evaluating.noise import Noise, noisy
from bot.evaluating.sets import Query
from knowledge.confidence import REPAIRED, UNEXPLAINED, Calibration, Evidence
from knowledge.embeddings import Cache, embedded
from knowledge.entry import Entry
from knowledge.index import Index
from knowledge.meaning import Meaning
from knowledge.semantic import SentenceModel, load

NAMES = tuple(field.name for field in fields(Evidence))
BY_HAND = {"repaired": REPAIRED, "unexplained": UNEXPLAINED}
SEEDS = (1, 2)
TOGETHER = 0.02
"""How strongly weights are drawn to 0, beside one sample: enough to settle those that say the same."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The best match of one question: what spoke for it, whether it is right, whether anything would be."""

    evidence: Evidence
    right: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """Questions asked of one base."""

    name: str
    weight: float
    samples: tuple[Sample, ...]


class Remembering:
    """The sentence model, each text embedded once."""

    def __init__(self, model: SentenceModel, path: Path) -> None:
        self.name, self.words = model.name, model.words
        self._model, self._cache = model, Cache(path)
        self._rows: dict[str, Any] = {}

    def learn(self, texts: Sequence[str]) -> None:
        rows = embedded(self._model, texts, self._cache)
        self._rows |= dict(zip(texts, rows, strict=True))

    def embed(self, texts: Sequence[str]) -> Any:
        for text in texts:
            if text not in self._rows:
                self._rows[text] = self._model.embed([text])[0]
        return numpy.array([self._rows[text] for text in texts])


def trials(data: Path, encoder: Remembering | None) -> Iterator[Trial]:
    stack, bash, clinc = (bases.public(data, name) for name in ("stackfaq", "nl2bash", "clinc"))
    if stack is None or bash is None or clinc is None:
        raise SystemExit(f"the public sets are not in {data}")
    said = random.Random(bases.SEED).sample(bases.chatter(data, 20_000), 1_500)
    two = tuple(replace(entry, phrasings=entry.phrasings[:2]) for entry in clinc.entries)
    for seed in SEEDS:
        half = _half(stack.entries, seed)
        yield from _asked("stackfaq", half, stack.queries, encoder, 1)
        among = (*half, *bash.entries[:900])
        yield from _asked("stackfaq in nl2bash", among, stack.queries, encoder, 1)
        mixed = (*half, *clinc.entries, *bash.entries[:300])
        yield from _asked("stackfaq in clinc", mixed, stack.queries, encoder, 1)
        yield from _asked("clinc", _half(clinc.entries, seed), clinc.queries, encoder, 0.7)
        yield from _asked("clinc, two", _half(two, seed), clinc.queries, encoder, 0.7)
    yield from _asked("nl2bash", _half(bash.entries, 1), bash.queries, encoder, 0.5)
    lines = tuple(Query(text, frozenset()) for text in said)
    for name, entries in (
        ("stackfaq", stack.entries),
        ("mixed", (*stack.entries, *clinc.entries)),
        ("nl2bash", bash.entries[:2000]),
    ):
        yield from _asked(f"channels of {name}", entries, lines, encoder, 2, spoilt=(False,))


def _half(entries: Sequence[Entry], seed: int) -> tuple[Entry, ...]:
    kept = random.Random(seed).sample(range(len(entries)), len(entries) // 2)
    return tuple(entries[position] for position in sorted(kept))


def _asked(
    name: str,
    entries: Sequence[Entry],
    queries: Sequence[Query],
    encoder: Remembering | None,
    weight: float,
    spoilt: Sequence[bool] = (False, True),
) -> Iterator[Trial]:
    meaning = Meaning.of(encoder, entries) if encoder is not None else None
    index = Index.build(entries, meaning=meaning)
    ids = {entry.id for entry in entries}
    for typos in spoilt:
        samples = []
        for query in queries:
            text = noisy(query.text, Noise.TYPO50 if typos else None, bases.SEED)
            found = index.search(text, limit=1)
            known = bool(query.gold & ids)
            if found.matches:
                samples.append(
                    Sample(found.matches[0].evidence, found.matches[0].entry.id in query.gold, known)
                )
            else:
                samples.append(Sample(Evidence(*[0.0] * len(NAMES)), False, known))
        yield Trial(name + (", misspelt" if typos else ""), weight, tuple(samples))


def fit(found: Sequence[Trial], part: slice, used: Sequence[str]) -> Calibration:
    """A regression over this part of every trial, with the used measures."""
    rows, right, weights = [], [], []
    for trial in found:
        samples = trial.samples[part]
        rows += [each.evidence.vector() for each in samples]
        right += [each.right for each in samples]
        weights += [trial.weight * 500 / len(samples)] * len(samples)
    x, y, w = numpy.array(rows), numpy.array(right, float), numpy.array(weights)
    by_hand = numpy.array([BY_HAND.get(name, 0.0) for name in NAMES])
    given = x @ by_hand
    spread = x.std(0) + 1e-9
    z = x / spread
    free = numpy.array([name in used and name not in BY_HAND for name in NAMES])
    bias, slopes = 0.0, numpy.zeros(len(NAMES))
    rate = 4 / (w.sum() * (1 + (z**2).mean(0).sum()))
    momentum, ahead, b_ahead = 1.0, slopes.copy(), bias
    for _ in range(6000):  # accelerated projected gradient descent (Nesterov)
        p = 1 / (1 + numpy.exp(-(z @ ahead + b_ahead + given)))
        error = w * (p - y)
        new_b = b_ahead - rate * error.sum()
        new = ahead - rate * (z.T @ error + TOGETHER * w.sum() / 100 * ahead)
        new = numpy.where(free, numpy.maximum(new, 0), 0)
        nxt = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = new + (momentum - 1) / nxt * (new - slopes)
        b_ahead = new_b + (momentum - 1) / nxt * (new_b - bias)
        slopes, bias, momentum = new, new_b, nxt
    return Calibration(float(bias), tuple(float(each) for each in slopes / spread + by_hand))


def show(found: Sequence[Trial], calibration: Calibration, part: slice) -> None:
    print(" " * 34, "AUROC cov90 | precision/coverage (or answered) at .5 .6 .7 .8")
    for trial in found:
        samples = trial.samples[part]
        p = numpy.array([calibration.probability(each.evidence) for each in samples])
        right = numpy.array([each.right for each in samples])
        known = sum(each.known for each in samples)
        cells = []
        for at in (0.5, 0.6, 0.7, 0.8):
            told = p >= at
            if known:
                precision = 100 * right[told].mean() if told.any() else 0
                cells.append(f"{precision:3.0f}/{100 * right[told].sum() / known:2.0f}")
            else:
                cells.append(f"{100 * told.mean():.2f}")
        order = numpy.argsort(-p, kind="stable")
        hit = right[order]
        precision = hit.cumsum() / numpy.arange(1, len(hit) + 1)
        good = numpy.flatnonzero(precision >= 0.9)
        covered = 100 * hit[: good[-1] + 1].sum() / known if known and len(good) else 0
        print(f"{trial.name:34}  {_auroc(p, right):.3f} {covered:5.0f} |", *cells)


def _auroc(p: Any, right: Any) -> float:
    yes, no = p[right], p[~right]
    if not len(yes) or not len(no):
        return float("nan")
    return float((yes[:, None] > no).mean() + (yes[:, None] == no).mean() / 2)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prior")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    kinds: list[tuple[str, Remembering | None, Sequence[str]]] = [
        ("words alone", None, NAMES[: NAMES.index("clear")])
    ]
    if options.model:
        kinds.append(("with the model", Remembering(load(options.model), OUT / "prior.vectors"), NAMES))
    for kind, encoder, used in kinds:
        found = list(trials(options.data, encoder))
        print(f"--- {kind}")
        calibration = fit(found, slice(0, None, 2), used)
        show(found, calibration, slice(1, None, 2))
        whole = fit(found, slice(None), used)
        print(round(whole.bias, 2), {name: round(w, 2) for name, w in zip(NAMES, whole.weights, strict=True)})


if __name__ == "__main__":
    main()
