"""Which answers of a homeserver are handled: those all of whose events were settled.

An answer is open until everything that is to come of it is known; then it is handled as soon as its last
event is settled, in whatever order that happens. One with an event that could not be handled stays: it is
kept for the next start.

Pure state, without I/O.
"""

from collections.abc import Iterable

from bot.desk.events import Fate


class Ledger:
    """The answers that are being handled, by number."""

    def __init__(self) -> None:
        self._of: dict[str, int] = {}
        self._left: dict[int, int] = {}
        self._open: set[int] = set()
        self._failed: set[int] = set()
        self._handled: list[int] = []

    def opens(self, answer: int) -> None:
        """The events of an answer are about to be told."""
        self._open.add(answer)
        self._left.setdefault(answer, 0)

    def expects(self, answer: int, event: str) -> None:
        """An event that came of an open answer, and will be settled."""
        if event not in self._of:
            self._of[event] = answer
            self._left[answer] += 1

    def closes(self, answer: int) -> bool:
        """All of its events are told; whether it is handled by that."""
        self._open.discard(answer)
        return self._look(answer)

    def settled(self, event: str, fate: Fate) -> bool:
        """Nothing more comes of an event; whether an answer is handled by that. Events that came of no answer
        are passed over."""
        answer = self._of.pop(event, None)
        if answer is None:
            return False
        self._left[answer] -= 1
        if fate is Fate.FAILED:
            self._failed.add(answer)
        return self._look(answer)

    @property
    def handled(self) -> tuple[int, ...]:
        """The answers that are handled, and not yet `forgotten`."""
        return tuple(self._handled)

    def forgotten(self, answers: Iterable[int]) -> None:
        """These are kept no longer."""
        gone = frozenset(answers)
        self._handled = [each for each in self._handled if each not in gone]

    def _look(self, answer: int) -> bool:
        if answer in self._open or self._left.get(answer):
            return False
        if self._left.pop(answer, None) is None:
            return False
        if answer in self._failed:
            self._failed.discard(answer)
            return False
        self._handled.append(answer)
        return True
