"""Entries as files: the format, every way to get it wrong, and writing what is read again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.documents import DocumentError
from knowledge.entry import MOST_TAGS, SHORT_LIMIT, TAG_LIMIT, TITLE_LIMIT, Answer, Entry, Verified
from knowledge.files import parse_entry, to_yaml

WHOLE = """\
id: system-qemu
title: Building with the distribution's QEMU
phrasings:
  - How do I build the tools without cloning QEMU?
  - xen build downloads qemu, no network on build host
answers:
  - applies: {xen: ">=4.4", toolstack: [xl, libvirt]}
    short: Configure with `--with-system-qemu`; nothing is fetched then.
    text: |
      First line.

      Second: paragraph  
    source: https://xenbits.xen.org/docs/
section: BUILD SYSTEM
tags: [offline, libxl.so.4.2]
verified: {on: 2026-10-01, by: alice, for: "4.19"}
review_after: 1y
see: [system-seabios]
"""  # noqa: W291 (blanks at the end of a line are part of the sample)

ENTRY = Entry(
    id="system-qemu",
    phrasings=(
        "How do I build the tools without cloning QEMU?",
        "xen build downloads qemu, no network on build host",
    ),
    answers=(
        Answer(
            short="Configure with `--with-system-qemu`; nothing is fetched then.",
            text="First line.\n\nSecond: paragraph",
            source="https://xenbits.xen.org/docs/",
            applies={"xen": (">=4.4",), "toolstack": ("xl", "libvirt")},
        ),
    ),
    section="BUILD SYSTEM",
    verified=Verified(date(2026, 10, 1), "alice", "4.19"),
    review_after=timedelta(days=365),
    see=("system-seabios",),
    title="Building with the distribution's QEMU",
    tags=("offline", "libxl.so.4.2"),
)


def test_an_entry_is_read():
    assert parse_entry(WHOLE, "system-qemu.yaml", "system-qemu") == ENTRY


def test_little_is_enough():
    text = "id: a\nphrasings: [why?]\nanswers: [{short: because}]\n"
    assert parse_entry(text, "a.yaml") == Entry("a", ("why?",), (Answer("because"),))


def test_an_entry_is_written_as_people_would():
    assert to_yaml(ENTRY) == (
        "id: system-qemu\n"
        "title: Building with the distribution's QEMU\n"
        "phrasings:\n"
        "  - How do I build the tools without cloning QEMU?\n"
        "  - xen build downloads qemu, no network on build host\n"
        "answers:\n"
        '  - applies: {xen: ">=4.4", toolstack: [xl, libvirt]}\n'
        "    short: Configure with `--with-system-qemu`; nothing is fetched then.\n"
        "    text: |-\n"
        "      First line.\n"
        "\n"
        "      Second: paragraph\n"
        "    source: https://xenbits.xen.org/docs/\n"
        "section: BUILD SYSTEM\n"
        "tags: [offline, libxl.so.4.2]\n"
        'verified: {on: 2026-10-01, by: alice, for: "4.19"}\n'
        "review_after: 1y\n"
        "see: [system-seabios]\n"
    )


def refusal(change: tuple[str, str], stem: str = "system-qemu") -> list[str]:
    assert change[0] in WHOLE
    with pytest.raises(DocumentError) as caught:
        parse_entry(WHOLE.replace(*change, 1), "e.yaml", stem)
    return str(caught.value).splitlines()


SECOND = "  - xen build downloads qemu, no network on build host"
KEBAB = "must be lower-case letters and digits joined by single hyphens, like `system-qemu`"


@pytest.mark.parametrize(
    ("before", "after", "place", "said"),
    [
        ("id: system-qemu", "id: System_Qemu", "1:1: id", KEBAB),
        (
            "id: system-qemu",
            "id: x",
            "1:1: id",
            "`x` is in a file named `system-qemu`; both must be the same",
        ),
        (
            "section:",
            "sektion:",
            "14:1: sektion",
            "unknown key, did you mean `section`? allowed: id, title, phrasings, answers, section, "
            "tags, verified, review_after, see",
        ),
        ("short:", "shrot:", "7:5: answers[0]", "`short` is missing"),
        (SECOND, "  -", "5:4: phrasings[1]", "must be text, found nothing"),
        (SECOND, "  - ' '", "5:5: phrasings[1]", "must not be empty"),
        (SECOND, "  - '?!'", "5:5: phrasings[1]", "must have a word in it"),
        (
            SECOND,
            '  - "a\\nb"',
            "5:5: phrasings[1]",
            "must be one line of visible text, found the character U+000A",
        ),
        (
            ">=4.4",
            ">=four",
            "7:15: answers[0].applies.xen",
            "must be a version constraint like >=4.4 or >=4.4,<4.9, found `>=four`",
        ),
        (
            "2026-10-01",
            "2026-02-30",
            "16:12: verified.on",
            "must be a day of the calendar, found `2026-02-30`",
        ),
        ("2026-10-01", "1759276800", "16:12: verified.on", "must be a date like 2026-10-01"),
        (
            "1y",
            "one year",
            "17:1: review_after",
            "must be a number and a unit like 20s, 5m, 2h, 3d, 1w or 1y, found `one year`",
        ),
        ("[system-seabios]", "[System]", "18:7: see[0]", KEBAB),
        ("[system-seabios]", "x", "18:1: see", "must be a list, found `x`"),
        ("title: B", "title: '?' #", "2:1: title", "must have a word in it"),
        (
            "title: B",
            f"title: {'B' * TITLE_LIMIT}",
            "2:1: title",
            "must have at most 100 characters, found 136",
        ),
        (
            "tags: [",
            "tags: ['two words', ",
            "15:8: tags[0]",
            "must be one word; several are a list: [two, words]",
        ),
        (
            "tags: [",
            f"tags: [{'x' * TAG_LIMIT}x, ",
            "15:8: tags[0]",
            "must have at most 40 characters, found 41",
        ),
        ("tags: [", "tags: [Offline, ", "15:1: tags", "`offline` stands here twice; once is enough"),
        (
            "tags: [",
            f"tags: [{', '.join(map(str, range(MOST_TAGS)))}, ",
            "15:1: tags",
            "must have at most 20 items, found a list",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(before, after, place, said):
    assert f"e.yaml:{place}: {said}" in refusal((before, after))


def test_a_single_tag_needs_no_list_and_tags_may_be_any_words():
    text = "id: a\nphrasings: [why?]\nanswers: [{short: because}]\ntags: %s\n"
    assert parse_entry(text % "xsa", "a.yaml").tags == ("xsa",)
    assert parse_entry(text % "[4.20, no, c++, 日本語]", "a.yaml").tags == ("4.20", "no", "c++", "日本語")
    assert parse_entry(text % "[]", "a.yaml").tags == ()
    with pytest.raises(DocumentError, match=r"several are a list: \[qemu, build\]"):
        parse_entry(text % '"qemu, build"', "a.yaml")


def test_an_entry_is_called_by_its_title_else_by_its_first_phrasing():
    assert ENTRY.headline == "Building with the distribution's QEMU"
    assert replace(ENTRY, title="").headline == "How do I build the tools without cloning QEMU?"


def test_a_short_answer_is_short_in_bytes():
    fits = "ä" * (SHORT_LIMIT // 2)
    text = f"id: a\nphrasings: [why?]\nanswers:\n  - short: {fits}%s\n"
    assert parse_entry(text % "", "a.yaml").answers[0].short == fits
    with pytest.raises(
        DocumentError, match=r"a.yaml:4:5: answers\[0\]\.short: must have at most 300 bytes, found 301"
    ):
        parse_entry(text % "x", "a.yaml")


@pytest.mark.parametrize("escape", ["\\x02", "\\u202e", "\\u200b", "\\n", "\\r", "\\e"])
def test_a_short_answer_is_one_visible_line(escape):
    with pytest.raises(DocumentError, match="must be one line of visible text, found the character U"):
        parse_entry(f'id: a\nphrasings: [why?]\nanswers:\n  - short: "a{escape}b"\n', "a.yaml")


def test_no_phrasings_or_answers_is_no_entry():
    with pytest.raises(DocumentError) as caught:
        parse_entry("id: a\nphrasings: []\nanswers: []\n", "a.yaml")
    assert [problem.line for problem in caught.value.problems] == [2, 3]


line = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=30
).map(lambda text: text.strip() or "x")
phrasing = line.map(lambda text: f"x {text}")
awkward = st.sampled_from(
    ["a: b", "- a", "#a", "a #b", "'", '"', "[a", "{a}", "&a", "*a", "!a", "|", "%a", "@a", "`a`"]
)
block = st.lists(line | awkward | st.just(""), max_size=4).map(
    lambda lines: "\n".join(each.rstrip() for each in lines).strip("\n")
)
kebab = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
tag = (
    st.sampled_from(["c++", "no", "4.20", "#a", "a:b", "'", '"x', "--with-x", "x]", "日本語"]).map(
        lambda text: f"{text}x" if text == "'" else text
    )
    | kebab
)
answers = st.builds(
    Answer,
    short=line | awkward,
    text=block,
    source=st.just("") | line,
    applies=st.dictionaries(
        kebab,
        st.lists(
            st.sampled_from([">=4.4", "4.17", "<4.5", ">=4.4,<4.9", "xl", "mageia 9"]), min_size=1, max_size=3
        ).map(tuple),
        max_size=2,
    ),
)
entries = st.builds(
    Entry,
    id=kebab,
    phrasings=st.lists(phrasing, min_size=1, max_size=3).map(tuple),
    answers=st.lists(answers, min_size=1, max_size=3).map(tuple),
    section=st.just("") | line,
    verified=st.none() | st.builds(Verified, on=st.dates(), by=line | awkward, version=st.just("") | line),
    review_after=st.none() | st.integers(0, 10_000_000).map(lambda seconds: timedelta(seconds=seconds)),
    see=st.lists(kebab, max_size=2).map(tuple),
    title=st.just("") | phrasing,
    tags=st.lists(tag, max_size=3, unique_by=str.casefold).map(tuple),
)


@given(entries)
def test_what_is_written_is_read_again(entry):
    assert parse_entry(to_yaml(entry), "e.yaml", entry.id) == entry
