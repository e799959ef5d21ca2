"""Vectors on disk: what is read is what would be computed, whatever became of the file."""

import hashlib
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.embeddings import BATCH, KEPT_EVERY, SPARE, Cache, default_cache, embedded
from knowledge.semantic import SentenceModel

TEXTS = ["how do i build xen", "without cloning qemu", "", "on a host that is offline", "how do i build xen"]


@dataclass
class Counted:
    """A model that tells how much it was asked, and what."""

    model: SentenceModel
    asked: list[str] = field(default_factory=list)

    @property
    def as_model(self) -> SentenceModel:
        def tokens(text: str) -> list[int]:
            self.asked.append(text)
            return self.model._tokens(text)

        return replace(self.model, _tokens=tokens)


@pytest.fixture
def counted(tiny: SentenceModel) -> Counted:
    return Counted(tiny)


class Notes(list[str]):
    __call__ = list.append


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def cache(tmp_path: Path, notes: Notes) -> Cache:
    return Cache(tmp_path / "cache" / "base.vectors", notes)


def same(one: Any, other: Any) -> bool:
    import numpy

    return bool(numpy.array_equal(one, other))


# --- what it saves ------------------------------------------------------------------------------------


def test_what_was_embedded_once_is_not_embedded_again(counted: Counted, cache: Cache, notes: Notes) -> None:
    first = embedded(counted.as_model, TEXTS, cache)
    assert sorted(counted.asked) == sorted(set(TEXTS))
    counted.asked.clear()
    second = embedded(counted.as_model, [*reversed(TEXTS), "debian"], cache)
    assert counted.asked == ["debian"]
    assert same(second[:-1], first[::-1])
    assert notes == []
    assert [each.name for each in cache.path.parent.iterdir()] == ["base.vectors"]


def test_rows_are_those_of_the_model_but_for_rounding(tiny: SentenceModel, cache: Cache) -> None:
    import numpy

    for _ in range(2):
        rows = embedded(tiny, TEXTS, cache)
        assert (rows.dtype, rows.shape) == (numpy.float32, (len(TEXTS), tiny.dimensions))
        assert numpy.abs(rows - tiny.embed(TEXTS)).max() < 1e-3
        assert not rows[2].any()
    assert embedded(tiny, [], cache).shape == (0, tiny.dimensions)


def test_with_the_cache_it_is_the_same_as_without(tiny: SentenceModel, cache: Cache) -> None:
    alone = embedded(tiny, TEXTS)
    assert same(embedded(tiny, TEXTS, cache), alone)
    assert same(embedded(tiny, TEXTS, cache), alone)


def test_texts_that_are_gone_are_kept_for_a_while_and_not_for_ever(counted: Counted, cache: Cache) -> None:
    model = counted.as_model
    many = [f"xen {number}" for number in range(3 * SPARE)]
    embedded(model, many, cache)
    embedded(model, ["qemu"], cache)
    assert len(cache.read(model).numbers) == 1 + 1 + SPARE
    counted.asked.clear()
    embedded(model, [*many[: SPARE // 2], "qemu"], cache)
    assert counted.asked == []


def test_another_model_has_its_own_vectors(counted: Counted, cache: Cache, notes: Notes) -> None:
    embedded(counted.as_model, TEXTS, cache)
    counted.asked.clear()
    other = replace(counted.as_model, fingerprint=hashlib.sha256(b"another").hexdigest())
    embedded(other, TEXTS, cache)
    assert sorted(counted.asked) == sorted(set(TEXTS))
    assert notes == [
        f"{cache.path}: was made with another model: the vectors are computed anew, and the file is replaced"
    ]


# --- progress -----------------------------------------------------------------------------------------


def test_progress_is_told_and_what_it_raises_ends_the_work_and_what_is_done_is_kept(
    counted: Counted, cache: Cache
) -> None:
    texts = [f"xen {'qemu ' * (number % 7)}{number}" for number in range(3 * BATCH)]
    told = []

    def ending(done: int, total: int) -> None:
        told.append((done, total))
        if done > BATCH:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embedded(counted.as_model, texts, cache, ending)
    assert told == [(BATCH, 3 * BATCH), (2 * BATCH, 3 * BATCH)]
    assert len(counted.asked) == 2 * BATCH
    told.clear()
    embedded(counted.as_model, texts, cache, lambda done, total: told.append((done, total)))
    assert told == [(BATCH, BATCH)]


def test_long_work_is_kept_under_way(tiny: SentenceModel, cache: Cache) -> None:
    """Should the process be killed, which nothing can be done about."""
    texts = [f"{number}" for number in range(2 * KEPT_EVERY + BATCH)]
    seen = []

    def look(done: int, _: int) -> None:
        if done % KEPT_EVERY == 0:
            seen.append(len(cache.read(tiny).numbers))

    embedded(tiny, texts, cache, look)
    assert seen == [KEPT_EVERY, 2 * KEPT_EVERY]
    assert KEPT_EVERY * 0.003 < 5  # seconds of work that may be lost, at 3 ms for a text


# --- what becomes of files ----------------------------------------------------------------------------


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_becomes_of_the_file_the_vectors_are_the_same(
    tiny: SentenceModel, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("damage") / "base.vectors"
    alone = embedded(tiny, TEXTS)
    embedded(tiny, TEXTS[:3], Cache(path))
    content = bytearray(path.read_bytes())
    place = st.integers(0, len(content) - 1)
    match data.draw(st.sampled_from(["bytes", "cut", "longer", "other", "turned"])):
        case "bytes":
            for _ in range(data.draw(st.integers(1, 5))):
                content[data.draw(place)] = data.draw(st.integers(0, 255))
        case "cut":
            del content[data.draw(place) :]
        case "longer":
            content += data.draw(st.binary(min_size=1, max_size=5_000))
        case "other":
            content = bytearray(data.draw(st.binary(max_size=5_000)))
        case _:
            at = data.draw(place)
            content = content[at:] + content[:at]
    path.write_bytes(content)
    assert same(embedded(tiny, TEXTS, Cache(path)), alone)
    assert same(embedded(tiny, TEXTS, Cache(path)), alone)


def forged(model: SentenceModel, keys: Sequence[bytes], rows: bytes, count: int | None = None) -> bytes:
    body = bytes.fromhex(model.fingerprint) + b"".join(keys) + rows
    many = len(keys) if count is None else count
    digest = hashlib.sha256(body).digest()
    return struct.pack("<12sIQ32s", b"pkgdesk-vec1", model.dimensions, many, digest) + body


@pytest.mark.parametrize("kind", ["nan", "count", "huge", "dimensions", "twice"])
def test_a_file_that_is_whole_and_wrong(tiny: SentenceModel, cache: Cache, notes: Notes, kind: str) -> None:
    import numpy

    key = hashlib.sha256(TEXTS[0].encode()).digest()
    row = numpy.full(tiny.dimensions, numpy.nan if kind == "nan" else 0.1, numpy.float16).tobytes()
    content = {
        "nan": forged(tiny, [key], row),
        "count": forged(tiny, [key], row, 2),
        "huge": forged(tiny, [key], row, (1 << 64) - 1),
        "dimensions": forged(replace(tiny, dimensions=1 << 30), [key], row),
        "twice": forged(tiny, [b"k" * 32, b"k" * 32], row * 2),
    }[kind]
    cache.path.parent.mkdir()
    cache.path.write_bytes(content)
    assert same(embedded(tiny, TEXTS, cache), embedded(tiny, TEXTS))
    assert len(notes) == 1


@pytest.mark.parametrize("kind", ["folder", "fifo", "loop", "huge"])
def test_what_is_no_file_is_not_waited_for(
    tiny: SentenceModel, cache: Cache, notes: Notes, kind: str
) -> None:
    cache.path.parent.mkdir()
    match kind:
        case "folder":
            cache.path.mkdir()
        case "fifo":
            os.mkfifo(cache.path)
        case "loop":
            cache.path.symlink_to(cache.path.name)
        case _:
            cache.path.touch()
            os.truncate(cache.path, 1 << 42)
    assert same(embedded(tiny, TEXTS, cache), embedded(tiny, TEXTS))
    assert notes[0].startswith(f"{cache.path}: ")


def test_where_nothing_can_be_written_a_note_says_so(
    tiny: SentenceModel, tmp_path: Path, notes: Notes
) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "base.vectors"
    assert same(embedded(tiny, TEXTS, Cache(path, notes)), embedded(tiny, TEXTS))
    assert len(notes) == 2
    assert notes[-1].endswith("the vectors are not kept, and will be computed again")


def test_on_a_full_disk_what_was_there_stays(tiny: SentenceModel, cache: Cache, notes: Notes) -> None:
    embedded(tiny, TEXTS[:3], cache)
    before = cache.path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before), hard))
    try:
        rows = embedded(tiny, TEXTS, cache)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert same(rows, embedded(tiny, TEXTS))
    assert [note.endswith("the vectors are not kept, and will be computed again") for note in notes] == [True]
    assert cache.path.read_bytes() == before
    assert [each.name for each in cache.path.parent.iterdir()] == ["base.vectors"]


KILLED = """\
import os, signal, sys
from pathlib import Path
from knowledge import embeddings
from knowledge.semantic import load
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
embeddings.embedded(load(Path(sys.argv[1])), sys.argv[3:], embeddings.Cache(Path(sys.argv[2])))
"""


def test_a_process_killed_between_writing_and_renaming_leaves_nothing_that_matters(
    tiny: SentenceModel, cache: Cache, notes: Notes
) -> None:
    embedded(tiny, TEXTS[:3], cache)
    before = cache.path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tiny.folder), str(cache.path), *TEXTS], timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert cache.path.read_bytes() == before
    left = sorted(each.name for each in cache.path.parent.iterdir())
    assert left == ["base.vectors", "base.vectors.part"]
    assert same(embedded(tiny, TEXTS, cache), embedded(tiny, TEXTS))
    assert [each.name for each in cache.path.parent.iterdir()] == ["base.vectors"]
    assert notes == []


def test_writers_at_the_same_time_leave_a_whole_file(tiny: SentenceModel, cache: Cache, notes: Notes) -> None:
    alone = embedded(tiny, TEXTS)
    wrong = []

    def write(number: int) -> None:
        for turn in range(10):
            rows = embedded(tiny, [*TEXTS, f"xen {number} {turn}"], cache)
            wrong.extend([] if same(rows[:-1], alone) else [number])

    threads = [threading.Thread(target=write, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert notes == []
    assert cache.read(tiny).numbers


def test_a_link_in_the_place_of_what_is_being_written_is_not_followed(
    tiny: SentenceModel, cache: Cache, notes: Notes, tmp_path: Path
) -> None:
    (tmp_path / "precious").write_text("precious")
    cache.path.parent.mkdir()
    cache.path.with_name("base.vectors.part").symlink_to(tmp_path / "precious")
    embedded(tiny, TEXTS, cache)
    assert (tmp_path / "precious").read_text() == "precious"
    assert len(notes) == 1


# --- where it lies ------------------------------------------------------------------------------------


def test_each_base_has_its_file_in_the_service_s_cache_or_in_the_user_s() -> None:
    one, other = (default_cache({"HOME": "/of/bob"}, Path(base)) for base in ("/srv/one", "/srv/other"))
    assert one != other
    assert one.parent == Path("/of/bob/.cache/pkgdesk")
    assert default_cache({"XDG_CACHE_HOME": "/c", "HOME": "/h"}, Path("/b")).parent == Path("/c/pkgdesk")
    assert default_cache({"CACHE_DIRECTORY": "/var/cache/pkgdesk:/x"}, Path("/b")).parent == Path(
        "/var/cache/pkgdesk"
    )


# --- the real one -------------------------------------------------------------------------------------


def test_half_precision_does_not_change_a_ranking(model: SentenceModel) -> None:
    import numpy

    questions = [f"{how} {what}?" for how in ("how do i", "where can i", "why can't i") for what in WHATS]
    exact = model.embed(questions)
    likeness, rounded = exact @ exact.T, exact @ embedded(model, questions).T
    assert numpy.abs(likeness - rounded).max() < 1e-3
    assert (numpy.argsort(-likeness)[:, :3] == numpy.argsort(-rounded)[:, :3]).all()


WHATS = (
    "build the tools offline",
    "disable the documentation",
    "verify a release",
    "run the tests in a container",
    "find the changelog",
    "link against the shared library",
    "report a bug",
)
