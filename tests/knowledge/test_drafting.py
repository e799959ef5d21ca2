"""What was said in chat becomes an entry: nobody is named in it, it holds where it was confirmed, it fits."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.drafting import (
    PHRASING_LIMIT,
    cleaned_answer,
    cleaned_question,
    drafted,
    entry_id,
    with_phrasing,
)
from knowledge.entry import SHORT_LIMIT, Answer, Entry
from knowledge.facets import FacetKind, Holds, applies, read_facets
from knowledge.files import parse_entry, to_yaml

KINDS = (
    FacetKind("xen", None, ("hypervisor",), bare=True),
    FacetKind("toolstack", {"xl": (), "libvirt": ("virsh",)}),
    FacetKind("distribution", {"mageia": ("mga",), "debian": ("deb",)}),
)
PEOPLE = ("alice", "bob", "carol-m", "@dave:example.org")
DAY = date(2026, 11, 23)


def entry(question: str, *answer: str, **changes: object) -> Entry:
    given_: dict[str, object] = {
        "names": PEOPLE,
        "kinds": KINDS,
        "section": "BUILD SYSTEM",
        "taken": (),
        "on": DAY,
        "by": "Bob Builder",
    }
    found = drafted(question, answer, **{**given_, **changes})  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("how do I build the tools?", "how do I build the tools?"),
        ("hi all, quick question: how do I build the tools? thanks in advance", "how do I build the tools?"),
        ("Hey guys, I have a question, can anyone tell me how I build it ??", "how I build it?"),
        ("does anyone know why xl hangs?", "why xl hangs?"),
        ("does anyone know of a way out of it?", "does anyone know of a way out of it?"),
        ("bob: how do I build it, carol-m? any ideas?", "how do I build it?"),
        ("@bob how do I build it :)", "how do I build it"),
        ("@dave:example.org can it use ./configure --with-foo", "can it use ./configure --with-foo"),
        ("@eve:matrix.example.org, does it build?", "does it build?"),
        ("hi bob, does it build?", "does it build?"),
        ("bob's patch broke it, as carol-m says", "somebody's patch broke it, as somebody says"),
        ("does tools/bob/x.c build?", "does tools/bob/x.c build?"),
        ("it fails: https://paste.example.org/42 what is wrong?", "it fails: what is wrong?"),
        ("ok so, ./configure fails", "./configure fails"),
        ("mail alice@example.org or me@example.org", "mail (address) or (address)"),
        ("it fails\n\non mageia", "it fails on mageia"),
        ("thanks!", ""),
        ("hi all", ""),
        ("", ""),
        (":)", ""),
        ("bob", ""),
    ],
)
def test_a_question_keeps_what_was_asked(said: str, kept: str) -> None:
    assert cleaned_question(said, PEOPLE) == kept


def test_of_a_long_story_what_asks_is_kept() -> None:
    story = "I have two machines here. " * 12
    assert cleaned_question(f"{story} How do I boot from a bridge?", ()) == "How do I boot from a bridge?"
    beginning = cleaned_question(story, ())
    assert story.startswith(beginning)
    assert 0 < len(beginning) <= PHRASING_LIMIT


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (["alice: configure with --with-system-qemu"], "configure with --with-system-qemu"),
        (["alice, ok, it is a known bug :)", "upgrade to 4.17.3"], "It is a known bug. upgrade to 4.17.3."),
        (["set X=y", "then rebuild"], "set X=y — Then rebuild."),
        (["no, that was removed", "hope that helps"], "No, that was removed."),
        (["thanks", "np"], ""),
        ([], ""),
    ],
)
def test_an_answer_keeps_what_was_said_to_it(said: list[str], kept: str) -> None:
    assert cleaned_answer(said, PEOPLE) == (kept, "")


def test_what_does_not_fit_the_short_answer_is_the_rest() -> None:
    sentences = [f"Step {number} is to look at the log of the daemon." for number in range(12)]
    short, rest = cleaned_answer(sentences, ())
    assert len(short.encode()) <= SHORT_LIMIT
    assert short.endswith("daemon.")
    assert f"{short} {rest}" == " ".join(sentences)


def test_an_entry_is_made_of_both() -> None:
    made = entry(
        "hi all, how do I build 4.17.2 without cloning qemu?",
        "alice: configure with --with-system-qemu, see https://docs.example.org/qemu.html.",
    )
    assert made == Entry(
        id="build-without-cloning-qemu",
        phrasings=("how do I build 4.17.2 without cloning qemu?",),
        answers=(
            Answer(
                "configure with --with-system-qemu, see https://docs.example.org/qemu.html.",
                "",
                "https://docs.example.org/qemu.html",
                {"xen": ("4.17",)},
            ),
        ),
        section="BUILD SYSTEM",
        verified=made.verified,
    )
    assert made.verified is not None
    assert (made.verified.on, made.verified.by, made.verified.version) == (DAY, "Bob Builder", "4.17.2")


@pytest.mark.parametrize(
    ("question", "answer", "limits"),
    [
        ("does it build?", "mended in 4.18.1", {}),
        ("does 4.17.2 build?", "mended in 4.18.1", {"xen": ("4.17",)}),
        ("can I go from 4.17 to xen 4.19?", "step by step", {"xen": ("4.17", "4.19")}),
        ("does it build on mageia?", "with --enable-foo", {}),
        ("does it build on mageia?", "mageia has a package for it", {"distribution": ("mageia",)}),
        ("how do I attach a disk?", "virsh attach-disk does", {}),
        ("how do I attach a disk with libvirt?", "virsh attach-disk does", {"toolstack": ("libvirt",)}),
        ("xl or virsh?", "use virsh", {}),
    ],
)
def test_it_is_limited_to_where_it_was_confirmed(question: str, answer: str, limits: object) -> None:
    assert entry(question, answer).answers[0].applies == limits


def test_a_paste_is_no_source() -> None:
    made = entry(
        "does it build?", "your log https://paste.example.org/1 says so, (https://docs.example.org/2)"
    )
    assert made.answers[0].source == "https://docs.example.org/2"


def test_an_id_is_like_no_other() -> None:
    assert entry_id("How do I build the tools?", ()) == "build-tools"
    assert entry_id("How do I build the tools?", {"build-tools"}) == "build-tools-2"
    assert entry_id("", ()) == "entry"
    assert entry_id("Löschen déjà?", ()) == "loschen-deja"


def test_a_phrasing_comes_in_once() -> None:
    made = entry("does it build?", "it builds")
    longer = with_phrasing(made, "is it possible to build it?")
    assert longer is not None
    assert longer.phrasings == ("does it build?", "is it possible to build it?")
    assert with_phrasing(longer, "Does it  BUILD?") is None
    assert with_phrasing(made, "") is None


NICKS = st.from_regex(r"[A-Za-z_\[\]\\^{}|][A-Za-z0-9_\[\]\\^{}|-]{0,8}", fullmatch=True)
WORDS = st.one_of(
    NICKS,
    st.sampled_from(
        ["hi", "thanks,", "so", "4.17.2", "xen", "on", "mageia", "@x:example.org", "a@b.org", "?"]
    ),
    st.text(max_size=12),
)


@st.composite
def talk(draw: st.DrawFn) -> tuple[str, list[str], list[str]]:
    """A question, its answer, and names that occur in both, with every mark around them."""
    names = draw(st.lists(NICKS, min_size=1, max_size=3))
    named = st.builds("{}{}{}".format, st.sampled_from(["", "@", "("]), st.sampled_from(names), MARKS)
    lines = st.lists(st.one_of(WORDS, named), max_size=25).map(" ".join)
    return draw(lines), draw(st.lists(lines, max_size=3)), names


MARKS = st.sampled_from(["", ":", ",", "?", ".", "!", "'s", ")", ";", " :"])


@given(talk())
def test_whatever_was_said_nobody_is_named_and_all_fits(said: tuple[str, list[str], list[str]]) -> None:
    question, answer, names = said
    phrasing = cleaned_question(question, names)
    short, rest = cleaned_answer(answer, names)
    assert len(phrasing) <= PHRASING_LIMIT
    assert len(short.encode()) <= SHORT_LIMIT
    for name in names:
        alone = re.compile(rf"(?<!\S)@?{re.escape(name)}[:,;?.!]*(?!\S)", re.IGNORECASE)
        for text in (phrasing, short, rest):
            assert not alone.search(text) or name.casefold() == "somebody"


@given(talk(), st.text(max_size=30), st.text(max_size=30))
def test_whatever_comes_of_it_is_an_entry_that_holds_there(
    said: tuple[str, list[str], list[str]], section: str, by: str
) -> None:
    question, answer, names = said
    made = drafted(question, answer, names=names, kinds=KINDS, section=section, taken={"xen"}, on=DAY, by=by)
    if made is None:
        return
    assert parse_entry(to_yaml(made), "entry.yaml") == made
    assert made.id != "xen"
    assert applies(made.answers[0], read_facets(question, KINDS)) is Holds.YES
