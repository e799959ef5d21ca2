"""A finding with its account, as what JSON can hold. The keys are documented in
docs/reference/command-line.md.

Imports of ours: `bot.explaining`, values of the desk, `knowledge`.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from bot.explaining.account import Account, share, unexplained, why, words_of
from bot.explaining.sections import candidate_data
from knowledge.index import Match
from knowledge.questions import Word

Data = dict[str, Any]


def finding_data(account: Account) -> Data:
    """The finding, and why the desk does what it does."""
    finding, settings, limits = account.finding, account.settings, account.limits
    return {
        "text": finding.text,
        "band": finding.band.value,
        "why": why(account),
        "empty": finding.empty,
        "overheard": account.overheard,
        "repairs": [{"from": wrong, "to": right} for wrong, right in finding.repairs],
        "facets": dict(finding.facets),
        "model": account.model,
        "thresholds": {
            "answer_at": settings.answer_at,
            "overheard_at": settings.overheard_at,
            "offer_at": settings.offer_at,
            "gap": settings.gap,
            "route_at": settings.route_at,
            "enough": round(account.calibration.enough, 4),
            "in_force": {name: round(value, 4) for name, value in asdict(limits).items()},
        },
        "calibration": {
            "learned": account.learned,
            "bias": round(account.calibration.bias, 4),
        },
        "matches": [_match_data(match, account) for match in finding.matches],
        "sections": [candidate_data(candidate) for candidate in finding.candidates],
    }


def _match_data(match: Match, account: Account) -> Data:
    verified, candidate = match.entry.verified, match.grounds.candidate
    like = candidate.likeness
    return {
        "entry": match.entry.id,
        "probability": round(match.probability, 4),
        "score": round(match.score, 4),
        "title": match.entry.headline,
        "short": match.answer.short,
        "text": match.answer.text,
        "source": match.answer.source,
        "holds_for": match.holds_for,
        "contested": match.contested,
        "ask_for": match.ask_for,
        "section": match.entry.section,
        "verified": {"on": verified.on.isoformat(), "by": verified.by, "for": verified.version}
        if verified
        else None,
        "reasons": list(match.reasons),
        "words": _words_data(match),
        "unexplained": unexplained(match),
        "likeness": {name: round(value, 4) for name, value in asdict(like).items()} if like else None,
        "votes": list(match.grounds.votes),
        "without_votes": round(account.by_evidence(match), 4),
        "log_odds": round(account.log_odds(match), 4),
        "evidence": {name: round(value, 4) for name, value in asdict(match.evidence).items()},
        "weighed": [
            {
                "measure": each.measure,
                "value": round(each.value, 4),
                "weight": round(each.weight, 4),
                "adds": round(each.adds, 4),
            }
            for each in account.weighed(match)
        ],
    }


def _words_data(match: Match) -> Data:
    words = words_of(match)

    def told(several: Iterable[Word]) -> list[Data]:
        return [{"word": word.text, "says": round(share(word, match), 4)} for word in several]

    return {
        "phrasing": match.grounds.candidate.nearest.text,
        "shared": told(words.nearest),
        "elsewhere": told(words.elsewhere),
        "missing": told(words.missing),
    }
