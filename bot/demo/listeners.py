"""The ears of the demo's players together: what any of them tells is printed, each thing once.

A thing is printed when the first of them tells it. One who came late, or was away, has heard less of it than
others, and so never makes anything be printed again.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from bot.demo.actor import CHANNEL
from bot.demo.transcript import Transcript

Audible = Callable[[str], bool]
"""Whether what that player alone can read is printed, too."""


class Listeners:
    """Prints on a transcript what the players tell."""

    def __init__(self, transcript: Transcript, audible: Audible = lambda _player: True) -> None:
        self._transcript = transcript
        self._audible = audible
        self.hushed = False
        """Comings and goings are not printed."""
        self._told: Counter[tuple[str, ...]] = Counter()
        self._printed: Counter[tuple[str, ...]] = Counter()

    def told(self, player: str, report: dict[str, Any]) -> bool:
        """Whether that was somebody who spoke, and is printed now."""
        match report:
            case {"tell": "heard", "who": who, "where": where, "what": what}:
                return self._once(player, "said", who, what, where)
            case {"tell": "said", "where": where, "what": what}:
                return self._once(player, "said", player, what, where)
            case {"tell": "reacted", "what": what, "to": to}:
                self._transcript.reacted(player, what, to)
                return True
            case {"tell": "joined", "who": who}:
                self._once(player, "came", who)
            case {"tell": "gone", "who": who, "what": why}:
                self._once(player, "left", who, why)
            case {"tell": "trouble", "what": what}:
                self._transcript.stage(f"{player}: {what}")
        return False

    def _once(self, player: str, *what: str) -> bool:
        match what:
            case ("said", _, _, where) if where != CHANNEL and not self._audible(player):
                return False
        self._told[player, *what] += 1
        if self._told[player, *what] <= self._printed[what]:
            return False
        self._printed[what] += 1
        match what:
            case ("said", who, text, where):
                self._transcript.said(who, text, to=None if where == CHANNEL else where)
                return True
            case ("came", who) if not self.hushed:
                self._transcript.came(who)
            case ("left", who, why) if not self.hushed:
                self._transcript.left(who, why)
        return False

    def known(self, *names: str) -> None:
        """That these have come needs no printing, whoever tells it now or later."""
        for name in names:
            self._printed["came", name] = max(self._printed["came", name], 1)
