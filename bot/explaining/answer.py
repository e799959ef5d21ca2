"""An answer as a terminal shows it, and at length how it came about.

Imports of ours: `bot.explaining`, values of the desk, `knowledge`.
"""

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from bot.desk.offering import CHOICES
from bot.explaining.account import (
    LABELS,
    Account,
    found_by,
    in_force,
    percent,
    share,
    unexplained,
    why,
    words_of,
)
from bot.explaining.screen import head, rows, say
from knowledge.candidates import HINT
from knowledge.confidence import Band
from knowledge.index import Match
from knowledge.questions import Word


def print_answer(console: Console, account: Account) -> None:
    """What the asker would be told: the answer, the candidates, or that a person has to be found."""
    finding = account.finding
    if finding.empty:
        say(console, "Nothing in this could be looked up: ask in a few more words.")
    elif finding.band is Band.ANSWER:
        match = finding.matches[0]
        say(console, match.answer.short)
        facts = [f"for {match.holds_for}" if match.holds_for else "", match.answer.source]
        if match.entry.verified is not None:
            facts.append(f"verified {match.entry.verified.on} by {match.entry.verified.by}")
        say(console, " · ".join(fact for fact in facts if fact), "dim")
        if match.contested:
            asked = f"It differs for others: say which {match.ask_for or 'version'} is yours."
            say(console, asked, "yellow")
        if match.answer.text:
            say(console, "\n" + textwrap.indent(match.answer.text.strip(), "  ") + "\n")
        because = "; ".join(match.reasons) or "no reason was kept"
        say(console, f"{match.entry.id}, {percent(match.probability)} sure: {because}", "dim")
    elif finding.band is Band.OFFER:
        say(console, "Not sure enough to answer. Did you mean:")
        likely = [match for match in finding.matches if match.probability >= account.limits.offer]
        console.print(_offered(likely[:CHOICES]))
    elif account.overheard:
        say(console, "The desk would say nothing: it is not sure enough to speak unasked.")
    else:
        say(console, "The knowledge base does not answer this; the desk would look for a person.")


def print_for_others(console: Console, others: Mapping[str, str]) -> None:
    """Entries that fit but for the version or the like, with what they hold for."""
    for entry, holds_for in others.items():
        say(console, f"{entry} fits, but holds for {holds_for} only")


def print_search(console: Console, account: Account) -> None:
    """How the answer came about: what was read, the candidates with what spoke for and against each, how the
    probability of the first is made up, and what follows from it."""
    finding = account.finding
    head(console, "How it was read")
    for wrong, right in finding.repairs:
        say(console, f"`{wrong}` was taken for `{right}`")
    facets = ", ".join(f"{facet} {value}" for facet, value in finding.facets.items())
    say(console, f"known of the case: {facets or 'no version, toolstack or the like'}")
    head(console, "What the knowledge base has")
    if finding.matches:
        say(
            console,
            f"Found {found_by(account)}. After each word: how much of the "
            "question it is, a rare word being more.",
            "dim",
        )
        console.print(_candidates(finding.matches))
    else:
        say(console, "nothing that has anything to do with it")
    first = account.leading
    if first is not None:
        head(console, f"How sure {first.entry.id} is")
        console.print(_sum(account, first))
    head(console, "What follows")
    say(console, f"{_FOLLOWS[finding.band, account.overheard]}: {why(account)}.")
    say(console, f"In force: {in_force(account)}.", "dim")


_SEEN = 0.005  # what is printed as 0.01

_FOLLOWS = {
    (Band.ANSWER, False): "answer",
    (Band.OFFER, False): "offer",
    (Band.ROUTE, False): "route",
    (Band.ANSWER, True): "answer",
    (Band.ROUTE, True): "say nothing",
}


def _offered(matches: Iterable[Match]) -> Table:
    """Candidates as they are offered: number, how sure, the question and its short answer in full."""
    made = rows("right", "right")
    for number, match in enumerate(matches, 1):
        body = Text.assemble((match.entry.headline, "bold"), "\n", match.answer.short)
        made.add_row(str(number), percent(match.probability), body)
    return made


def _candidates(matches: Iterable[Match]) -> Table:
    """Each match with what spoke for it and against it, line by line."""
    made = rows("right")
    for match in matches:
        spoke = rows("left")
        for label, text, style in _spoke(match):
            spoke.add_row(Text(label, "dim"), Text(text, style))
        made.add_row(percent(match.probability), Group(Text(match.entry.id, "bold"), spoke))
    return made


def _spoke(match: Match) -> Iterator[tuple[str, str, str]]:
    """What spoke for a match and against it, as (label, what, style)."""
    words, candidate = words_of(match), match.grounds.candidate
    if words.nearest:
        yield "asks", f'"{candidate.nearest.text}"', ""
        yield "shares", _listed(words.nearest, match), "green"
    if words.elsewhere:
        yield "has", _listed(words.elsewhere, match), "yellow"
    if words.missing:
        yield "lacks", _listed(words.missing, match), "red"
    like = candidate.likeness
    if like is not None:
        asked, told, whole = map(_cosine, (like.asked, like.told, like.whole))
        yield "means", f"{asked} alike as a question, {told} as an answer, {whole} as a whole", ""
    for vote in match.grounds.votes:
        yield "votes", vote, ""


def _listed(words: Iterable[Word], match: Match) -> str:
    symptoms = unexplained(match)
    return ", ".join(
        f"{word.text} {percent(share(word, match))}{' (a symptom)' if word.text in symptoms else ''}"
        for word in words
    )


def _cosine(cosine: float) -> str:
    return percent(max(0.0, cosine))


def _sum(account: Account, match: Match) -> Table:
    """How the log-odds of a match add up; what adds next to nothing is left out."""
    made = rows("right", "right")
    made.add_row(Text("adds", "dim"), Text("is × weighs", "dim"), "")
    made.add_row(f"{account.calibration.bias:+.2f}", "", Text("to begin with", "dim"))
    for each in account.weighed(match):
        if abs(each.adds) >= _SEEN:
            style = "green" if each.adds > 0 else "red"
            times = Text(f"{each.value:.2f} × {each.weight:.2f}", "dim")
            made.add_row(Text(f"{each.adds:+.2f}", style), times, Text(LABELS[each.measure]))
    sure = percent(account.added_up(match))
    made.add_row(Text(f"{account.log_odds(match):+.2f}", "bold"), "", f"the logarithm of its odds: {sure}")
    if account.by_evidence(match) < account.added_up(match):
        made.add_row("", "", f"one plain word is a hint, and no more than {percent(HINT)} sure")
    if match.probability < account.by_evidence(match):
        made.add_row("", "", f"after what askers said of it: {percent(match.probability)}")
    return made
