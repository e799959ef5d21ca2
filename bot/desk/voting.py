"""What an asker's word says of the base's entries: it is theirs that are confirmed or refused, nobody else's.

    yes, thanks     to an answer of the base: its entry was right, also long after
    not it          to an answer of the base: its entry was not; to an offer: none of those offered was
    1, 2, 3         the one chosen was right. The others are not refused: they were not read, and two entries
                    can both be right

Only an account votes, proven on that very line, and only on its own question. A developer's answer is no
entry's, and silence is no vote. A vote keeps the question's text, which is told to nobody.
"""

from collections.abc import Iterable

from bot.desk.effects import SaveVote
from bot.desk.model import Question, Speaker, State
from knowledge.votes import Vote
from knowledge.words.text import clip


def told_by_base(question: Question) -> tuple[str, ...]:
    """The entry whose answer stands for the question, as ids: none where a developer answered, or nobody."""
    if question.state not in {State.TOLD, State.ANSWERED} or question.responder is not None:
        return ()
    return tuple(entry for entry in question.entries if entry not in question.refused)[:1]


def confirmed(question: Question, by: Speaker, entries: Iterable[str]) -> list[SaveVote]:
    """These entries were right for the question."""
    return _votes(question, by, entries, right=True)


def refused(question: Question, by: Speaker, entries: Iterable[str]) -> list[SaveVote]:
    """These entries were not right for the question."""
    return _votes(question, by, entries, right=False)


def _votes(question: Question, by: Speaker, entries: Iterable[str], *, right: bool) -> list[SaveVote]:
    if not by.account:
        return []
    asked = clip(question.text)
    return [SaveVote(Vote(asked, entry, by.key, right)) for entry in entries]
