"""The strict reader: what it takes, what it refuses, and where it says so."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr, field_validator

from knowledge.composing import Composer
from knowledge.documents import (
    FASTEST,
    MAX_PROBLEMS,
    PURE,
    Document,
    DocumentError,
    Duration,
    Limits,
    Problem,
    duration,
    parse_as,
    read,
    read_file,
)
from knowledge.plain import Unusual, plain_value

DEFAULT = Limits()

both_parsers = pytest.mark.parametrize("loader", [PURE, FASTEST], ids=["pure", "fastest"])


def refusal(text: str | bytes, loader: type = FASTEST, limits: Limits = DEFAULT) -> str:
    with pytest.raises(DocumentError) as caught:
        read(text, "x.yaml", limits, loader=loader)
    return str(caught.value)


@both_parsers
def test_scalars_stay_what_was_written(loader):
    text = "a: no\nb: 012\nc: 4.10\nd: 1:30\ne: ~\nf: 2026-10-01\ng: 'x'\nh: |\n  two\n  lines\n<<: 1\n"
    assert read(text, "x.yaml", loader=loader).value == {
        "a": "no", "b": "012", "c": "4.10", "d": "1:30", "e": "~", "f": "2026-10-01", "g": "x",
        "h": "two\nlines\n", "<<": "1",
    }  # fmt: skip


@both_parsers
def test_only_plain_and_empty_is_nothing(loader):
    assert read('a:\nb: ""\nc:\n  -\n  - ""\nd: [\'\', {e: }]', "x.yaml", loader=loader).value == {
        "a": None, "b": "", "c": [None, ""], "d": ["", {"e": None}],
    }  # fmt: skip


@both_parsers
def test_positions_are_those_of_keys_and_items(loader):
    places = read("# first\nnets:\n  - nick: a\n    port: 1\n  - {nick: b}\n", "x.yaml", loader=loader).places
    assert places.at(()) == (2, 1)
    assert places.at(("nets",)) == (2, 1)
    assert places.at(("nets", 0)) == (3, 5)
    assert places.at(("nets", 0, "port")) == (4, 5)
    assert places.at(("nets", 1, "nick")) == (5, 6)
    assert places.at(("nets", 1, "nothing", "here")) == (5, 5)
    assert places.problem(("nets", 0, "port"), "no") == Problem("x.yaml", 4, 5, "no")


STARRED = "a text that begins with * wants quotes"


@both_parsers
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", "x.yaml:3:1: the key `a` is already given in line 1"),
        ("a: &x 1", "x.yaml:1:4: anchors (&name) are not allowed; a text that begins with & wants quotes"),
        ("a: *x", "x.yaml:1:4: aliases (*name) are not allowed; write the value out; " + STARRED),
        ("? *x\n: 1", "x.yaml:1:3: aliases (*name) are not allowed; write the value out; " + STARRED),
        ("a: !!int 1", "x.yaml:1:4: tags (!name) are not allowed"),
        ("a: ! x", "x.yaml:1:4: tags (!name) are not allowed"),
        ("!!python/object/apply:os.system [ls]", "x.yaml:1:1: tags (!name) are not allowed"),
        ("a: 1\n--- \nb: 2", "x.yaml:2:1: a second document begins here; only one is allowed"),
        ("%YAML 1.1\n---\na: 1", "x.yaml:1:1: directives (%YAML, %TAG) are not allowed"),
        ("[a]: 1", "x.yaml:1:1: a key must be plain text, not a list or a mapping"),
        ("?\n: 1", "x.yaml:1:2: a key is missing before the colon"),
        ("a:\n  b: \x07", "x.yaml:2:6: the character U+0007 is not allowed in YAML; is this a text file?"),
        (
            'a: "\\0"',
            "x.yaml:1:4: an escape here makes a character that cannot be stored (NUL or half a pair)",
        ),
        ("# only this\n", "x.yaml:1:1: holds nothing but blanks and comments"),
        ("", "x.yaml:1:1: holds nothing but blanks and comments"),
    ],
)
def test_what_is_refused_is_refused_with_its_place(loader, text, said):
    assert refusal(text, loader) == said


@both_parsers
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: b: c", "x.yaml:1:5: this is not YAML: "),
        ("a:\n\t- b", "x.yaml:2:1: this is not YAML: "),
        ("a: 'x", "x.yaml:1:6: this is not YAML: "),
        ("a: [1, 2\nb: 3", "x.yaml:2:"),
        ('"\\UFFFFFFFF"', "x.yaml:1:"),
        ('"\\ud800"', "x.yaml:1:"),
    ],
)
def test_what_is_no_yaml_says_where(loader, text, place):
    assert refusal(text, loader).startswith(place)


@both_parsers
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("short: see this: that", '1:16: this is not YAML: a text with ": " in it wants quotes'),
        ("ü: “日本”\nshort: it: is", '2:10: this is not YAML: a text with ": " in it wants quotes'),
        (
            "a: one\n  b: two",
            '2:4: this is not YAML: a text with ": " in it wants quotes, or this line is indented too far',
        ),
        ("ü: “日本”\na: `make` fails", "2:4: this is not YAML: a text that begins with ` wants quotes"),
        ("a: [@alice]", "1:5: this is not YAML: a text that begins with @ wants quotes"),
        ("a: %s", "1:4: this is not YAML: a text that begins with % wants quotes"),
        ("- *bold* words", "1:3: this is not YAML: a text that begins with * wants quotes"),
        ("- & so on", "1:3: this is not YAML: a text that begins with & wants quotes"),
        ("a:\n\t- b", "2:1: this is not YAML: a tab stands where only spaces may"),
    ],
)
def test_the_commonest_slips_are_told_as_what_to_do(loader, text, said):
    assert refusal(text, loader) == f"x.yaml:{said}"


def test_everything_that_can_be_told_is_told_at_once():
    assert refusal("a: &x 1\nb: *x\nb: !!str 3").splitlines() == [
        "x.yaml:1:4: anchors (&name) are not allowed; a text that begins with & wants quotes",
        "x.yaml:2:4: aliases (*name) are not allowed; write the value out; " + STARRED,
        "x.yaml:3:1: the key `b` is already given in line 2",
        "x.yaml:3:4: tags (!name) are not allowed",
    ]
    assert len(refusal("- !x\n" * 1000).splitlines()) == MAX_PROBLEMS


@both_parsers
@pytest.mark.parametrize("bomb", ["[", "{a: ", "- ", "[{a: ", "{a: ["])
def test_depth_is_an_error_before_it_is_a_cost(loader, bomb):
    assert "nested more than 50 deep" in refusal(bomb * 20_000, loader)


@both_parsers
def test_fifty_deep_is_still_read(loader):
    assert read("[" * 50 + "]" * 50, "x.yaml", loader=loader).value


def test_size_and_nodes_are_capped():
    assert "larger than the 10 bytes" in refusal("a: 1234567890", limits=Limits(size=10))
    assert "larger than the 10 bytes" in refusal("ä: äääää", limits=Limits(size=10))
    assert refusal("[a, b, c]", limits=Limits(nodes=3)) == "x.yaml:1:8: more than 3 values; fewer are allowed"
    assert read("[a, b]", "x.yaml", Limits(nodes=3)).value == ["a", "b"]


def test_an_alias_bomb_is_not_expanded():
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi"))  # noqa: B905
    assert "aliases" in refusal(bomb)


simple_text = st.text(
    st.one_of(st.sampled_from("abc:-[]{}#&*!|>'\"%@`,?\n \t.~0é\u2028"), st.characters(codec="utf-8")),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(simple_text)
def test_any_text_is_read_or_refused_and_nothing_else_happens(text):
    for loader in (PURE, FASTEST):
        try:
            document = read(text, "x.yaml", loader=loader)
        except DocumentError as error:
            problems = error.problems
        else:
            assert isinstance(document, Document)
            continue
        assert problems
        assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data):
    try:
        read(data, "x.yaml")
    except DocumentError as error:
        lines = str(error).splitlines()
    else:
        return
    assert lines
    assert all(line.startswith("x.yaml:") for line in lines)


values = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc-. é", min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


def written(value, indent=0):
    """A value as block YAML with double-quoted text; of our own, so that PyYAML is not its own judge."""
    pad = "  " * indent
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08x}" if ord(c) > 126 or c in '"\\' else c for c in value) + '"'
    if isinstance(value, list):
        return "".join(f"\n{pad}- {written(item, indent + 1)}" for item in value) if value else "[]"
    items = (f"\n{pad}{written(key)}: {written(item, indent + 1)}" for key, item in value.items())
    return "".join(items) if value else "{}"


@settings(max_examples=200, deadline=None)
@given(values)
def test_both_parsers_read_what_was_written_alike(value):
    pure = read(written(value), "x.yaml", loader=PURE)
    fastest = read(written(value), "x.yaml", loader=FASTEST)
    assert pure.value == fastest.value == value
    assert pure.places.marks == fastest.places.marks


@settings(max_examples=500, deadline=None)
@given(simple_text | values.map(written))
def test_what_is_read_fast_is_what_would_be_read_with_every_place(text):
    for loader in (PURE, FASTEST):
        try:
            fast = plain_value(text, DEFAULT, loader)
        except Unusual:
            continue
        assert Composer("x.yaml", DEFAULT).compose(text, loader).value == fast


@both_parsers
@pytest.mark.parametrize(
    "text",
    [
        *("", "a: &x b", "a: *x", "!t a", "a: 1\na: 2", "? [a]\n: b", ": b", "--- a\n--- b", "[" * 60),
        *('"\\0"', "a: [", "%YAML 1.1\n--- a", "{[]: a}"),
    ],
)
def test_what_is_unusual_is_not_read_fast(text, loader):
    with pytest.raises(Unusual):
        plain_value(text, DEFAULT, loader)


@both_parsers
def test_most_documents_are_read_fast(loader):
    text = 'a: b\nc: [d, {e: }, "\\x41"]\nf: |-\n  g\n  h\n'
    assert plain_value(text, DEFAULT, loader) == {"a": "b", "c": ["d", {"e": None}, "A"], "f": "g\nh"}


# --- files ---


def file_refusal(path: Path, limits: Limits = DEFAULT) -> str:
    with pytest.raises(DocumentError) as caught:
        read_file(path, limits)
    [problem] = caught.value.problems
    assert problem.source == str(path)
    return f"{problem.line}:{problem.column} {problem.message}"


def test_a_file_is_read(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes("\ufeffnäme: wört\r\n".encode())
    assert read_file(path).value == {"näme": "wört"}


def test_each_file_that_cannot_be_used_says_why(tmp_path):
    path = tmp_path / "a.yaml"
    assert file_refusal(path) == "1:1 there is no such file"
    assert file_refusal(tmp_path) == "1:1 is a directory; a file was expected"
    path.write_bytes(b"")
    assert file_refusal(path) == "1:1 the file is empty"
    path.write_bytes(b"a: 1\nb: \xff\n")
    assert file_refusal(path) == "2:4 the byte 0xff is not valid UTF-8"
    path.write_bytes(b"a: 1\n\xc3\xa4\0")
    assert file_refusal(path) == "2:2 holds a NUL byte: this is not a text file"
    path.write_bytes(b"a: 1234567890")
    assert file_refusal(path, Limits(size=5)) == "1:1 has 13 bytes; at most 5 are allowed"
    assert "cannot be read" in file_refusal(tmp_path / "a\0b")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "cannot be read" in file_refusal(tmp_path / "loop")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert file_refusal(tmp_path / "pipe") == "1:1 is not a regular file"


# --- models ---


class Net(BaseModel, extra="forbid"):
    nick: str
    port: int = Field(6697, ge=1, le=65535)
    kind: Literal["irc", "matrix"] = "irc"
    patience: Duration = timedelta(hours=2)
    tls: bool = True
    for_: str = Field("", alias="for")


class Conf(BaseModel, extra="forbid"):
    networks: dict[str, Net] = {}
    extra: list[Net] = []
    owner: str | list[str] | None = None
    either: Net | str = ""
    password: SecretStr = Field(SecretStr(""), min_length=20)

    @field_validator("owner")
    @classmethod
    def not_root(cls, value: str | list[str] | None) -> str | list[str] | None:
        if value == "root":
            raise ValueError("root owns nothing here")
        return value


def complaint(text: str, model: type[BaseModel] = Conf) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        parse_as(read(text, "c.yaml"), model)
    return str(caught.value).splitlines()


def test_the_schema_does_the_typing():
    conf = parse_as(
        read("networks: {a: {nick: 012, port: '07', tls: off, patience: 3d, for: x}}\nowner: [a, b]", "c"),
        Conf,
    )
    assert conf.networks["a"] == Net(
        nick="012", port=7, tls=False, patience=timedelta(days=3), **{"for": "x"}
    )
    assert conf.owner == ["a", "b"]


def test_all_problems_are_told_each_in_its_place():
    assert complaint(
        "networks:\n"
        "  libera: {nik: x, port: 99999, kind: ircs, patience: 5 minutes, tls: maybe, for: [a]}\n"
        "  oftc: x\n"
        "extra:\n"
        "  - nick: a\n"
        "  - nick: b\n"
        "    port: many\n"
    ) == [
        "c.yaml:2:3: networks.libera: `nick` is missing",
        "c.yaml:2:12: networks.libera.nik: unknown key, did you mean `nick`? allowed: nick, port, kind, "
        "patience, tls, for",
        "c.yaml:2:20: networks.libera.port: must be at most 65535, found `99999`",
        "c.yaml:2:33: networks.libera.kind: must be irc or matrix, found `ircs`, did you mean `irc`?",
        "c.yaml:2:45: networks.libera.patience: must be a number and a unit like 20s, 5m, 2h, 3d, 1w or 1y, "
        "found `5 minutes`",
        "c.yaml:2:66: networks.libera.tls: must be yes or no, found `maybe`",
        "c.yaml:2:78: networks.libera.for: must be text, found a list",
        "c.yaml:3:3: networks.oftc: must be a mapping of keys to values, found `x`",
        "c.yaml:7:5: extra[1].port: must be a whole number, found `many`",
    ]


def test_the_branches_of_a_union_are_one_sentence():
    assert complaint("owner: {a: b}") == ["c.yaml:1:1: owner: must be text or a list, found a mapping"]


def test_of_a_union_the_branch_that_was_meant_is_told():
    assert complaint("either: {nick: a, prot: 5}") == [
        "c.yaml:1:19: either.prot: unknown key, did you mean `port`? allowed: nick, port, kind, "
        "patience, tls, for"
    ]
    assert complaint("either: {port: 5}") == ["c.yaml:1:1: either: `nick` is missing"]
    assert complaint("owner: [a, [b]]") == ["c.yaml:1:12: owner[1]: must be text, found a list"]


def test_a_key_far_from_all_others_only_lists_them():
    assert complaint("zzz: 1") == [
        "c.yaml:1:1: zzz: unknown key; allowed: networks, extra, owner, either, password"
    ]


def test_the_words_of_a_validator_arrive_as_they_are():
    assert complaint("owner: root") == ["c.yaml:1:1: owner: root owns nothing here"]


def test_a_secret_is_not_repeated():
    [said] = complaint("password: hunter2")
    assert said.startswith("c.yaml:1:1: password: ")
    assert "hunter2" not in said


def test_nothing_and_a_document_of_the_wrong_shape():
    assert complaint("networks: {a: {nick: }}") == [
        "c.yaml:1:16: networks.a.nick: must be text, found nothing"
    ]
    assert complaint("- a") == ["c.yaml:1:1: must be a mapping of keys to values, found a list"]


def test_a_problem_is_one_line_whatever_was_written():
    assert complaint('networks: "a\\nb\\e' + "x" * 200 + '"') == [
        "c.yaml:1:1: networks: must be a mapping of keys to values, found `a\\u000ab\\u001b" + "x" * 55 + "…`"
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20s", 20), ("5m", 300), ("2h", 7200), ("3d", 259_200), ("1w", 604_800), ("1y", 31_536_000), ("0s", 0)],
)
def test_durations(text, seconds):
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 minutes", "-5m", "1h30m", "1.5h", "9999999y", "٣d", None, 5]
)
def test_what_is_no_duration(text):
    with pytest.raises(ValueError):
        duration(text)
