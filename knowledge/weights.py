"""How much each kind of evidence counts in the order of matches.

Every number was chosen on public sets (StackFAQ among 1,000 entries, NL2Bash, CLINC150), as typed and with
half of the words misspelt; `python -m benchmarks ablation` shows what each is worth. Imports nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights beside that of the words of phrasings, which is 1, and shares, from 0 to 1."""

    answers: float = 0.6
    """Of the words of answers. None of them costs 2 points of recall at 1 on StackFAQ and 5 on NL2Bash; with
    1 either loses one or two."""

    tags: float = 0.6
    """Of the words of tags, taken for those of an answer that is all keywords: no public set has any."""

    stops: float = 0.4
    """Of stop words, which only lift what other words have found: 4 points on StackFAQ and on CLINC."""

    nearness: float = 1.0
    """How much of its score an entry gains by a phrasing that is the question itself: a point; and what is
    asked as it is written finds its entry."""

    depending: float = 0.15
    """How much of its score an entry gains whose variants depend on a facet that the question names ("is 4.18
    still supported"): enough to come before one that says the same of every version."""

    compared: float = 0.4
    """Of "newer" and "older" in a question that names two versions of one thing."""

    words: float = 0.2
    """The share of the words beside what the sentence model says: 3 points over the model alone, 10 over the
    words alone."""

    told: float = 0.2
    whole: float = 0.5
    """Of what the sentence model says, the shares of the likeness to the answer, and to the entry read as one
    text, beside that to the nearest phrasing: 3 points of recall at 3 on NL2Bash, where the answer says more
    than the question; less of the whole is worth half a point of recall at 1 elsewhere."""

    repair: bool = True
    """Whether misspelt words are repaired: 20 points where half of them are."""


CHOSEN = Weights()
"""What the desk uses."""
