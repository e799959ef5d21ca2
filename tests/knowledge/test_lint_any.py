"""Whatever entries say: lint does not raise, does not heed the order of files, and always says what to do."""

import random
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.documents import DocumentError, Places, read
from knowledge.entry import Answer, Entry, Verified
from knowledge.files import ENTRY_LIMITS, to_yaml
from knowledge.index import Index
from knowledge.lint.complaint import Lintable
from knowledge.lint.one import lint_text, refusal
from knowledge.lint.rules import RULES
from knowledge.lint.whole import lint

TODAY = date(2026, 11, 23)
INDEX = Index.build(
    [
        Entry("build", ("how do I build xen",), (Answer("Run make."),)),
        Entry("boot", ("boot it",), (Answer("So."),)),
    ]
)

words = st.sampled_from(
    [
        *("xen", "4.17", "build", "boot", "qemu", "how", "do", "I", "the", "bob@company.org"),
        *("4.19", "@", ":", "#", "ü", "?", "password="),
    ]
)
texts = st.lists(words, min_size=1, max_size=6).map(" ".join)
constraints = st.sampled_from(
    ["4.17", ">=4.4", "<4.19", ">=4.17,<4.19", ">=4.19,<4.17", "xl", "libvirt", "<0"]
)
applies = st.dictionaries(
    st.sampled_from(
        [
            *("xen", "4.17", "build", "boot", "qemu", "how", "do", "I", "the", "bob@company.org"),
            *("4.19", "@", ":", "#", "ü", "?", "password="),
        ]
    ),
    st.lists(constraints, min_size=1, max_size=3).map(tuple),
    max_size=2,
)
ids = st.sampled_from(["a", "b", "c", "build", "boot"])
entries = st.builds(
    Entry,
    id=ids,
    phrasings=st.lists(texts, min_size=1, max_size=3).map(tuple),
    answers=st.lists(
        st.builds(Answer, short=texts, text=texts, source=texts, applies=applies), min_size=1, max_size=3
    ).map(tuple),
    verified=st.none() | st.builds(Verified, on=st.just(date(2025, 1, 1)), by=texts, version=constraints),
    review_after=st.none() | st.just(timedelta(days=30)),
    see=st.lists(ids, max_size=2).map(tuple),
    title=st.just("") | texts,
)


def lintable(entry: Entry) -> Lintable:
    text = to_yaml(entry)
    name = f"{entry.id}.yaml"
    try:
        return Lintable(read(text, name, ENTRY_LIMITS).places, lambda: text, entry)
    except DocumentError:
        return Lintable(Places(name, lambda: {(): (1, 1)}), lambda: text, entry)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(base=st.lists(entries, max_size=5, unique_by=lambda each: each.id), seed=st.integers(0, 99))
def test_any_base_in_any_order(base, seed):
    found = lint([lintable(each) for each in base], today=TODAY)
    assert all(each.rule in RULES and each.problem.message and each.suggestion for each in found)
    shuffled = random.Random(seed).sample(base, len(base))
    assert lint([lintable(each) for each in shuffled], today=TODAY) == found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(max_size=80) | entries.map(to_yaml))
def test_any_text_that_is_to_be_published(text):
    found = lint_text(text, "new.yaml", INDEX, today=TODAY)
    assert all(each.rule in RULES and each.suggestion for each in found)
    assert bool(refusal(found)) == any(each.is_error for each in found)
