"""Whose lines may matter from now on, by what an event has changed. What is stored altogether says the same:
the store's `interest`.
"""

from collections.abc import Iterable

from bot.desk.effects import OpenPrompt, Promote, SaveDraft, SavePing, SaveQuestion, Stored
from bot.desk.model import account_key, of_session
from knowledge.drafts import DraftState


def awaited(effects: Iterable[Stored]) -> set[str]:
    """The keys of speakers, and `person/<id>` of people, from whom something may come about it."""
    keys: set[str] = set()
    for effect in effects:
        match effect:
            case SaveQuestion(question):
                keys.update(question.asker.keys)
                if question.responder is not None:
                    keys.add(f"person/{question.responder}")
            case OpenPrompt(prompt):
                keys.add(prompt.speaker)
            case SaveDraft(draft) if draft.state is DraftState.REJECTED and not draft.told:
                keys.add(draft.author)
            case SaveDraft(draft) if draft.state is DraftState.QUEUED and of_session(draft.author):
                keys.add(draft.author)
            case SavePing(ping):
                keys.add(f"person/{ping.person}")
            case Promote(network=network, account=account):
                keys.add(account_key(network, account))
    return keys
