"""What an asker tells of themself once, so that it need not be said with every question: `my xen 4.17`.

It belongs to an account, is told to nobody else, and is forgotten after a year, when it is no longer so. What
a question says goes before it. A line that merely begins like the command ("my xen 4.17 does not build") is a
question; `read_so` tells the two apart.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.desk import prompting, replies
from bot.desk.case import Case, complain, say
from bot.desk.effects import Effect, SaveFacet
from bot.desk.events import Heard
from bot.desk.model import CONTROL
from bot.desk.reference import Reference
from bot.desk.said import Said
from bot.desk.statements import like_my, stated
from knowledge.facets import FacetKind, still_declared, value_of

MINE, FORGET = "my", "forget"

_EVERYTHING = frozenset({"all", "everything", "me"})


def read_so(said: Said, reference: Reference) -> Said:
    """The line as the command that it is, or as the plain text that merely begins like one."""
    if said.command not in {MINE, FORGET}:
        return said
    if said.addressed and (said.usage or _is_command(said, reference.facets)):
        return said
    return replace(said, command=None, args={}, usage=False)


def my(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`my xen 4.17` is remembered, and where an answer waits for it, that is told; `my` lists it all."""
    kinds = case.reference.facets
    if heard.venue.network == CONTROL or not kinds:
        return [*complain(case, heard, replies.no_facets())]
    kind, text = _named(kinds, said.args.get("facet", "")), said.args.get("text")
    if kind is None or text is None:
        known = still_declared(case.facts.facets, kinds)
        if kind is not None:
            told = replies.what_is_known_of(kind.name, known.get(kind.name))
        else:
            told = replies.what_is_known(known, kinds[0].name)
        return [*say(case, heard.venue, told, to=heard.speaker)]
    value = value_of(kind, text)
    if value is None:
        return [*complain(case, heard, replies.no_such_value(kind.name, text, kind.choices))]
    narrowed = prompting.narrowed(case, heard, Said(f"{kind.name} {value}", named=True)) or []
    if not heard.speaker.account:
        return [*complain(case, heard, replies.only_accounts()), *narrowed]
    return [
        SaveFacet(heard.speaker.key, kind.name, value),
        *say(case, heard.venue, replies.remembered(kind.name, value), to=heard.speaker),
        *narrowed,
    ]


def forget(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`forget xen`, or `forget` for everything that was told with `my`."""
    name = said.args.get("facet", "").casefold()
    kind = _named(case.reference.facets, name)
    known = case.facts.facets
    gone = [facet for facet in known if not name or name in _EVERYTHING or (kind and kind.name == facet)]
    if not gone:
        return [*complain(case, heard, replies.nothing_to_forget())]
    return [
        *(SaveFacet(heard.speaker.key, facet, None) for facet in gone),
        *say(case, heard.venue, replies.forgotten({facet: known[facet] for facet in gone}), to=heard.speaker),
    ]


def of_oneself(case: Case, heard: Heard, text: str) -> list[Effect] | None:
    """A line to the desk that asks nothing: it only states facets (`i use xen 4.17`), or tries to tell what
    cannot be remembered (`my foo 3`). None where it is neither."""
    kinds = case.reference.facets
    if not kinds or heard.venue.network == CONTROL:
        return None
    facets = stated(text, kinds)
    if facets:
        shown = replies.shall_i_remember(facets) if heard.speaker.account else replies.only_accounts()
        return [*complain(case, heard, shown)]
    if like_my(text):
        return [*complain(case, heard, replies.can_remember({kind.name: kind.choices for kind in kinds}))]
    return None


def _is_command(said: Said, kinds: Iterable[FacetKind]) -> bool:
    name, text = said.args.get("facet"), said.args.get("text")
    if name is None:
        return True
    kind = _named(kinds, name)
    if said.command == FORGET:
        return kind is not None or name.casefold() in _EVERYTHING
    if kind is None:
        return False
    if text is None or value_of(kind, text) is not None:
        return True
    # Nearly a value: a word that is none is worth a complaint, more of them are a question.
    return len(text.split()) == 1 and (kind.choices is not None or any(map(str.isdigit, text)))


def _named(kinds: Iterable[FacetKind], name: str) -> FacetKind | None:
    name = name.casefold()
    return next(
        (kind for kind in kinds if name in {each.casefold() for each in (kind.name, *kind.words)}), None
    )
