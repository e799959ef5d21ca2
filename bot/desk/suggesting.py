"""`suggest`: anybody may say what is missing in the base, or wrong.

    suggest QUESTION => ANSWER      an entry, to be published as it is
    suggest ENTRY: WORDS            a remark on an entry, by its id
    suggest WORDS                   a remark, on the entry that the speaker was just told, where there is one

It is meant for the base, so it may be said privately. What is said in an encrypted conversation is never
passed on to where it would not be, and so no suggestion either. Each account may make so many within a day,
and those without one four times as many all together; 0 switches it off. A suggestion verifies nothing.
Whoever takes its message back takes back what they suggested.

What became of it an author hears by their account, or in the session that they suggested it in while that
lasts. Who logs in there before it ends hears of it later, too; who does not, never: whoever bears the nick by
then may be somebody else, and why it was rejected is said to its author alone.
"""

import re
from collections.abc import Iterable

from bot.desk import replies
from bot.desk.case import Case, complain, say
from bot.desk.effects import Effect, SaveDraft
from bot.desk.events import Heard, Redacted
from bot.desk.fitting import cut
from bot.desk.model import PromptKind
from bot.desk.queueing import announce_draft, key_of, new_draft
from bot.desk.quoting import MOST, is_full, rejected, taken
from bot.desk.said import Said
from knowledge.drafting import cleaned_question, drafted
from knowledge.drafts import Draft, Origin
from knowledge.entry import Entry
from knowledge.files import to_yaml
from knowledge.words.text import has_words
from routing.ladder import unsure

NAMELESS = 4
"""How many times as much as one account all those without may suggest within a day."""

_REMARK = 800
"""Bytes of a remark that are kept."""

_ARROW = re.compile(r"\s*(?:=>|->|→|–>)\s*")
_ABOUT = re.compile(r"`?([a-z0-9]+(?:-[a-z0-9]+)*)`?\s*:\s+(?=\S)", re.IGNORECASE)


def asked(said: Said) -> str | None:
    """What is looked for in the base before a suggestion is taken: the question that it answers, as the draft
    will have it."""
    question, answer = _parts(said)
    return (cleaned_question(question, ()) or None) if answer else None


def suggest(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """A draft of what was suggested, or why there is none."""
    refusal = _refusal(case, heard)
    if refusal is not None:
        return [*complain(case, heard, refusal)]
    draft = _draft(case, heard, said)
    if draft is None:
        return [*complain(case, heard, replies.suggest_what())]
    told = replies.suggested(draft, nameless=not heard.speaker.account)
    return [
        SaveDraft(draft),
        *say(case, heard.venue, told, to=heard.speaker),
        *announce_draft(case, draft),
    ]


def taken_back(case: Case, event: Redacted) -> list[Effect]:
    """The message of a suggestion was taken back: nothing of it is kept."""
    key = key_said_in(event)
    effects: list[Effect] = []
    for draft in case.facts.drafts.values():
        if draft.key == key and draft.origin is Origin.SUGGESTION:
            effects += rejected(case, draft, replies.taken_back(), whole=True)
    return effects


def key_said_in(event: Redacted) -> str:
    """The key of the draft that was suggested in the message. (The event of a message that can be taken back
    is named after its network and the network's id of it.)"""
    return key_of(f"{event.venue.network}/{event.message}")


def _refusal(case: Case, heard: Heard) -> str | None:
    """Why the speaker may suggest nothing now."""
    limit, (own, nameless) = case.settings.suggestions, case.facts.suggested
    if not limit:
        return replies.no_suggestions()
    if heard.venue.sealed:
        return replies.not_from_sealed()
    if own >= limit:
        return replies.enough_suggestions(limit, nameless=False)
    if not heard.speaker.account and nameless >= NAMELESS * limit:
        return replies.enough_suggestions(NAMELESS * limit, nameless=True)
    return replies.enough_drafts(MOST) if is_full(case) else None


def _draft(case: Case, heard: Heard, said: Said) -> Draft | None:
    question, answer = _parts(said)
    if answer:
        entry = case.reference.knowledge.by_id(question.casefold().strip("` "))
        if entry is not None:
            return _remark(case, heard, entry, answer)
        candidates = case.finding.candidates if case.finding is not None else ()
        section = "" if unsure(candidates, case.settings.route_at) else candidates[0].section
        made = drafted(
            question,
            [answer],
            names=(),
            kinds=case.reference.facets,
            section=section,
            taken=taken(case),
            on=case.at.date(),
            by="",
        )
        return _new(case, heard, entry=made.id, now=to_yaml(made)) if made is not None else None
    words = said.args.get("text", "").strip()
    named = _ABOUT.match(words)
    entry = case.reference.knowledge.by_id(named[1].casefold()) if named is not None else None
    if named is not None and entry is not None:
        return _remark(case, heard, entry, words[named.end() :])
    return _remark(case, heard, _just_told(case, heard), words)


def _remark(case: Case, heard: Heard, entry: Entry | None, words: str) -> Draft | None:
    if not has_words(words):
        return None
    note = cut(words, _REMARK)
    if entry is None:
        return _new(case, heard, entry="", now="", note=note)
    return _new(case, heard, entry=entry.id, now="", was=to_yaml(entry), note=note)


def _new(case: Case, heard: Heard, *, entry: str, now: str, was: str = "", note: str = "") -> Draft:
    return new_draft(
        case,
        heard,
        origin=Origin.SUGGESTION,
        by=heard.speaker,
        entry=entry,
        now=now,
        was=was,
        note=note,
    )


def _just_told(case: Case, heard: Heard) -> Entry | None:
    """The entry that the speaker was told last, here or, where they say it privately, anywhere."""
    told: Iterable[str] = (
        prompt.options[0]
        for prompt in reversed(case.facts.prompts)
        if prompt.kind is PromptKind.ANSWER
        and prompt.options
        and prompt.expires > case.at
        and (heard.venue.private or prompt.venue.key == heard.venue.key)
    )
    entry = next(iter(told), None)
    return case.reference.knowledge.by_id(entry) if entry is not None else None


def _parts(said: Said) -> tuple[str, str]:
    """The question and the answer, where both are said."""
    parts = _ARROW.split(said.args.get("text", ""), maxsplit=1)
    if len(parts) != 2 or not has_words(parts[0]) or not has_words(parts[1]):
        return "", ""
    return parts[0].strip(), parts[1].strip()
