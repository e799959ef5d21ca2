"""Words for things that go wrong.

Two questions about one thing differ most where one of them says what happens to it: "how do I restart
xendomains" is answered by another entry than "xendomains hangs at shutdown". In sets of general questions
such words say no more than others, since hardly anything fails there; in a packagers' channel they are what a
question is about. So an entry that has none of the symptoms that a question names is taken to be less likely
than its other words make it. Imports `knowledge.words`.
"""

from collections.abc import Iterable

from knowledge.words.text import stem

_SAID = """
    abort aborted aborting aborts assertion black blank bogus broken bug bugs busy corrupt corrupted crash
    crashed crashes crashing deadlock deadlocks denied die died dies drops endless error errors fail
    failed failing fails failure failures fatal forbidden freeze freezes frozen garbage garbled hang
    hanging hangs hung invalid leak leaking leaks lockup lockups mangled nil oops overflow panic panicked
    panics permitted refused refuses reject rejected rejects segfault segfaults slow stall stalled stalls
    stuck timeout timeouts traceback undefined unexpected unreachable unresponsive wrong zombie zombies
"""
WORDS = frozenset(_SAID.split())
"""As they are written. None that often means something else, as a block device does."""


def symptoms(words: Iterable[str]) -> frozenset[str]:
    """The terms of those of these words that say that something goes wrong."""
    return frozenset(stem(word) for word in words if word in WORDS)
