"""Whom the commits of a draft name."""

import re
from dataclasses import replace

from bot.publishing.base import Signature
from knowledge.drafts import Draft
from routing.sections import MaintainersMap

_ODD = re.compile(r"[^a-z0-9._-]+", re.IGNORECASE)
_CRUD = re.compile(r"[\x00-\x1f\x7f<>\\\"]+")
"""What git would take out of a name by itself."""


def signatures(draft: Draft, chart: MaintainersMap) -> tuple[Signature, Signature]:
    """The author's, with those of all who wrote it beside them or in it, and the reviewer's."""
    author = _signature(draft.author, draft.author_name, chart)
    others = [_signature(each.key, each.name, chart) for each in draft.co_authors]
    others += [_signature(key, "", chart) for key in draft.amended_by]
    beside = dict.fromkeys(other for other in others if other != author)
    author = replace(author, beside=tuple(beside))
    return author, _signature(draft.reviewer, draft.reviewer_name, chart)


def _signature(key: str, name: str, chart: MaintainersMap) -> Signature:
    """As the map knows them; else as they were called in chat, at an address that leads nowhere (RFC 2606),
    for git wants one."""
    network, kind, account = (*key.split("/", 2), "", "")[:3]
    person = chart.person_of(network, account) if kind == "account" else None
    shown = (
        _shown(person.name if person is not None else name)
        or (_shown(account) if kind == "account" else "")
        or "somebody"
    )
    if person is not None and person.email:
        return Signature(shown, person.email)
    local = _ODD.sub("-", account if kind == "account" else name).strip("-.")
    return Signature(shown, f"{local or 'somebody'}@{_ODD.sub('-', network).strip('-.') or 'chat'}.invalid")


def _shown(name: str) -> str:
    return " ".join(_CRUD.sub(" ", name).split()).strip(" .,:;'")[:100]
