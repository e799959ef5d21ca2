"""Bases to search and questions to ask them: from public sets, from the demo's own base, or made up.

Public sets are not part of this repository. A folder that has them holds `NAME.entries.jsonl.gz` and
`NAME.dev.queries.jsonl.gz`, in the formats of `bot.evaluating.sets`.
"""

import gzip
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import bot.demo
from bot.config import Settings, load
from bot.desk.reference import Reference
from bot.evaluating.sets import Query, read_entries, read_queries
from bot.maps.sources import read_map
from bot.sources import reference_of
from knowledge.entry import SHORT_LIMIT, Answer, Entry
from knowledge.index import Index
from knowledge.library import Snapshot
from knowledge.library import load as load_library

SEED = 20261101

DEMO = Path(bot.demo.__file__).parent


@dataclass(frozen=True, slots=True)
class Set:
    """Entries and questions about them. `found`: from where, in words."""

    entries: tuple[Entry, ...]
    queries: tuple[Query, ...]
    found: str


def public(folder: Path, name: str) -> Set | None:
    """A public set, its queries in an order of their own; None where it is not there."""
    entries, queries = folder / f"{name}.entries.jsonl.gz", folder / f"{name}.dev.queries.jsonl.gz"
    if not (entries.exists() and queries.exists()):
        return None
    asked = list(read_queries(queries))
    random.Random(SEED).shuffle(asked)
    return Set(read_entries(entries), tuple(asked), name)


def chatter(folder: Path, count: int) -> tuple[str, ...]:
    """Lines as people say them in a support channel: real ones where they are at hand, else made-up ones."""
    path = folder.parent / "chat" / "dev.jsonl.gz"
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            read = [json.loads(line) for line in lines]
        said = [line["text"] for line in read if line["kind"] == "say" and line["text"].strip()]
        return tuple(said[at % len(said)] for at in range(count))
    rng = random.Random(SEED)
    return tuple(" ".join(rng.choices(_CHAT, k=rng.randint(2, 14))) for _ in range(count))


def demo() -> Set:
    """The demo's base; of each entry with several phrasings the last is taken out, and asked."""
    entries = load_library(DEMO / "knowledge").entries
    several = [entry for entry in entries if len(entry.phrasings) > 1]
    asked = tuple(Query(entry.phrasings[-1], frozenset({entry.id})) for entry in several)
    lending = {entry.id for entry in several}
    kept = (
        replace(entry, phrasings=entry.phrasings[:-1]) if entry.id in lending else entry for entry in entries
    )
    return Set(tuple(kept), asked, "the demo's base")


def among(entries: Sequence[Entry], others: Sequence[Entry], size: int) -> tuple[Entry, ...]:
    """`entries` among as many others as make `size`, in an order that tells nothing; varied or made-up ones
    where the others are too few."""
    wanted = max(0, size - len(entries))
    lacking = max(0, wanted - len(others))
    filling = [*others[:wanted], *(varied(others, lacking) if others else generated(lacking))]
    mixed = [*entries, *filling]
    random.Random(SEED).shuffle(mixed)
    return tuple(mixed)


_VARIED, _GENERATED = "varied-", "made-up-"  # how ids begin


def made_up(entry: Entry) -> bool:
    """Whether the entry is a varied or generated one."""
    return entry.id.startswith((_VARIED, _GENERATED))


def varied(entries: Sequence[Entry], count: int, seed: int = SEED) -> tuple[Entry, ...]:
    """Entries as these, varied: of the words of one of them, drawn by lot, about half are those of others, as
    often as these say them, and 3 % are made-up names. So the lists of entries that share a word, and the
    vocabulary, grow as those of a real base do, which is what a search costs."""
    rng = random.Random(seed)
    pairs = [(" ".join(entry.phrasings).split(), _answered(entry).split()) for entry in entries]
    said = [word for phrasing, _ in pairs for word in phrasing]
    told = [word for _, answer in pairs for word in answer]

    def other(words: Sequence[str], drawn: Sequence[str]) -> str:
        chances = ((rng.random(), word) for word in words)
        return " ".join(
            _name(rng) if chance < 0.03 else rng.choice(drawn) if chance < 0.5 else word
            for chance, word in chances
        )

    found = []
    for number in range(count):
        phrasing, answer = rng.choice(pairs)
        text = other(answer, told)
        short = text.encode()[:SHORT_LIMIT].decode(errors="ignore")
        answers = (Answer(short=short, text=text[len(short) :]),)
        found.append(Entry(f"{_VARIED}{number:05}", (other(phrasing, said),), answers))
    return tuple(found)


def _answered(entry: Entry) -> str:
    return " ".join(part for answer in entry.answers for part in (answer.short, answer.text))


def generated(count: int, seed: int = SEED) -> tuple[Entry, ...]:
    """Made-up entries, each with four phrasings and two answers, in a made-up language whose words are as
    common as those of a real one: that decides what a search costs."""
    rng = random.Random(seed)
    words = _vocabulary(rng)
    return tuple(_made_up(number, words, rng) for number in range(count))


def reference(entries: Sequence[Entry]) -> Reference:
    """A desk's reference over these entries, with the demo's map and settings."""
    settings = demo_settings()
    kinds = settings.facet_kinds
    ordered = tuple(sorted(entries, key=lambda entry: entry.id))
    snapshot = Snapshot(ordered, Index.build(ordered, kinds))
    snapshot.index.prepare()
    return reference_of(settings, snapshot, read_map(settings.map_sources))


def demo_settings() -> Settings:
    """The configuration that `pkgdesk ask` uses where there is no other."""
    return load(DEMO / "config.yaml")


def _made_up(number: int, words: Sequence[str], rng: random.Random) -> Entry:
    """An entry on a topic of its own: a few names and words, which its phrasings and answers come back to."""
    topic = [*_drawn(words, 7, rng), *(rng.choice(words) for _ in range(3))]

    def said(length: int) -> str:
        return " ".join(
            rng.choice(topic if rng.random() < 0.5 else _drawn(words, 1, rng)) for _ in range(length)
        )

    phrasings = [
        pattern.format(*rng.sample(topic, 4))
        for pattern in (
            "How do I {} the {} with {} on {}?",
            "{} {} fails when I {} the {}",
            "{}: the {} and {} are not found, what {} is missing?",
            "which option makes {} {} its {} without {}",
        )
    ]
    answers = tuple(
        Answer(
            short=f"Set `--with-{topic[0]}={value}` and {said(8)}; {topic[1]} then finds {topic[2]}.",
            text=" ".join(f"{said(rng.randint(8, 16))}." for _ in range(5)),
            source=f"https://docs.example.org/{topic[0]}/{value}",
            applies={"xen": (constraint,)},
        )
        for value, constraint in (("new", ">=4.17"), ("old", "<4.17"))
    )
    return Entry(f"{_GENERATED}{number:05}", tuple(phrasings), answers, section="BUILD SYSTEM")


def _vocabulary(rng: random.Random) -> tuple[str, ...]:
    """Made-up words, the most frequent first."""
    return tuple(dict.fromkeys(_name(rng) for _ in range(_WORDS)))


def _drawn(words: Sequence[str], count: int, rng: random.Random) -> list[str]:
    """Words as often as those of a language are said: that of rank r about 1/r of the time (Zipf's law)."""
    return [words[min(len(words) - 1, int(len(words) ** rng.random()) - 1)] for _ in range(count)]


def _name(rng: random.Random) -> str:
    syllables = "".join(rng.choice("bcdfglmnprstvxz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))
    return syllables + rng.choice(("", "", "", "d", "n", "st", "ctl", "-tools", "ing", "ed", "s"))


_WORDS = 8_000
_CHAT = (
    *(
        "yes",
        "no",
        "I",
        "think",
        "that",
        "works",
        "the",
        "kernel",
        "module",
        "try",
        "again",
        "after",
        "reboot",
    ),
    *(
        "lol",
        "what",
        "does",
        "dmesg",
        "say",
        "paste",
        "it",
        "somewhere",
        "thanks",
        "apt",
        "install",
        "and",
        "then",
    ),
)
