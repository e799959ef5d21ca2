"""What a project's past says of whose a question is, and what people said of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.candidates import GUESSED, SURE, Candidate, candidates, whose
from routing.past.corrections import Correction
from routing.past.history import Commit
from routing.past.vocabulary import asked
from routing.patterns import PathPattern
from routing.precedent import MEASURES, WEIGHTS, Precedent
from routing.sections import MaintainersMap, Section
from routing.tree import Tree

YEAR = 31_557_600
NOW = 50 * YEAR
TREE = (
    "boot/efi/loader.c",
    "boot/efi/shim.c",
    "disk/cache/ring.c",
    "disk/cache/flush.c",
    "net/bridge/filter.c",
    "net/bridge/ports.c",
    "README",
)


def section(name: str, *files: str, keywords: tuple[str, ...] = ()) -> Section:
    return Section(name, files=tuple(map(PathPattern, files)), keywords=keywords)


SECTIONS = (
    section("BOOT", "boot/"),
    section("DISK", "disk/", keywords=("spindle",)),
    section("NET", "net/"),
    section("THE REST", "**"),
)
MAP = MaintainersMap({each.name: each for each in SECTIONS}, rest="THE REST", tree=Tree.of(TREE))


def commit(subject: str, *paths: str, age: float = 0.0, body: str = "") -> Commit:
    """`age` in years."""
    return Commit(f"{subject} {age}", int(NOW - age * YEAR), subject, body, paths)


PAST = (
    commit("shim: verify the signature before jumping", "boot/efi/shim.c", age=0.1),
    commit("loader: read the signature list from the variable store", "boot/efi/loader.c", age=0.2),
    commit("never lose a write when the ring wraps", "disk/cache/ring.c", age=0.3),
    commit(
        "flush: wait for the barrier", "disk/cache/flush.c", age=0.4, body="A write after a barrier was lost."
    ),
    commit("drop frames of unknown ports", "net/bridge/filter.c", "net/bridge/ports.c", age=0.5),
    commit("say how to build it", "README", age=0.6),
)
LEARNED = Precedent.learned(PAST, MAP)


def first(text: str, precedent: Precedent | None = LEARNED) -> str | None:
    return next((each.section for each in candidates(MAP, text, precedent)), None)


def test_a_question_belongs_where_the_like_of_it_was_changed() -> None:
    assert first("the signature is not verified") == "BOOT"
    assert first("a write is lost after a while") == "DISK"
    assert first("frames vanish") == "NET"


def test_without_a_past_nothing_points_there() -> None:
    assert first("the signature is not verified", None) is None
    assert first("the signature is not verified", Precedent()) is None
    assert first("the signature is not verified", Precedent.learned((), MAP)) is None


def test_without_a_past_words_of_paths_make_guesses_that_ask_nobody() -> None:
    bare = Precedent.learned((), MAP)
    found = candidates(MAP, "the shim of efi hangs", bare)
    assert found[0].section == "BOOT"
    assert found[0].confidence <= GUESSED < SURE
    stated = candidates(MAP, "net/bridge/filter.c fails", bare)
    assert stated[0].section == "NET"
    assert stated[0].confidence > SURE


def test_words_that_are_said_of_everything_are_hardly_believed() -> None:
    everywhere = [commit("tidy things up", path, age=each / 10) for each, path in enumerate(TREE[:6])]
    learned = Precedent.learned((*PAST, *everywhere), MAP)
    assert candidates(MAP, "tidy things up", learned)[0].confidence < SURE
    assert candidates(MAP, "signature", learned)[0].confidence > SURE


def test_words_that_the_past_does_not_know_point_nowhere() -> None:
    assert candidates(MAP, "zebra quagga", LEARNED) == ()
    assert candidates(MAP, "", LEARNED) == ()


def test_what_is_stated_outright_stands_above_the_past() -> None:
    assert first("net/bridge/filter.c: the signature is not verified, a write is lost") == "NET"
    assert first("spindle question: is the signature verified?") == "DISK"


def test_what_the_rest_owns_is_evidence_for_nobody() -> None:
    assert "THE REST" not in {each.section for each in candidates(MAP, "say how to build it", LEARNED)}


def test_probabilities_are_such() -> None:
    found = candidates(MAP, "a write is lost after the signature", LEARNED)
    assert len(found) > 1
    assert 0.9 < sum(each.confidence for each in found) <= 1.001
    assert [each.confidence for each in found] == sorted((each.confidence for each in found), reverse=True)


def test_why_is_told() -> None:
    best = candidates(MAP, "a write is lost when the ring wraps", LEARNED)[0]
    assert best.alike[0].subject == "never lose a write when the ring wraps"
    assert best.alike[0].likeness == 1
    assert {name for name, _ in best.shares} <= {*MEASURES, "stated"}
    assert any("never lose a write" in reason for reason in best.reasons)
    stated = candidates(MAP, "spindle: a write is lost", LEARNED)[0]
    assert dict(stated.shares)["stated"] > 0
    assert stated.sign == "spindle"


def test_every_measure_has_a_weight() -> None:
    assert tuple(WEIGHTS) == MEASURES
    assert all(weight >= 0 for weight in WEIGHTS.values())


def test_what_was_changed_lately_counts_more() -> None:
    old = [commit("tune the gizmo", "boot/efi/shim.c", age=12 + each / 10) for each in range(3)]
    new = [commit("tune the gizmo", "net/bridge/ports.c", age=each / 10) for each in range(3)]
    assert first("the gizmo", Precedent.learned((*old, *new), MAP)) == "NET"


def test_a_path_that_moved_counts_where_it_is_today() -> None:
    moved = Commit(
        "2", NOW, "move", "", ("old/thing.c", "disk/cache/ring.c"), (("old/thing.c", "disk/cache/ring.c"),)
    )
    before = commit("teach the doohickey to sing", "old/thing.c", age=1)
    assert first("doohickey", Precedent.learned((moved, before), MAP)) == "DISK"


def test_each_path_of_a_commit_has_a_part() -> None:
    both = commit("adjust the whatsit", "disk/cache/ring.c", "disk/cache/flush.c", "net/bridge/ports.c")
    found = candidates(MAP, "whatsit", Precedent.learned((both,), MAP))
    assert [each.section for each in found[:2]] == ["DISK", "NET"]


def test_a_map_that_lost_a_section_is_safe_until_it_is_learned_again() -> None:
    fewer = MaintainersMap(
        {name: each for name, each in MAP.sections.items() if name != "DISK"}, tree=MAP.tree
    )
    found = candidates(fewer, "a write is lost after the signature", LEARNED)
    assert found
    assert all(each.section in fewer.sections for each in found)


def test_a_name_that_is_a_subject_of_the_past_still_names_its_owner() -> None:
    likely, owners = whose(MAP, "spindle", LEARNED)
    assert owners[0].section == likely[0].section == "DISK"


# --- what people said ---------------------------------------------------------------------------------

AT = datetime(2026, 3, 1, tzinfo=UTC)


def said(text: str, where: str, by: str = "alice", day: int = 1) -> Correction:
    return Correction(text, where, AT.replace(day=day), by)


def heeding(*made: Correction, precedent: Precedent = LEARNED) -> Precedent:
    return precedent.with_corrections(made)


def test_where_somebody_sent_a_question_its_like_goes() -> None:
    wrong = "the installer shows a black screen"
    assert first(wrong, heeding(said(wrong, "NET"))) == "NET"
    assert first("installer: black screen shown", heeding(said(wrong, "NET"))) == "NET"


def test_what_people_said_stands_above_the_past() -> None:
    text = "the signature is not verified"
    assert first(text) == "BOOT"
    assert first(text, heeding(said(text, "DISK"))) == "DISK"


def test_corrections_are_heeded_without_any_history() -> None:
    text = "the installer shows a black screen"
    found = candidates(MAP, text, heeding(said(text, "NET"), precedent=Precedent()))
    assert found[0].section == "NET"
    assert "alice sent a question like it there" in found[0].reasons


def test_a_question_of_other_words_is_left_alone() -> None:
    assert first("frames vanish", heeding(said("the installer shows a black screen", "BOOT"))) == "NET"


def test_what_somebody_is_corrected_in_is_not_told_to_others() -> None:
    found = candidates(MAP, "black installer screen", heeding(said("secret black installer screen", "NET")))
    assert not any("secret" in reason for each in found for reason in each.reasons)


def test_nobody_learns_of_a_private_question_that_there_was_one() -> None:
    text = "the installer shows a black screen"
    for precedent in (LEARNED, Precedent()):
        found = candidates(MAP, text, heeding(replace(said(text, "NET"), private=True), precedent=precedent))
        assert found[0].section == "NET"
        assert not any("alice" in reason or "like it" in reason for reason in found[0].reasons)


def test_a_section_that_is_gone_is_passed_over() -> None:
    text = "the signature is not verified"
    assert first(text, heeding(said(text, "FORMER"))) == "BOOT"


def test_a_correction_may_name_the_rest() -> None:
    text = "who mows the lawn"
    assert first(text, heeding(said(text, "THE REST"))) == "THE REST"


def test_heeding_takes_the_place_of_what_was_heeded() -> None:
    text = "the installer shows a black screen"
    once = heeding(said(text, "NET"))
    assert first(text, heeding(precedent=once)) is None
    assert first(text, heeding(said(text, "DISK"), precedent=once)) == "DISK"


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.text(max_size=60), st.lists(st.sampled_from((*TREE, "gone/x.c", "a\0b")), max_size=4)),
        max_size=8,
    ),
    st.text(max_size=80),
)
def test_whatever_the_past_holds_probabilities_are_such(
    past: Sequence[tuple[str, Sequence[str]]], text: str
) -> None:
    commits = [
        Commit(str(number), NOW - number, subject, "", tuple(paths))
        for number, (subject, paths) in enumerate(past)
    ]
    found: tuple[Candidate, ...] = candidates(MAP, text, Precedent.learned(commits, MAP))
    assert all(0 < each.confidence <= 1 for each in found)
    assert sum(each.confidence for each in found) <= 1.001
    assert len({each.section for each in found}) == len(found)


def test_words_of_a_question_are_weighed() -> None:
    words = asked("hvm_do_resume fails fails fails\nBlockDriverState and the fails")
    assert {"hvm_do_resume", "hvm", "resum", "fail", "block", "driver"} <= words.keys()
    assert words["fail"] == 2.0
    assert words["driver"] == 0.5
    assert "the" not in words


def test_weights_that_are_shipped_are_those_of_the_measures() -> None:
    likely = replace(LEARNED).likely(asked("a write is lost"))
    assert likely is not None
    assert len(likely.odds) == len(LEARNED.sections) == 3
