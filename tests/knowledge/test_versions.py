"""Versions: what people write, their order, and constraints that speak of series."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.versions import UNSTABLE, Version, constraint_text, holds, newness, parse_version, spans


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("4.17", "4.17"),
        ("4.17.2", "4.17.2"),
        ("v4.17.2", "4.17.2"),
        ("RELEASE-4.19.0", "4.19.0"),
        ("4.17.2-3.mga9", "4.17.2"),
        ("4.17.2+dfsg-1~bpo12", "4.17.2"),
        ("4.20-rc1", "4.20-rc1"),
        ("4.20.0-rc2", "4.20.0-rc2"),
        ("4.20rc3", "4.20-rc3"),
        ("4.20~rc3-1", "4.20-rc3"),
        ("4.18.x", "4.18"),
        ("4", "4"),
        ("20.04", "20.04"),
        ("20.04.6-rc1", "20.04.6-rc1"),
        ("4.17_git", "4.17"),
        ("1:4.17.2-1", "4.17.2"),
        ("4.17.2~rc1-1", "4.17.2-rc1"),
        ("4.17.2-1.fc39", "4.17.2"),
        ("4.17.2+55-g0b56bed864-1", "4.17.2"),
        ("4.17.5+23-ga4e5191dc0-1+deb12u1", "4.17.5"),
        ("4.8.5.54.g1077f99-1.el7", "4.8.5"),
        ("4.20.0-0.1.rc1.fc39", "4.20.0-rc1"),
        ("4.20-rc1.fc39", "4.20-rc1"),
        ("4.17.2nb1", "4.17.2"),
        ("4.17.2-r1", "4.17.2"),
        ("xen-4.17.2.tar.gz", "4.17.2"),
        ("4.21-unstable", "4.21-unstable"),
        ("4.21.0-pre", "4.21.0-unstable"),
        ("staging-4.19", "4.19"),
        ("stable-4.18", "4.18"),
    ],
)
def test_versions_are_read_out_of_what_people_paste(text, said):
    assert str(parse_version(text)) == said


@pytest.mark.parametrize(
    "text", ["", "xen", "libxl.so.4.2", "4..17", "1.2.3.4.5", "4.17 ", "99999.1", "4.x.y"]
)
def test_what_is_no_version(text):
    assert parse_version(text.strip() + ("!" if text.endswith(" ") else "")) is None


def test_order():
    order = [
        "4.4",
        "4.17",
        "4.17.2",
        "4.19.1",
        "4.20-unstable",
        "4.20-rc1",
        "4.20-rc2",
        "4.20",
        "4.20.1",
        "5.0",
    ]
    versions = [parse_version(text) for text in order]
    assert sorted(versions[1::2] + versions[::2]) == versions
    assert versions == sorted(set(versions))
    assert parse_version("4.20") == parse_version("4.20.0")
    assert hash(parse_version("4.20")) == hash(parse_version("4.20.0"))
    assert parse_version("4.20") != parse_version("4.20-rc1")


@pytest.mark.parametrize(
    ("constraint", "yes", "no", "open_"),
    [
        (">=4.4", "4.4 4.4.0 4.17.2 4.20-rc1 5.0", "4.3 4.3.9 3.4", "4"),
        ("<4.19", "4.18 4.18.9 4.4", "4.19 4.19.0 4.19.1 4.19-rc1 5", "4"),
        ("<=4.18", "4.18 4.18.5 4.1", "4.19 4.19.0", "4"),
        (">4.18", "4.19 4.19.2", "4.18 4.18.5", "4"),
        ("4.17", "4.17 4.17.0 4.17.9", "4.16 4.18 4.1", "4"),
        ("=4.17.2", "4.17.2", "4.17.1 4.18", "4.17 4"),
        (">=4.17.3", "4.17.3 4.18", "4.17.2 4.16", "4.17 4"),
        (">=4.4,<4.9", "4.4 4.8.5", "4.3 4.9 4.9.1", "4"),
        (">= 4.4, < 4.9", "4.5", "4.9", "4"),
    ],
)
def test_constraints(constraint, yes, no, open_):
    assert {text: holds(constraint, parse_version(text)) for text in yes.split()} == dict.fromkeys(
        yes.split(), True
    )
    assert {text: holds(constraint, parse_version(text)) for text in no.split()} == dict.fromkeys(
        no.split(), False
    )
    assert {text: holds(constraint, parse_version(text)) for text in open_.split()} == dict.fromkeys(
        open_.split()
    )


def test_equal_versions_may_say_more_or_less():
    assert parse_version("4.17") == parse_version("4.17.0")
    for _ in range(2):
        assert holds(">=4.17.2", Version((4, 17))) is None
        assert holds(">=4.17.2", Version((4, 17, 0))) is False


def test_zeros_in_front_do_not_count():
    assert parse_version("20.04") == parse_version("20.4")
    assert hash(parse_version("20.04")) == hash(parse_version("20.4"))
    assert parse_version("20.04") < parse_version("20.10")
    assert holds("20.04", parse_version("20.4"))
    assert holds(">=20.4,<20.10", parse_version("20.04"))


@pytest.mark.parametrize("text", ["", "xl", ">=", ">=x", "4.4 or 4.5", "~4.4", ">=4.20-rc1", "4.4,"])
def test_what_is_no_constraint(text):
    assert spans(text) is None
    assert constraint_text(text) == ""
    assert holds(text, Version((4, 4))) is None


def test_constraints_in_words():
    assert constraint_text(">=4.4") == "≥ 4.4"
    assert constraint_text(">=4.4,<4.9") == "≥ 4.4 and < 4.9"
    assert constraint_text("4.17") == "4.17"


def test_newer_constraints_sort_higher():
    order = ["<4.5", "4.17", ">=4.4,<4.19", "", ">=4.4", ">=4.20"]
    assert sorted(order[1::2] + order[::2], key=newness) == order


release = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(tuple)


@given(release, release)
def test_below_and_not_below_are_opposites(bound, version):
    text = ".".join(map(str, bound))
    below, at_least = holds(f"<{text}", Version(version)), holds(f">={text}", Version(version))
    assert (below is None) == (at_least is None)
    assert below is None or below != at_least


versions = st.builds(Version, release, st.none() | st.just(UNSTABLE) | st.integers(0, 99))


@given(versions)
def test_a_version_written_down_is_read_again(version):
    again = parse_version(str(version))
    assert again == version
    assert str(again) == str(version)


@given(versions, versions, versions)
def test_the_order_is_total(one, other, third):
    assert (one < other) + (one == other) + (other < one) == 1
    assert (one <= other) is not (one > other)
    if one <= other and other <= third:
        assert one <= third
    if one == other:
        assert hash(one) == hash(other)


@given(versions, versions)
def test_upstream_counts_release_by_release(one, other):
    """The numbers decide first, one by one, a missing one being 0; then how far the release has come."""

    def counted(version):
        numbers = (*version.release, 0, 0, 0)[:4]
        stage = (2, 0) if version.candidate is None else (version.candidate != UNSTABLE, version.candidate)
        return numbers, stage

    assert (one < other) is (counted(one) < counted(other))


@given(versions, versions)
def test_what_refines_a_version_is_of_its_series(one, other):
    assert not one.refines(one)
    if one.refines(other):
        assert not other.refines(one)
        assert holds(".".join(map(str, other.release)), one)


def test_refining():
    assert parse_version("4.17.2").refines(parse_version("4.17"))
    assert parse_version("4.17-rc1").refines(parse_version("4.17"))
    assert not parse_version("4.17.2").refines(parse_version("4.17-rc1"))
    assert not parse_version("4.170").refines(parse_version("4.17"))


@given(st.text(max_size=80))
def test_reading_a_word_never_raises(text):
    version = parse_version(text)
    assert version is None or parse_version(str(version)) == version
