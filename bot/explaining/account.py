"""The account of a finding: what spoke for each match and against it, what that weighs, and why the desk
answers, offers, or does neither. Values and sentences; nothing is printed here.

Pure. Imports of ours: `bot.consult`, values of the desk, `knowledge`.
"""

from dataclasses import dataclass

from bot.consult import thresholds
from bot.desk.model import Finding
from bot.desk.reference import Reference
from bot.desk.settings import DeskSettings
from knowledge.candidates import HINT, Spoken, is_hint, spoken
from knowledge.confidence import MEASURES, Band, Calibration, Thresholds
from knowledge.index import Match
from knowledge.questions import Word

LABELS = {
    "overlap": "words shared with the nearest phrasing, of all in either",
    "covered": "words that the entry has anywhere",
    "phrased": "words that its phrasings have",
    "score": "words that it shares, by how often it has them (BM25)",
    "margin": "how far it is ahead of the next, as a share",
    "repaired": "words that had to be repaired",
    "substance": "how much the shared words say",
    "corroborated": "how much they say besides the strongest of them",
    "unexplained": "symptoms that it says nothing of",
    "clear": "how far it is above all others",
    "alike": "likeness to the nearest phrasing, by the model",
    "unusual": "the same, beside what is usual in this base",
    "told": "likeness to the answer, by the model",
    "lead": "how far it is ahead of the next, with the model",
}
"""The measures of `Evidence`, in the words of whoever looks after a base."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """One measure of a match: `adds` to the logarithm of the odds that it is right, its value times the
    weight that the calibration gives it."""

    measure: str
    value: float
    weight: float

    @property
    def adds(self) -> float:
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Account:
    """A finding with what it was judged by. `limits`: the thresholds in force. `learned`: the calibration was
    learned from the base, and is not the one that is shipped. `model`: the name of the sentence model, None
    for words alone."""

    finding: Finding
    settings: DeskSettings
    limits: Thresholds
    calibration: Calibration
    learned: bool
    model: str | None
    overheard: bool

    @classmethod
    def of(cls, finding: Finding, reference: Reference, *, overheard: bool = False) -> "Account":
        """The account of what `consult` found by this reference."""
        index = reference.knowledge.index
        return cls(
            finding,
            reference.settings,
            thresholds(reference, overheard=overheard),
            index.calibration,
            index.calibration != index.prior,
            index.meaning.encoder.name if index.meaning is not None else None,
            overheard,
        )

    @property
    def wanted(self) -> tuple[str, float]:
        """The setting that says from where on the desk answers, and what it says."""
        if self.overheard and self.settings.overheard_at > self.settings.answer_at:
            return "overheard_at", self.settings.overheard_at
        return "answer_at", self.settings.answer_at

    @property
    def raised(self) -> bool:
        """Whether the base is stricter than the settings."""
        return self.limits.answer > self.wanted[1]

    @property
    def leading(self) -> Match | None:
        """The match that would come first without any vote: it is answered, or none is."""
        return max(self.finding.matches, key=lambda match: match.grounds.candidate.score, default=None)

    def by_evidence(self, match: Match) -> float:
        """How probable a match is without any vote."""
        added = self.added_up(match)
        return min(HINT, added) if hints_only(match) else added

    def added_up(self, match: Match) -> float:
        """The probability that the measures add up to; of a mere hint it is not believed."""
        return self.calibration.probability(match.evidence)

    def weighed(self, match: Match) -> list[Weighed]:
        """Every measure of a match, the one that adds or takes the most first."""
        values = zip(MEASURES, match.evidence.vector(), self.calibration.weights, strict=True)
        return sorted((Weighed(*each) for each in values), key=lambda each: -abs(each.adds))

    def log_odds(self, match: Match) -> float:
        """What the measures add up to, from the bias on."""
        return self.calibration.logit(match.evidence)


def hints_only(match: Match) -> bool:
    """Whether one plain word is all that speaks for a match."""
    return is_hint(match.grounds.question, match.grounds.candidate)


def words_of(match: Match) -> Spoken:
    """The words of the question as they spoke for the match and against it."""
    return spoken(match.grounds.question, match.grounds.candidate)


def share(word: Word, match: Match) -> float:
    """How much a word says, as a share of what all words of the question say."""
    return word.says / (match.grounds.question.says or 1.0)


def unexplained(match: Match) -> list[str]:
    """The words for what goes wrong of which the entry says nothing."""
    question, candidate = match.grounds.question, match.grounds.candidate
    symptoms = question.symptoms - candidate.covered
    return [word.text for word in question.words if not symptoms.isdisjoint(word.terms)]


# --- sentences ----------------------------------------------------------------------------------------


def percent(share: float) -> str:
    """Rounded, but never to a certainty that is none."""
    if 0.0 < share < 0.01:
        return "<1 %"
    return f"{share * 100:.0f} %" if share == 1.0 else f"{min(99, round(share * 100))} %"


def found_by(account: Account) -> str:
    """By what entries are found, and where the weights come from."""
    by = f"words and the sentence model {account.model}" if account.model else "words alone"
    if account.learned:
        return f"by {by}; what weighs how much was learned from this base"
    return f"by {by}; what weighs how much is as shipped: this base has too few phrasings to learn it from"


def in_force(account: Account) -> str:
    """The thresholds, and who set them."""
    limits = account.limits
    setting, wanted = account.wanted
    whose = f" (desk.{setting})" if not account.raised else ""
    offering = (
        "to what nobody addressed to it, it offers nothing"
        if account.overheard
        else f"it offers from {percent(limits.offer)} on (desk.offer_at)"
    )
    said = (
        f"the desk answers by itself from {percent(limits.answer)} on{whose}, where the next is "
        f"{percent(limits.gap)} behind (desk.gap); {offering}"
    )
    if account.raised:
        said += (
            f". This base is stricter than desk.{setting}, which is {percent(wanted)}: when it was asked its "
            "own phrasings, nine of ten answers were right only from there on"
        )
    return said


def why(account: Account) -> str:
    """Why the desk answers, or does not."""
    finding, limits = account.finding, account.limits
    if finding.empty:
        return "there is no word in it that could be looked up"
    first = account.leading
    if first is None:
        return "no entry has anything to do with it"
    name, sure = first.entry.id, account.by_evidence(first)
    others = [match for match in finding.matches if match is not first]
    near = max(others, key=account.by_evidence, default=None)
    if finding.band is Band.ANSWER:
        behind = "there is no other"
        if near is not None:
            behind = f"the next, {near.entry.id}, is far enough behind ({percent(account.by_evidence(near))})"
        return f"{name} is {beside(sure, limits.answer)[0]} sure, and {behind}"
    return f"{_unsure(account, first, near)}{_nothing_offered(account)}"


def _unsure(account: Account, first: Match, near: Match | None) -> str:
    limits, name, sure = account.limits, first.entry.id, account.by_evidence(first)
    if sure < limits.answer:
        low, needed = beside(sure, limits.answer)
        return f"{name} is {low} sure, and an answer needs {needed}"
    if near is not None and sure - account.by_evidence(near) < limits.gap:
        one, other = beside(sure, account.by_evidence(near))
        return (
            f"{name} is {one} sure and {near.entry.id} {other}, and an answer needs {percent(limits.gap)} "
            "between them"
        )
    one, other = beside(sure, first.probability)
    return f"{name} would be {one} sure, and is {other} after what askers said of it"


def _nothing_offered(account: Account) -> str:
    if account.finding.band is Band.OFFER:
        return ""
    if account.overheard:
        return "; nobody addressed it to the desk, so nothing is offered"
    return f"; to be offered it would have to be {percent(account.limits.offer)} sure"


def beside(one: float, other: float) -> tuple[str, str]:
    """Two different shares, with as many digits as tell them apart."""
    if one == other or percent(one) != percent(other):
        return percent(one), percent(other)
    digits = next((n for n in range(1, 9) if f"{100 * one:.{n}f}" != f"{100 * other:.{n}f}"), 9)
    return f"{100 * one:.{digits}f} %", f"{100 * other:.{digits}f} %"
