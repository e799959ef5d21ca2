"""What the demo's desk has written down, read from its database as it runs: reasons, and what it waits for.

The database is only read. Whoever plays the demo owns it, so nothing of it is hidden from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from bot.desk.facts import Concern, Facts
from bot.desk.model import Prompt, PromptKind, account_key
from bot.store.store import Store
from knowledge.drafts import DraftState

_RECENT = 10
_AHEAD = 10
"""Questions that may have been asked since the last look."""


@dataclass(frozen=True, slots=True)
class Records:
    """What stood there at one instant. `texts` and `reasons`: of each question by its number, the reasons
    oldest first; `drafts`: the entry of each that waits for a review; `expected`: the bare words that count
    now from the one in question."""

    texts: Mapping[int, str] = field(default_factory=dict)
    reasons: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    drafts: Mapping[int, str] = field(default_factory=dict)
    expected: tuple[str, ...] = ()

    @property
    def newest(self) -> int | None:
        return max(self.texts, default=None)


class Reader:
    """Reads the database at that path. StoreError where it cannot."""

    def __init__(self, store: Store, network: str) -> None:
        self._store = store
        self._network = network
        self._newest = 0

    @classmethod
    async def open(cls, database: Path, network: str) -> Self:
        return cls(await Store.open(f"sqlite:///{database}", exclusive=False), network)

    async def close(self) -> None:
        await self._store.close()

    async def read(self, account: str, number: int | None = None) -> Records:
        """The newest questions and those of the account; and the one of that number, if there is one."""
        around = range(max(1, self._newest - _RECENT), self._newest + 1 + _AHEAD)
        facts = await self._store.facts_for(
            Concern(
                speaker_keys=(account_key(self._network, account),),
                person=account,
                numbers=(*around, *([] if number is None else [number])),
                explain=True,
            ),
            datetime.now(UTC),
        )
        self._newest = facts.next_number - 1
        return Records(
            texts={number: question.text for number, question in sorted(facts.questions.items())},
            reasons={number: tuple(reasons) for number, reasons in facts.explanations.items()},
            drafts={
                draft.number: draft.entry
                for draft in await self._store.drafts()
                if draft.state is DraftState.QUEUED
            },
            expected=_expected(facts),
        )


def _expected(facts: Facts) -> tuple[str, ...]:
    words: list[str] = []
    if facts.prompts:
        words += _words(facts.prompts[-1])
    for ping in facts.pinged:
        question = facts.questions.get(ping.question)
        if ping.state.pending and question is not None and not question.state.ended:
            words += ["ack", "not me"]
            break
    return tuple(words)


def _words(prompt: Prompt) -> list[str]:
    more = ["more"] if prompt.more else []
    match prompt.kind:
        case PromptKind.OFFER if len(prompt.options) > 1:
            return [*(str(choice) for choice in range(1, len(prompt.options) + 1)), "not it"]
        case PromptKind.CONFIRM:
            return ["yes", "no", *more]
        case _:
            return [*more, "yes", "not it"]
