"""What is said of how drafts come about: to who suggests something, and why one is gone again."""

from bot.desk.fitting import cut
from bot.desk.replies.words import number as number_of
from knowledge.drafts import Draft

_QUOTED = 60
"""Bytes of an entry's name that one line quotes."""


def suggested(draft: Draft, *, nameless: bool) -> str:
    """To who suggested it; `nameless`: without an account, so that nobody can be told of it later."""
    about = f", about `{cut(draft.entry, _QUOTED)}`" if draft.is_remark and draft.entry else ""
    log_in = "; log in before you leave to hear what becomes of it" if nameless else ""
    return f"thank you, an editor will look at it: draft {draft.number}{about}{log_in}"


def no_suggestions() -> str:
    return "no suggestions are taken here; tell an editor of the knowledge base"


def enough_suggestions(limit: int, *, nameless: bool) -> str:
    """`nameless`: it is those without an account who have made enough, all together."""
    times = "suggestion" if limit == 1 else "suggestions"
    if nameless:
        return f"those without an account have made {limit} {times} today; log in, or come again tomorrow"
    return f"that would be more than {limit} {times} within 24 hours; please come again tomorrow"


def enough_drafts(count: int) -> str:
    return f"{count} drafts wait for the editors already; please suggest it again another day"


def not_from_sealed() -> str:
    return (
        "what the knowledge base says is read by everybody, and this conversation is encrypted; please "
        "`suggest` it where it is not"
    )


def suggest_what() -> str:
    return "please say what to add or to mend: `suggest QUESTION => ANSWER`, `suggest ENTRY: what is wrong`"


def taken_back() -> str:
    """Why a draft was rejected: what it was made of was taken back."""
    return "what it was made of was taken back"


def no_longer_confirmed() -> str:
    """Why a draft was rejected: it was not right after all."""
    return "its asker says that it was not right after all"


def answered_otherwise() -> str:
    """Why a draft is in doubt: its asker said that it was not right, and that another answer was."""
    return "its asker says that another answer was right"


def edited_since() -> str:
    """Why a draft was rejected, or is in doubt: what it was made of says something else now."""
    return "what it was made of was edited since"


def drafted(draft: Draft) -> str:
    """For `why`: what became of a question."""
    return f"draft {draft.number} of the knowledge base was made of it"


def not_drafted(count: int) -> str:
    """For `why` and for the log: no draft was made."""
    return f"no draft was made of it, for {count} wait for the editors already"


def phrasings_of(numbers: tuple[int, ...]) -> str:
    """What is noted with phrasings: of which questions they are, in their order."""
    return "from " + " ".join(map(number_of, numbers))
