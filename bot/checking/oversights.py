"""What works and is worth a look all the same: oversights in a configuration and in a map, as warnings.

Each is (place, sentence), the place being a path in the document. What stands in a part of a file that has an
error is passed over: it will look different once the error is mended. Pure: what is in the files that a
configuration names is looked at by `bot.checking.configuration`.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from bot.config import Settings, no_network
from knowledge.complaints import suggestion
from knowledge.documents import Location
from routing.health import here_or_around, unreachable
from routing.parts import Combined
from routing.people import Person
from routing.presence import fold
from routing.sections import Section

Oversight: TypeAlias = tuple[Location, str]

FEW = 8
"""As many oversights of one kind in a map are told one by one; a map of two thousand people has that many."""
SHOWN = 3
"""Of more, so many names."""


def in_settings(settings: Settings, left_out: Iterable[Location]) -> Iterator[Oversight]:
    """Oversights in a configuration, of which `left_out` are the places that have errors."""
    wrong = frozenset(left_out)
    if not any(settings.desk.operators.values()) and not _touched(("desk", "operators"), wrong):
        yield ("desk", "operators"), "desk.operators: there are none: orders are taken on this machine only"
    for name, network in settings.irc.items():
        at: Location = ("networks", name)
        # Where they are wrong they are left out: no more is known of them.
        servers = network.in_turn
        for index, server in enumerate(servers):
            if server.readable:
                key: Location = ("servers", index, "tls") if network.servers else ("tls",)
                said = "without it whoever carries the lines can read and change them"
                yield (*at, *key), f"{'.'.join(map(str, (*at, *key)))}: {said}"
        shown = network.operator is not None or network.realname is not None
        known = all(server.local for server in servers) or _touched((*at, "operator"), wrong)
        if not shown and not known:
            yield (
                (*at, "operator"),
                f"networks.{name}.operator: nothing says who runs the desk, and networks ask that of a bot: "
                "set `operator`, or a `realname` that says it",
            )
        if not network.channels and not _touched((*at, "channels"), wrong):
            yield (
                (*at, "channels"),
                f"networks.{name}.channels: there are none: the desk is reached privately only",
            )


def in_map(map_: Combined, settings: Settings, networks: Iterable[str]) -> Iterator[Oversight]:
    """Oversights in a map, by itself and beside the settings; `networks` are the names of all that are
    configured."""
    if not map_.sections and not _touched(("sections",), map_.left_out):
        yield ("sections",), "sections: there are none: the desk can bring a question to nobody"
    peopled = here_or_around(map_.sections, lambda each: bool(_people_of(each)))
    deserted = [
        _deserted(section, map_)
        for name, section in map_.sections.items()
        if not (peopled[name] or section.orphan or _touched(("sections", name), map_.left_out))
    ]
    yield from _few(deserted, "sections", "have neither maintainers nor reviewers, and are no orphans")
    configured = tuple(networks)
    told: set[str] = set()
    for oversights, meaning in _of_people(map_, settings, configured):
        several = tuple(_few(oversights, "people", meaning))
        told |= {str(place[1]) for place, _ in several if len(place) > 1}
        yield from several
    # What is wrong in a map may be what somebody is reached by.
    stranded = unreachable(map_.sections, map_.people, configured) if not map_.errors else ()
    # Where each of its people is told, it is told of the section.
    names = [name for name in stranded if not told.issuperset(_people_of(map_.sections[name]))]
    if names:
        yield (
            ("sections",),
            f"sections: of {_counted(len(names), 'section')} nobody can be pinged, nor of those around them: "
            + _shown(names),
        )
    # What an overlay adds stands behind what the source itself has.
    own = {
        part.named(name): len(each.channels) for part in map_.parts for name, each in part.sections.items()
    }
    channels = [
        (("sections", name, "channels", index), channel)
        for name, section in map_.sections.items()
        for index, channel in enumerate(section.channels[: own.get(name, 0)])
    ]
    yield from in_channels(channels, configured)
    if map_.mail is None and not _touched(("mail",), map_.left_out):
        yield ("mail",), "mail: there is no list: a question for which nobody is left expires"


def in_channels(channels: Iterable[tuple[Location, str]], networks: Iterable[str]) -> Iterator[Oversight]:
    """Channels of sections, each with its place, whose network looks like a mistyped one of the configured
    `networks`."""
    configured = tuple(networks)
    mistyped = [
        (place, f"sections.{place[1]}.channels: {no_network(network, configured)}")
        for place, channel in channels
        if _mistyped(network := channel.partition(" ")[0], configured)
    ]
    yield from _few(mistyped, "sections", "have channels on a network that looks mistyped")


def _touched(place: Location, wrong: Iterable[Location]) -> bool:
    """Whether something is wrong with what stands at `place`, within it, or around it."""
    return any(each[: len(place)] == place[: len(each)] for each in wrong if each)


def _deserted(section: Section, map_: Combined) -> Oversight:
    """A section for which nobody is asked, nor for those around it, and which does not say that it is so."""
    alone = section.inside is None or section.inside not in map_.sections
    others = "and it is not an orphan by its status" if alone else "and no section around it has"
    return (
        ("sections", section.name),
        f"sections.{section.name}: has neither maintainers nor reviewers, {others}",
    )


def _of_people(
    map_: Combined, settings: Settings, networks: tuple[str, ...]
) -> Iterator[tuple[list[Oversight], str]]:
    """Oversights about people, one kind after the other, with what they are called together."""
    duties = _duties(map_)
    elsewhere = _rights(settings)
    mistyped: list[Oversight] = []
    never: list[Oversight] = []
    idle: list[Oversight] = []
    for who, person in map_.people.items():
        if _touched(("people", who), map_.left_out):
            continue
        needed = who in duties or person.reads_back
        for place, said in _out_of_reach(person, networks, needed=needed):
            if len(place) > 2 and _mistyped(str(place[-1]), networks):
                mistyped.append((place, said))
            elif not (map_.errors and map_.overlaid):  # what is wrong may have been to give them one
                never.append((place, said))
        # Where a name in the map is wrong, it may be theirs.
        if (
            not needed
            and not map_.errors
            and elsewhere.isdisjoint((n, fold(account)) for n, account in person.accounts.items())
        ):
            idle.append((("people", who), f"people.{who}: no section names them, and they are no triager"))
    yield mistyped, "have accounts on a network that looks mistyped"
    yield (
        never,
        f"have no account on a configured network ({', '.join(networks)}): an `overlay` gives them one",
    )
    yield idle, "are named by no section, and are no triagers"


def _few(oversights: list[Oversight], kind: str, together: str) -> Iterator[Oversight]:
    """Each by itself, where there are few; else all of them in one, with the first that are meant."""
    if len(oversights) <= FEW:
        yield from oversights
        return
    names = list(dict.fromkeys(str(place[1]) for place, _ in oversights))
    yield (kind,), f"{kind}: {len(names):,} {together}: {_shown(names)}"


def _shown(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN:,} more (`pkgdesk map health`)" if len(names) > SHOWN else "")


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def _people_of(section: Section) -> tuple[str, ...]:
    return (*section.maintainers, *section.reviewers)


def _duties(map_: Combined) -> frozenset[str]:
    """Whoever may be asked because something names them."""
    of_sections = (who for each in map_.sections.values() for who in (*_people_of(each), *each.triagers))
    return frozenset((*of_sections, *map_.triagers))


def _rights(settings: Settings) -> frozenset[tuple[str, str]]:
    """The accounts of operators and editors, as (network, folded account)."""
    given = (settings.desk.operators, settings.desk.editors)
    return frozenset(
        (network, fold(account))
        for accounts in given
        for network, names in accounts.items()
        for account in names
    )


def _out_of_reach(person: Person, networks: tuple[str, ...], *, needed: bool) -> Iterator[Oversight]:
    """Accounts on networks that are not configured. Another desk may have use for them, so they are told only
    where the name looks mistyped, or where there is no other."""
    never = needed and not set(person.accounts) & set(networks)
    for network in person.accounts:
        if network not in networks and (never or _mistyped(network, networks)):
            at = ("people", person.id, "accounts", network)
            said = f"people.{person.id}.accounts: {no_network(network, networks)}"
            yield at, said + (", so they can never be pinged" if never else "")
    if never and not person.accounts:
        yield ("people", person.id), f"people.{person.id}: has no account, so they can never be pinged"


def _mistyped(network: str, networks: Iterable[str]) -> bool:
    """Whether a name is none of the `networks`, and near one."""
    meant = {each: each for each in networks}
    return network not in meant and bool(suggestion(network, meant))
