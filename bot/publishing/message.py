"""What the commits of drafts say, and how they are found again by it.

The last paragraph holds the trailers (git-interpret-trailers(1)). What people wrote stands on one line, in a
paragraph of its own, so that it cannot pass for one of them; and a draft's key cannot be guessed.
"""

from bot.git.writing import plain
from bot.publishing.base import Signature
from knowledge.drafts import Draft, Origin

PUBLISHED = "Pkgdesk-Draft"
REVERTED = "Pkgdesk-Reverts"

_SUBJECT = 100


def mark(draft: Draft) -> str:
    """What tells the commits of a draft from all others."""
    return f"{draft.number} {draft.key}"


def of_change(draft: Draft, what: str, author: Signature, reviewer: Signature) -> str:
    """The message of the commit that publishes a draft. `what` it changes, in a few words."""
    others = [f"Co-authored-by: {each}" for each in author.beside]
    return _message(
        f"kb: {draft.entry}: {what}",
        [_origin(draft), draft.note],
        [*others, f"Reviewed-by: {reviewer}", f"{PUBLISHED}: {mark(draft)}"],
    )


def of_revert(draft: Draft, commit: str, reviewer: Signature) -> str:
    """The message of the commit that undoes what another did."""
    return _message(
        f"kb: {draft.entry}: draft {draft.number} is taken back",
        [f"This reverts commit {commit}."],
        [f"Reviewed-by: {reviewer}", f"{REVERTED}: {mark(draft)}"],
    )


def _origin(draft: Draft) -> str:
    of = {
        Origin.ANSWER: "An answer",
        Origin.SUGGESTION: "A suggestion",
        Origin.PHRASINGS: "Words of questions whose askers confirmed the entry",
        Origin.EDIT: "An edit",
    }[draft.origin]
    by = ", asked by" if draft.origin is Origin.PHRASINGS else " by"
    whose = f"{by} {draft.author_name}" if draft.author_name else ""
    confirmed = ", confirmed by the asker" if draft.origin is Origin.ANSWER else ""
    asked = f" (question {draft.question})" if draft.question is not None else ""
    return f"{of}{whose}{confirmed}{asked}."


def _message(subject: str, paragraphs: list[str], trailers: list[str]) -> str:
    parts = [
        plain(subject)[:_SUBJECT],
        *(plain(each) for each in paragraphs),
        "\n".join(map(plain, trailers)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
