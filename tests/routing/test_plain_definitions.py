"""What is looked up is what would be found by going through everything: each layout of a map against the
plain definition that it stands for, on maps and texts of few letters, so that much coincides."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from knowledge.words.text import stem
from routing.candidates import owners, rank, whose
from routing.evidence import gather
from routing.filing import DEEPEST, Filed, Filing
from routing.names import NEAR, Names
from routing.patterns import PathPattern
from routing.sections import MaintainersMap, Section
from routing.signs import LONGEST_PHRASE, Manner, Signs, Words, words

FEW = settings(deadline=None, max_examples=200)

# --- paths --------------------------------------------------------------------------------------------

segment = st.one_of(
    st.text("ab", min_size=1, max_size=2), st.sampled_from(["a*", "*b", "?", "*a*b*", "b.c", "*.c"])
)
pattern = st.builds(
    lambda head, segments, tail: PathPattern(head + "/".join(segments) + tail),
    st.sampled_from(["", "", "", "**/"]),
    st.lists(segment, min_size=1, max_size=4),
    st.sampled_from(["", "/", "/**"]),
)
filed = st.lists(st.tuples(st.sampled_from("ABC"), pattern), max_size=12)
path = st.lists(st.sampled_from(["a", "b", "ab", "ba", "b.c", "a.c", "", ".."]), max_size=6).map("/".join)


def plainly_owning(patterns: Sequence[tuple[str, PathPattern]], path: str) -> set[tuple[str, PathPattern]]:
    """The deepest pattern of each section that matches the path or a tail of it; of equally deep ones that of
    the longer tail, then one that says how it begins before one that does not, then the first."""
    segments = [part for part in path.split("/") if part not in ("", ".", "..")]
    first = max(0, len(segments) - DEEPEST)
    best: dict[str, PathPattern] = {}
    for start in range(first, len(segments)):
        if start and len(segments) - start < 2:
            break
        tail = "/".join(segments[start:])
        tried = sorted(patterns, key=lambda each: (not each[1].trunk, each[1].floats))
        for section, each in tried:
            allowed = not (each.floats and start > first) and not (start and each.depth < 2)
            deeper = section not in best or each.depth > best[section].depth
            if allowed and deeper and each.matches(tail):
                best[section] = each
    return set(best.items())


@FEW
@given(filed, path)
@example([("A", PathPattern("a/"))], "/".join("a" * (DEEPEST + 3)))
@example([("A", PathPattern("**/b.c"))], "/".join("a" * DEEPEST) + "/b.c")
def test_the_owner_of_a_path_is_whoever_matches_most_closely(
    patterns: list[tuple[str, PathPattern]], path: str
) -> None:
    owning = Filing.of(patterns).owning(path)
    assert {(each.section, each.pattern) for each in owning} == plainly_owning(patterns, path)
    depths = [each.pattern.depth for each in owning]
    assert depths == sorted(depths, reverse=True)


@FEW
@given(filed, st.sampled_from(["a", "b", "ab", "b.c", "a.c", "ab.c", "abab", "", "c"]))
def test_a_file_by_its_name_alone_is_of_the_only_section_that_could_have_it(
    patterns: list[tuple[str, PathPattern]], name: str
) -> None:
    like = [
        Filed(section, each, place) for place, (section, each) in enumerate(patterns) if each.ends_like(name)
    ]
    only = len({each.section for each in like}) == 1
    assert Filing.of(patterns).holding(name) == (like[-1] if only else None)


# --- words --------------------------------------------------------------------------------------------

word = st.sampled_from(
    ["xen", "store", "stores", "libxl", "libxl.so.4", "libxl_new", "x86_64", "build", "building"]
)
phrase = st.lists(word, min_size=1, max_size=LONGEST_PHRASE + 1).map(" ".join)
spoken = st.lists(
    st.tuples(st.sampled_from("ABC"), phrase, st.lists(phrase, max_size=2), st.lists(phrase, max_size=3)),
    max_size=5,
    unique_by=lambda each: each[0],
)
text = st.lists(st.one_of(word, st.sampled_from(["the", "4.19", "a.b"])), max_size=14).map(" ".join)


def plainly_spoken(
    sections: Sequence[tuple[str, str, Sequence[str], Sequence[str]]], said: Words
) -> list[tuple[int, int, set[tuple[str, Manner, str]]]]:
    """From left to right, the longest run of words that is a phrase of somebody's, its last word by its stem
    or by what its name is made of."""
    found = []
    start = 0
    while start < len(said):
        end, signs = start + 1, set[tuple[str, Manner, str]]()
        for length in range(LONGEST_PHRASE, 0, -1):
            run = said[start : start + length]
            for last in plain_forms(run[-1]) if len(run) == length else ():
                if not signs:
                    end, signs = start + length, plain_signs(sections, (*map(stem, run[:-1]), last))
            if signs:
                break
        if signs:
            found.append((start, end, signs))
        start = end if signs else start + 1
    return found


def plain_forms(word: str) -> list[str]:
    name = word.split(".")[0]
    root = name.split("_")[0]
    return [
        stem(word),
        *([name] if name != word and len(name) > 1 else []),
        *([root] if root != name and len(root) > 1 and root.isalpha() else []),
    ]


def plain_signs(
    sections: Sequence[tuple[str, str, Sequence[str], Sequence[str]]], key: Words
) -> set[tuple[str, Manner, str]]:
    signs: dict[str, tuple[str, Manner, str]] = {}
    for section, name, aliases, keywords in sections:
        for manner, written in (
            *((Manner.NAME, each) for each in (name, *aliases)),
            *((Manner.KEYWORD, each) for each in keywords),
        ):
            if tuple(map(stem, words(written)))[:LONGEST_PHRASE] == key:
                signs.setdefault(section, (section, manner, written))
    return set(signs.values())


@FEW
@given(spoken, text)
def test_the_longest_phrase_counts_wherever_it_begins(
    sections: list[tuple[str, str, list[str], list[str]]], text: str
) -> None:
    said = words(text)
    found = [
        (each.start, each.end, {(sign.section, sign.manner, sign.written) for sign in each.signs})
        for each in Signs.of(sections).spoken(said)
        if not each.repaired
    ]
    repaired = {
        at for each in Signs.of(sections).spoken(said) if each.repaired for at in range(each.start, each.end)
    }
    assert found == [each for each in plainly_spoken(sections, said) if each[0] not in repaired]


# --- names --------------------------------------------------------------------------------------------

name = st.text("abcAB ", min_size=1, max_size=12)


@FEW
@given(st.lists(name, max_size=20, unique_by=str.casefold), st.one_of(name, st.just("")))
@example(["abcdefg", "abcdefghijklm"], "abcdefg")
@example(["abcdefghijklm", "abcdefg"], "abcdefghijklm")
@example(["ab", "ac"], "aa")
def test_the_nearest_name_is_the_first_of_those_most_alike(names: list[str], typed: str) -> None:
    ratios = [fuzz.ratio(typed.casefold(), each.casefold()) for each in names]
    best = max(ratios, default=0.0)
    expected = names[ratios.index(best)] if best >= NEAR else None
    assert Names.of(names).near(typed) == expected
    folded = [each for each in names if each.casefold() == typed.casefold()]
    assert Names.of(names).spelling(typed) == (folded[0] if folded else None)


# --- all at once --------------------------------------------------------------------------------------


@st.composite
def maps(draw: st.DrawFn) -> MaintainersMap:
    sections: dict[str, Section] = {}
    for section in draw(st.lists(st.sampled_from(["XEN", "store", "libxl build", "a", "b"]), unique=True)):
        sections[section] = Section(
            section,
            files=tuple(draw(st.lists(pattern, max_size=4))),
            keywords=tuple(draw(st.lists(phrase, max_size=3))),
            inside=draw(st.sampled_from([None, *sections])),
        )
    return MaintainersMap(sections, rest=draw(st.sampled_from([None, *sections])))


@FEW
@given(
    maps(),
    st.lists(st.one_of(text, path, st.sampled_from(["who owns", ":", "?", "\n", '"'])), max_size=5).map(
        " ".join
    ),
    st.sampled_from([None, "xen", "B", "nobody"]),
)
def test_one_reading_gives_what_two_would(map_: MaintainersMap, text: str, hint: str | None) -> None:
    assert whose(map_, text, hint=hint) == (rank(gather(map_, text, hint)), owners(map_, text))


@FEW
@given(maps(), text)
def test_saying_it_again_says_nothing_new(map_: MaintainersMap, text: str) -> None:
    # What stands between belongs to no phrase, or the end of one time and the beginning of the next might.
    once = gather(map_, f"{text} zzz {text}")
    assert [replace(each, reason="") for each in once] == [
        replace(each, reason="") for each in gather(map_, f"{text} zzz {text} zzz {text}")
    ]
