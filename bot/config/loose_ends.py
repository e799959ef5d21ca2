"""What no schema can express: settings that do not fit each other; part of `bot.config`."""

from collections.abc import Iterable, Iterator

from bot.config.settings import Settings
from bot.desk.model import CONTROL
from knowledge.complaints import suggestion
from knowledge.documents import Document, Location, Problem


def loose_ends(settings: Settings, document: Document, left_out: frozenset[Location]) -> Iterator[Problem]:
    """What no schema can express; what was `left_out` because it is wrong is not compared with anything."""
    desk, networks = settings.desk, networks_named(document)
    for key, accounts in (("operators", desk.operators), ("editors", desk.editors)):
        for network in accounts:
            if network not in networks:
                message = f"desk.{key}: {no_network(network, networks)}"
                yield document.problem(("desk", key, network), message)
    if CONTROL in networks:
        message = f"networks.{CONTROL}: that is the name of the control socket; choose another"
        yield document.problem(("networks", CONTROL), message)
    yield from _of_bridged(settings, document, left_out)
    if desk.offer_at > desk.answer_at and ("desk", "answer_at") not in left_out:
        message = f"desk.offer_at: must be at most answer_at, which is {desk.answer_at}"
        yield document.problem(("desk", "offer_at"), message)
    # What was left out of a list has moved the rest of it; and a group that is wrong is one all the same.
    right = not any(each[:1] == ("control",) for each in left_out)
    for place, said in settings.control.loose_ends() if right else ():
        yield document.problem(("control", *place), said)
    for name, facet in settings.facets.items():
        if facet.choices is not None and (facet.words or facet.bare):
            message = f"facets.{name}: `words` and `bare` are for versions, and it has `choices`"
            yield document.problem(("facets", name), message)


def networks_named(document: Document) -> tuple[str, ...]:
    """The names of the networks in a configuration, of those too that have something wrong with them."""
    networks = document.value.get("networks") if isinstance(document.value, dict) else None
    return tuple(networks) if isinstance(networks, dict) else ()


def no_network(name: str, networks: Iterable[str]) -> str:
    """The sentence for a name that is none of the `networks`."""
    meant = {each: each for each in networks}
    allowed = f" (configured: {', '.join(meant)})" if meant else ""
    return f"there is no network `{name}`{suggestion(name, meant)}{allowed}"


def _of_bridged(settings: Settings, document: Document, left_out: frozenset[Location]) -> Iterator[Problem]:
    """What is said of venues that a bridge makes one has to fit the venues."""
    if any(each[:1] in {("bridged",), ("networks",)} for each in left_out):
        return
    known = {venue.key: venue for venue in settings.venues}
    seen: set[tuple[str, str]] = set()
    for at, each in enumerate(settings.bridged):
        place = f"bridged[{at}].venues"
        found = [known[key] for key in each.keys if key in known]
        for index, (written, key) in enumerate(zip(each.venues, each.keys, strict=True)):
            said = ""
            if key not in known:
                near = suggestion(
                    written, {name: name for name in (f"{v.network}/{v.name}" for v in known.values())}
                )
                said = f"the desk sits in no `{written}`{near}; write NETWORK/NAME as in `networks`"
            elif key in seen:
                said = f"`{written}` is bridged already; name all that are one together"
            seen.add(key)
            if said:
                yield document.problem(("bridged", at, "venues", index), f"{place}: {said}")
        if len({venue.network for venue in found}) < len(found):
            yield document.problem(("bridged", at, "venues"), f"{place}: must be on a network each")
        if len({venue.visibility for venue in found}) > 1:
            said = "what is said in one is read in all, so their `visibility` must be the same"
            yield document.problem(("bridged", at, "venues"), f"{place}: {said}")
