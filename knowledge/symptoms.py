"""Words for things that go wrong.

Two questions about one thing differ most where one of them says what happens to it: "how do I restart
xendomains" is answered by another entry than "xendomains hangs at shutdown". In sets of general questions
such words say no more than others, since hardly anything fails there; in a packagers' channel they are what a
question is about. So an entry that has none of the symptoms that a question names is taken to be less likely
than its other words make it. Imports `knowledge.words`.
"""

from collections.abc import Collection

from knowledge.words.text import stem

_SAID = """
    abort aborted aborts assertion bad black blank blocked bogus broken bug busy collide conflict corrupt
    corrupted crash crashed crashes crashing deadlock denied die died dies drops empty endless error
    errors fail failed failing fails failure fatal forbidden freeze freezes frozen garbage garbled hang
    hanging hangs hung invalid leak leaks lockup lost mangled misaligned nil null oops overflow panic
    panics refused refuses reject rejected segfault segfaults slow stale stall stalls stuck throttled
    timeout timeouts times traceback undefined unexpected unreachable unresponsive unsupported warning
    wrong zombie
"""
WORDS = frozenset(_SAID.split())
"""As they are written."""

_TERMS = frozenset(map(stem, WORDS))


def symptoms(terms: Collection[str]) -> frozenset[str]:
    """Those of these terms that say that something goes wrong."""
    return _TERMS.intersection(terms)
