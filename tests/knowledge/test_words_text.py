"""Words out of text: what stays whole, what vanishes, and that it costs no more than the text is long."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.words.text import (
    GROWTH,
    LONGEST_WORD,
    QUERY_LIMIT,
    STOP_WORDS,
    Lexicon,
    Token,
    clip,
    has_words,
    invisible,
    normalise,
    stem,
    terms,
    tokens,
)


def texts(text: str) -> list[str]:
    return [token.text for token in tokens(text)]


@pytest.mark.parametrize(
    ("text", "whole", "parts"),
    [
        ("dh-python", "dh-python", ("dh", "python", "dhpython")),
        ("C++", "c++", ("c",)),
        ("libxl.so.4.2", "libxl.so.4.2", ("libxl", "so")),
        ("--with-system-qemu", "--with-system-qemu", ("with-system-qemu", "with", "system", "qemu")),
        ("/etc/xen/xl.conf", "/etc/xen/xl.conf", ("xl.conf", "etc/xen/xl.conf", "etc", "xen", "xl", "conf")),
        ("LIBXL_API_VERSION", "libxl_api_version", ("libxl", "api", "version")),
        ("XSA-444", "xsa-444", ("xsa", "444")),
        ("0x80070005", "0x80070005", ()),
        ("4.17.2-3.mga9", "4.17.2-3.mga9", ("4.17",)),
        ("xen.efi", "xen.efi", ("xen", "efi")),
    ],
)
def test_identifiers_stay_whole_and_have_parts(text, whole, parts):
    assert tokens(f"what is ({text}), please?")[2] == Token(whole, parts)
    assert {whole, *map(stem, set(parts) - STOP_WORDS)} <= set(terms(tokens(text)))


def test_options_with_values_are_two_words():
    assert texts("./configure --with-system-qemu=/usr/bin/qemu prefix=/usr") == [
        "configure", "--with-system-qemu", "/usr/bin/qemu", "prefix", "usr",
    ]  # fmt: skip


def test_punctuation_and_quotes_go():
    assert texts("“Why?” he's asking: `xl` (or virsh), isn't it...") == [
        "why", "he", "asking", "xl", "or", "virsh", "isnt", "it",
    ]  # fmt: skip
    assert texts("!!! ??? ... --- /") == []


def test_what_cannot_be_seen_is_not_there():
    assert normalise("a\u202eb\u200bc\x00\x1b d\u2028e\tf") == "abc de f".replace("de", "d e")
    assert texts("xen\u200bstored \ufeffqemu") == texts("xenstored qemu")
    assert normalise("ＸＥＮ ﬁle") == "xen file"


@pytest.mark.parametrize(
    "character", ["\n", "\x00", "\x1b", "\u202e", "\u200b", "\u2028", "\ue000", "\ufeff"]
)
def test_invisible_characters_are_found(character):
    assert invisible(f"a{character}b") == character


def test_visible_text_has_no_invisible_character():
    assert invisible("plain") is None
    assert invisible("schön, 日本 – “ok” é") is None


def test_stop_words_are_no_terms_but_are_words():
    words = tokens("how do I build it without the network")
    assert [word.text for word in words if word.is_stop] == ["how", "do", "i", "it", "the"]
    assert terms(words) == ["build", "without", "network"]


@pytest.mark.parametrize(
    ("words", "base"),
    [
        ("build builds building", "build"),
        ("package packages packaged packaging", "packag"),
        ("library libraries", "library"),
        ("stop stops stopped stopping", "stop"),
        ("bus buses", "bus"),
        ("patch patches patched patching", "patch"),
    ],
)
def test_forms_of_one_word_have_one_stem(words, base):
    assert {stem(word) for word in words.split()} == {base}


@pytest.mark.parametrize("word", ["xl", "xen", "dom0", "qemus3", "libxl.so", "king", "sbin", "naïve"])
def test_names_and_short_words_are_left_alone(word):
    assert stem(word) == word


def test_a_question_is_cut_between_words():
    text = "word " * 200
    cut = clip(text)
    assert len(cut) <= QUERY_LIMIT
    assert set(cut.split()) == {"word"}
    assert clip("short") == "short"
    assert clip("x" * 1000) == "x" * QUERY_LIMIT
    assert clip("ab cd", 2) == "ab"
    assert clip("ab cd", 4) == "ab"


def test_a_word_without_end_is_cut():
    assert len(texts("a" * 100_000)[0]) == LONGEST_WORD


def test_piled_up_marks_are_thinned():
    """Sorting the combining marks of one letter is quadratic in them; so only a few are kept."""
    piled = "e" + "\u0301\u0327" * 50_000
    assert len(normalise(piled)) < 20


@given(st.text(max_size=200))
def test_tokens_of_any_text_are_clean(text):
    for token in tokens(text):
        for word in (token.text, *token.parts):
            assert word
            assert not any(character.isspace() for character in word)
            assert invisible(word) is None


@given(st.text(max_size=200))
def test_there_are_words_where_there_is_a_token(text):
    assert has_words(text) == bool(tokens(text))


@given(st.lists(st.text("ab-.'9 ", max_size=12), max_size=5))
def test_texts_that_share_a_lexicon_are_read_as_each_alone(several):
    lexicon = Lexicon()
    assert [tokens(text, lexicon) for text in several] == [tokens(text) for text in several]


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once) == once or unicodedata.normalize("NFKC", once) != once


@given(st.text(st.characters() | st.sampled_from("\ufdfa\ufdfb\u3316½ﬃİ"), max_size=100))
def test_folding_makes_no_text_much_longer(text):
    assert len(normalise(text)) <= GROWTH * len(text)


def test_ligatures_and_fractions_are_folded_whole():
    assert normalise("ﬃrmﬁ") == "ffirmfi"
    assert normalise("½½") == "1⁄21⁄2"
    assert len(normalise("\ufdfa" * 400)) <= GROWTH * 400


def test_the_letter_of_a_face_is_no_word():
    assert tokens(":O :P :-D ;) :3 :'D") == []
    assert [token.text for token in tokens("o: :open :oo :9")] == ["o", "open", "oo", "9"]
