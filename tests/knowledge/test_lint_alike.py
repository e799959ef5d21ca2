"""How alike two entries are, at the edges; here every word says as much as any other."""

from knowledge.entry import Answer, Entry
from knowledge.lint.alike import Said, alike, said


def of(*asked: str, told: str = "", short: str = "", phrasing: str = "which") -> Said:
    entry = Entry("x", (phrasing,), (Answer(short or f"so {asked} {told}"),))
    return said(entry, [each.split() for each in asked], told.split())


def how(one: Said, other: Said) -> tuple[float, str] | None:
    found = alike(one, other, lambda _: 1.0)
    assert found == alike(other, one, lambda _: 1.0)
    return found


def test_three_quarters_of_the_words_are_enough() -> None:
    assert how(of("a", told="b c d"), of("a", told="b c e")) == (0.75, "says nearly (75 %) the same as")
    assert how(of("a", told="b c d"), of("a", told="b e f")) is None


def test_so_is_a_bit_more_than_half_of_what_is_asked_where_there_are_three_phrasings() -> None:
    several = of("a b c d e", "a b c h i", told="k l m")
    assert how(several, of("a b c f g", told="n o p")) == (0.6, "asks nearly (60 %) the same as")
    assert how(several, of("a b f g h", told="n o p")) is None
    assert how(of("a b c d e", told="k l m"), of("a b c f g", told="n o p")) is None


def test_what_sets_two_entries_apart() -> None:
    def beside(one: str, other: str) -> bool:
        return how(of(one, told="k l m n"), of(other, told="k l m n")) is not None

    assert beside("a b c d e f g", "a b c d e f h")  # a seventh of what is asked
    assert not beside("a b c d x", "a b c d y")  # a fifth
    assert not beside("a b c d e f 1", "a b c d e f 2")
    assert beside("a b c d e f 1", "a b c d e f g")  # nothing that is named stands against it
    assert beside("a b c d 4.17", "a b c d 4.18")
    assert beside("a b c d e", "a b c d")
    assert how(of("a b", told="c"), of("a b", told="c", phrasing="which are not")) is None


def test_the_same_answer_must_say_something() -> None:
    same = "Ask the security team."
    assert how(of("a", short=same), of("b", short=same.upper())) == (1.0, "gives the same answer as")
    assert how(of("a", short="Yes, since 4.14."), of("b", short="Yes, since 4.14.")) is None
