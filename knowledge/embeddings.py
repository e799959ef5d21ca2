"""The vectors of texts, kept on disk, so that a text is put through the sentence model once.

A file holds them for one model and one base:

    magic, dimensions, count     12 + 4 + 8 bytes, little-endian
    SHA-256 of all that follows  32 bytes
    the model's fingerprint      32 bytes
    count keys                   32 bytes each: SHA-256 of a text, those used last first
    count rows                   float16 each

Half precision loses nothing that a ranking would show, and what is computed is rounded as what is read is: a
matrix is the same with and without the file. So the file may be deleted, damaged or left behind by another
model at any time: whatever is not right about it is told in a note, and the vectors are computed. It is
written as `knowledge.caches` does. Of texts that are gone it keeps as many as the base has, and some, for
those that come back.

Nothing in the file is ever run, and nothing larger than expected is read; but who may write it may make the
desk find other entries than it should, as with the base itself.
"""

import hashlib
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from knowledge.caches import content, default_path, replace, why
from knowledge.semantic import Matrix, SentenceModel

BATCH = 16
"""Texts between two reports of progress: a twentieth of a second of short ones."""

KEPT_EVERY = 1_024
"""Texts after which what is done is kept, should the process end before the rest is: three seconds' work."""

KEPT_SHARE = 16
"""The file is written whole. Where it holds more than this many times `KEPT_EVERY`, it waits for this part of
what it holds; so keeping takes a twentieth of the time that embedding does, of however many texts."""

SPARE = 1_000
"""Rows of texts that are gone which are kept beside as many as the base has."""

MOST_ROWS = 1_000_000
"""A file that claims more is not read."""

_MAGIC = b"pkgdesk-vec1"
_HEAD = struct.Struct("<12sIQ32s")
_KEY = 32


def silent(*_: object) -> None:
    """For who wants no progress, or no notes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of half precision, and which of them is that of which key."""

    numbers: Mapping[bytes, int]
    rows: Matrix


@dataclass(frozen=True, slots=True)
class Cache:
    """Where vectors are kept, and who is told that they could not be read or written: a line each."""

    path: Path
    note: Callable[[str], None] = silent

    def read(self, model: SentenceModel) -> Kept:
        """The rows that are kept for a model; none where the file is not right."""
        import numpy

        try:
            return _kept(content(self.path, _size(model.dimensions, MOST_ROWS))[0], model)
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            self.note(f"{self.path}: {why(error)}: the vectors are computed anew, and the file is replaced")
        return Kept({}, numpy.empty((0, model.dimensions), numpy.float16))

    def write(self, model: SentenceModel, kept: Kept) -> None:
        """Keep these rows and no others. Where that cannot be, a note says so, and nothing has changed."""
        body = [bytes.fromhex(model.fingerprint), *kept.numbers, kept.rows.astype("<f2").tobytes()]
        digest = hashlib.sha256()
        for each in body:
            digest.update(each)
        head = _HEAD.pack(_MAGIC, model.dimensions, len(kept.numbers), digest.digest())
        try:
            replace(self.path, [head, *body])
        except OSError as error:
            self.note(f"{self.path}: {why(error)}: the vectors are not kept, and will be computed again")


def embedded(
    model: SentenceModel,
    texts: Sequence[str],
    cache: Cache | None = None,
    progress: Callable[[int, int], None] = silent,
) -> Matrix:
    """A row for each text, as `SentenceModel.embed` gives them but for the rounding to half precision.

    Only what the cache does not hold is computed, each text once. `progress` is told after every few texts
    how many are done, of how many; what it raises ends the work, and what is done is kept.
    """
    import numpy

    keys = [_key(text) for text in texts]
    before = cache.read(model) if cache else Kept({}, numpy.empty((0, model.dimensions), numpy.float16))
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in before.numbers}
    order = list(missing)
    batches = [before.rows]
    done = saved = 0

    def found() -> Kept:
        numbers = {key: len(before.numbers) + number for number, key in enumerate(order[:done])}
        return Kept({**before.numbers, **numbers}, numpy.concatenate(batches))

    try:
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            batches.append(model.embed([missing[key] for key in batch]).astype(numpy.float16))
            done += len(batch)
            if cache and done - saved >= max(KEPT_EVERY, (len(before.numbers) + saved) // KEPT_SHARE):
                cache.write(model, _worth_keeping(keys, found()))
                saved = done
            progress(done, len(order))
    finally:
        if cache and done > saved:
            cache.write(model, _worth_keeping(keys, found()))
    kept = found()
    return kept.rows[[kept.numbers[key] for key in keys]].astype(numpy.float32)


def default_cache(environ: Mapping[str, str], base: Path) -> Path:
    """Where the vectors of a base are kept; see `knowledge.caches`."""
    return default_path(environ, base, ".vectors")


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _worth_keeping(keys: Sequence[bytes], found: Kept) -> Kept:
    """What is in use, and after it some of what was in use before."""
    used = dict.fromkeys(key for key in keys if key in found.numbers)  # not all, where the work was ended
    spare = (key for key in found.numbers if key not in used)
    order = [*used, *islice(spare, len(set(keys)) + SPARE)][:MOST_ROWS]
    rows = found.rows[[found.numbers[key] for key in order]]
    return Kept({key: number for number, key in enumerate(order)}, rows)


def _size(dimensions: int, count: int) -> int:
    return _HEAD.size + _KEY + count * (_KEY + 2 * dimensions)


def _kept(content: bytes, model: SentenceModel) -> Kept:
    import numpy

    if len(content) < _HEAD.size + _KEY:
        raise ValueError("is cut off")
    magic, dimensions, count, digest = _HEAD.unpack_from(content)
    if magic != _MAGIC:
        raise ValueError("is no file of vectors")
    body = memoryview(content)[_HEAD.size :]
    if bytes(body[:_KEY]) != bytes.fromhex(model.fingerprint) or dimensions != model.dimensions:
        raise ValueError("was made with another model")
    if len(content) != _size(dimensions, count):
        raise ValueError("is not as long as it says")
    if hashlib.sha256(body).digest() != digest:
        raise ValueError("is damaged")
    first = _KEY * (count + 1)
    rows = numpy.frombuffer(body[first:], numpy.dtype("<f2")).reshape(count, dimensions)
    if not numpy.isfinite(rows).all():
        raise ValueError("holds what are no numbers")
    numbers = {bytes(body[_KEY * (at + 1) : _KEY * (at + 2)]): at for at in range(count)}
    if len(numbers) < count:
        raise ValueError("holds a text twice")
    return Kept(numbers, rows)
