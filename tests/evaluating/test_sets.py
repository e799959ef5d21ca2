"""Sets of entries and queries: what is read, and what is said about what cannot be."""

import gzip
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluating import jsonlines
from bot.evaluating.leaving_out import Without, without
from bot.evaluating.sets import Query, known, read_entries, read_queries, some_of
from knowledge.documents import DocumentError
from knowledge.entry import SHORT_LIMIT, Answer, Entry

ENTRY = {"id": "a", "questions": ["how?"], "answer": "so"}


def problems(read: Callable[[Path], Any], path: Path) -> list[str]:
    with pytest.raises(DocumentError) as error:
        read(path)
    return [str(problem).removeprefix(f"{path}:") for problem in error.value.problems]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "entries.jsonl"
    path.write_text(
        '\ufeff{"id": "a_1", "questions": ["how?", "why?"], "answer": "so", "origin": 5}\r\n\n'
        '  {"answer": "", "id": "b", "questions": ["wo\\u00e4"]}'
    )
    assert read_entries(path) == (
        Entry("a_1", ("how?", "why?"), (Answer("so"),)),
        Entry("b", ("woä",), (Answer(""),)),
    )


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    packed, plain = tmp_path / "packed.jsonl", tmp_path / "plain.jsonl.gz"
    packed.write_bytes(gzip.compress(b'{"text": "how", "gold": ["a", "b", "a"]}\n', mtime=0))
    plain.write_bytes(b'{"text": "", "gold": []}\n')
    assert read_queries(packed) == (Query("how", frozenset({"a", "b"})),)
    assert read_queries(plain) == (Query("", frozenset()),)


def test_a_long_answer_is_cut_into_short_and_text_between_words(tmp_path: Path) -> None:
    path = tmp_path / "entries.jsonl"
    words = " ".join(f"wörd{number}" for number in range(200))
    for answer in (words, "ö" * 1000):
        path.write_text(json.dumps({**ENTRY, "answer": answer}))
        (entry,) = read_entries(path)
        assert len(entry.answers[0].short.encode()) <= SHORT_LIMIT
        assert entry.answers[0].short + entry.answers[0].text == answer
        assert entry.answers[0].short.split() == answer.split()[: len(entry.answers[0].short.split())] or (
            " " not in answer
        )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "3:2: this is not JSON (expecting property name enclosed in double quotes"),
        ('{"id": "a" "questions": []}', "3:12: this is not JSON (expecting ',' delimiter)"),
        ("[1]", '3:1: is no object: each line is one like {"id"'),
        ('{"id": "a", "questions": ["q"]}', "3:1: `answer` is missing"),
        ('{"id": 5, "questions": ["q"], "answer": ""}', "3:2: id: must be text, found `5`"),
        ('{"id": " ", "questions": ["q"], "answer": ""}', "3:2: id: must not be empty"),
        (' {"id": "a", "questions": "q", "answer": ""}', "3:14: questions: must be a list, found `q`"),
        (
            '{"id": "a", "questions": [], "answer": ""}',
            "3:13: questions: must have at least 1 items, found a list",
        ),
        (
            '{"id": "a", "answer": {"x": [1, "]"]}, "questions": [ "q" , 7]}',
            "3:13: answer: must be text, found a mapping",
        ),
        (
            '{"id": "a", "answer": "", "questions": [ "q, ]" , 7]}',
            "3:51: questions[1]: must be text, found `7`",
        ),
        ('{"id": "a", "id": "b"}', "3:1: the key `id` stands there more than once: keep one"),
        ("[" * 100_000, "3:1: is nested too deep"),
        ("1" * 10_000, "3:1: "),
        ('{"id": "\\ud800", "questions": ["q"], "answer": ""}', "3:1: an escape makes half a character"),
    ],
)
def test_a_line_that_is_wrong_is_told_with_its_place(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "entries.jsonl"
    path.write_text(f"{json.dumps(ENTRY)}\n\n{line}\n")
    assert problems(read_entries, path)[0].startswith(said)


def test_everything_wrong_is_told_at_once_and_not_without_end(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text('{"text": 1, "gold": "a"}\nx\n')
    assert [each.split(" ")[0] for each in problems(read_queries, path)] == ["1:2:", "1:13:", "2:1:"]
    path.write_text('{"text": "how", "gold": []}\n' + "x\n" * 1000)
    assert len(problems(read_queries, path)) == jsonlines.MOST_TOLD


@pytest.mark.parametrize("content", [b"networks:\n  libera:\n", b"\xfe\xff\n\xfe\n", b"1\n2\n", b"PK\n\0\n"])
def test_a_file_of_another_kind_is_told_in_a_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_bytes(content)
    (said,) = problems(read_queries, path)
    assert said.startswith("1:1: ")


def test_files_that_were_named_in_the_wrong_order(tmp_path: Path) -> None:
    entries, queries = tmp_path / "entries", tmp_path / "queries"
    entries.write_text(f"{json.dumps(ENTRY)}\n" * 3)
    queries.write_text('{"text": "how", "gold": []}\n' * 3)
    for read, path, what in ((read_queries, entries, "an entry"), (read_entries, queries, "a query")):
        (said,) = problems(read, path)
        assert said.startswith(f"1:1: is {what}, where ")
        assert said.endswith("the file of the entries is named first, then that of the queries")


def test_bytes_that_are_no_utf_8_are_told_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_bytes('{"text": "ä", "gold": []}\n{"text": "ä'.encode() + b"\xe4\n")
    assert problems(read_queries, path) == [
        "2:12: the byte 0xe4 is not valid UTF-8: write the file as UTF-8",
    ]


def test_ids_are_given_once(tmp_path: Path) -> None:
    path = tmp_path / "entries.jsonl"
    path.write_text(f'{json.dumps(ENTRY)}\n\n{{"answer": "", "id": "a", "questions": ["q"]}}\n')
    assert problems(read_entries, path) == [
        "3:16: id: `a` is already that of line 1: give each entry its own",
    ]


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "queries.jsonl"
    assert problems(read_queries, path) == ["1:1: there is no such file"]
    assert problems(read_queries, tmp_path)[0].startswith("1:1: is a folder")
    path.write_bytes(b"\n \n")
    assert problems(read_queries, path)[0].startswith("1:1: holds nothing: each line is an object like {")
    path.write_bytes(b"")
    assert problems(read_queries, path)[0].startswith("1:1: holds nothing")
    lines = b'{"text": "how", "gold": []}\n' * 500
    packed = gzip.compress(lines, mtime=0)
    for damaged in (packed[:-9], packed[:30], packed[:12] + bytes(8) + packed[20:], packed + b"more"):
        path.write_bytes(damaged)
        (said,) = problems(read_queries, path)
        assert "the packed data is damaged (" in said
    monkeypatch.setattr(jsonlines, "SIZE_LIMIT", 1000)
    path.write_bytes(packed)
    assert problems(read_queries, path)[0].startswith("36:1: the file is larger than the 1,000 bytes")


def test_a_line_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_bytes(gzip.compress(b'{"text": "how", "gold": []}\n' + bytes(5 << 20), mtime=0))
    (said,) = problems(read_queries, path)
    assert said.startswith("2:1: is longer than the 1,048,576 bytes that a line may have")
    path.write_text(json.dumps({"text": "x" * 65_000, "gold": []}))
    assert len(read_queries(path)[0].text) == 65_000


def test_gold_that_is_not_in_the_base_is_missing() -> None:
    queries = [Query(text, frozenset(gold)) for text, gold in (("1", "ab"), ("2", "b"), ("3", ""))]
    found = known(queries, ["a"])
    assert [query.gold for query in found.queries] == [{"a"}, set(), set()]
    assert found.lost == 1


@given(st.integers(0, 60), st.integers(0, 5))
def test_half_of_a_base_is_every_second_entry(count: int, seed: int) -> None:
    entries = [Entry(str(number), ("q",), (Answer(""),)) for number in range(count)]
    kept = without(entries, Without.HALF, seed)
    assert len(kept) == (count + 1) // 2
    assert [int(entry.id) // 2 for entry in kept] == list(range(len(kept)))
    assert kept == without(entries, Without.HALF, seed)
    assert without(entries, None, seed) == tuple(entries)


def test_another_seed_leaves_out_others() -> None:
    entries = [Entry(str(number), ("q",), (Answer(""),)) for number in range(60)]
    assert without(entries, Without.HALF, 1) != without(entries, Without.HALF, 2)


@given(st.integers(0, 50), st.integers(1, 60))
def test_some_queries_are_from_all_parts(there: int, count: int) -> None:
    queries = [Query(str(number), frozenset()) for number in range(there)]
    found = [int(query.text) for query in some_of(queries, count)]
    assert len(found) == min(there, count)
    assert found == sorted(set(found))
    if len(found) > 1:
        gaps = [after - before for before, after in pairwise(found)]
        assert max(gaps) - min(gaps) <= 1
    assert some_of(queries, None) == tuple(queries)
