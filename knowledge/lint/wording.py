"""Wording: what an entry says twice, or does not say.

Pure; imports `knowledge.complaints`, `knowledge.entry` and `knowledge.words`.
"""

import re
from collections.abc import Iterator

from knowledge.complaints import shown
from knowledge.entry import Entry
from knowledge.lint.complaint import Said
from knowledge.words.text import STOP_WORDS, has_words, normalise, terms, tokens

_PLACEHOLDER = re.compile(
    r"(?:to ?do|tbd|tba|tbc|fixme|xxx+|n/?a|none|nothing|unknown|answer|placeholder|wip|lorem ipsum.*"
    r"|to be (?:done|written|decided|added)|coming soon|work in progress"
    r"|(?:please )?(?:see|read|check|cf\.?)(?: (?:the|its))? "
    r"(?:text|source|link|below|above|docs?|documentation|manual|wiki|website|page|url))"
)


def folded(text: str) -> str:
    """What is left of a phrasing where case, blanks and the punctuation around do not count."""
    return normalise(text).strip("?!.,:; ")


def of_wording(entry: Entry) -> Iterator[Said]:
    """What it says twice, or does not say."""
    seen: dict[str, int] = {}
    for position, phrasing in enumerate(entry.phrasings):
        first = seen.setdefault(folded(phrasing), position)
        if first != position:
            yield Said(
                "duplicate-phrasing",
                ("phrasings", position),
                f"phrasings[{position}] is phrasings[{first}] once more: {shown(phrasing)}",
                "take it out, or say it as somebody else would",
            )
        elif not _says_something(phrasing):
            yield Said(
                "vague-phrasing",
                ("phrasings", position),
                f"phrasings[{position}] finds nothing: {shown(phrasing)} has only words that say nothing",
                "say what it is about",
            )
    if entry.title and (same := seen.get(folded(entry.title))) is not None:
        yield Said(
            "title-is-phrasing",
            ("title",),
            f"title: it is phrasings[{same}] once more",
            "take the title out, or name in it what the entry is about",
        )
    for position, answer in enumerate(entry.answers):
        short = folded(answer.short)
        if short in seen:
            said = f"repeats phrasings[{seen[short]}]"
        elif not has_words(short) or _PLACEHOLDER.fullmatch(short):
            said = f"says nothing: {shown(answer.short)}"
        else:
            continue
        yield Said(
            "says-nothing",
            ("answers", position, "short"),
            f"answers[{position}].short {said}",
            "say the answer in a sentence: the channel reads nothing else",
        )
    for position, name in enumerate(entry.see):
        if name == entry.id or name in entry.see[:position]:
            again = "the entry sees itself" if name == entry.id else f"`{name}` stands here twice"
            yield Said("sees-itself", ("see", position), f"see: {again}", "take it out")


def _says_something(phrasing: str) -> bool:
    """Whether there is any word in it that is looked up."""
    if any(word.isalnum() and word.lower() not in STOP_WORDS for word in phrasing.split()):
        return True  # as in nearly all of them
    return bool(terms(tokens(phrasing)))
