"""The one caller of knowledge and routing: chat, command line and evaluation all ask here.

`consult` is a pure function of a text and a reference; it is the slow part of the river (milliseconds), and
so it is run off the event loop.
"""

from collections.abc import Mapping

from bot.desk.model import Finding
from bot.desk.reference import Reference
from knowledge.confidence import Band, Thresholds
from knowledge.facets import choose_answer, describe
from knowledge.votes import settled
from routing.candidates import candidates as likely
from routing.candidates import whose

NAMES_A_THING = 200
"""Characters up to which a text may name a section, a path or a subject, instead of asking a question."""


MATCHES = 5
"""Matches that are told."""


def consult(
    text: str,
    facets: Mapping[str, str] | None,
    reference: Reference,
    limit: int = MATCHES,
    *,
    overheard: bool = False,
) -> Finding:
    """What the base and the map know about `text`.

    `facets`: what is known of the asker besides what the text says ({"xen": "4.17"}). `overheard`: nobody
    said it to the desk; then it is answered only where the desk is surer than usual, and nothing is offered.
    The section of the best entries is taken as a hint to whom the question belongs, even where they are too
    unlikely to be told.
    """
    search = reference.knowledge.index.search(text, facets, limit)
    what, matches = settled(search.matches, search.evident, thresholds(reference, overheard=overheard))
    if search.empty or (overheard and what is Band.OFFER):
        what = Band.ROUTE
    near = matches[0] if matches else None
    least = reference.settings.offer_at / 2
    hint = near.entry.section if near is not None and near.probability >= least else None
    if len(text) <= NAMES_A_THING:
        candidates, owners = whose(reference.map, text, reference.precedent, hint)
    else:
        candidates, owners = likely(reference.map, text, reference.precedent, hint), ()
    return Finding(
        text=text,
        band=what,
        matches=matches,
        candidates=candidates,
        repairs=search.repairs,
        facets=search.facets,
        empty=search.empty,
        owners=owners,
    )


def thresholds(reference: Reference, *, overheard: bool = False) -> Thresholds:
    """Where the bands begin for this base: as the settings say, or higher where the base has taught so."""
    settings = reference.settings
    answer = max(settings.answer_at, settings.overheard_at) if overheard else settings.answer_at
    wanted = Thresholds(answer=answer, offer=settings.offer_at, gap=settings.gap)
    return reference.knowledge.index.calibration.strictly(wanted)


def for_others(finding: Finding, reference: Reference) -> dict[str, str]:
    """The entries that the desk would have offered, had the asker not another version or the like: for whom
    they hold instead, in words, by their ids."""
    if finding.empty:
        return {}
    found = reference.knowledge.index.search(finding.text, finding.facets, regardless=True).matches
    return {
        match.entry.id: " or ".join(describe(answer.applies) for answer in match.entry.answers)
        for match in found
        if match.probability >= reference.settings.offer_at
        and choose_answer(match.entry, finding.facets) is None
    }
