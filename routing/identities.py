"""Who is one and the same in several sources: people by their addresses, under one id each.

A source that people write by hand chooses ids, and those stand. A MAINTAINERS file has none: its reader makes
them of addresses, and where one is taken already, or wanted by an overlay, another is made. Two people of two
sources are one where they have an address in common, in whichever case it is written, or an id that was
chosen in both. What the first source says of somebody holds; the others fill what it leaves open.

Built while a map is put together, and thrown away then. Imports of ours: what a person is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from routing.names import Names
from routing.people import Person, Pings
from routing.sections import Location

_NO_ID = re.compile(r"[^A-Za-z0-9_.-]+|^[^A-Za-z0-9]+")


@dataclass(slots=True, eq=False)
class Somebody:
    """One person so far. `chosen`: whether the id was somebody's choice; `homes`: which document (by its
    place in the order of reading) says this of them, and where in it, by what of them it says: `()` for
    themselves, `("hours",)`, `("accounts", "libera")`."""

    person: Person
    chosen: bool
    homes: dict[Location, tuple[int, Location]] = field(default_factory=dict)
    also: "Somebody | None" = None
    """Who they turned out to be."""

    @property
    def truly(self) -> "Somebody":
        """Who they are, after all that they turned out to be."""
        somebody = self
        while somebody.also is not None:
            somebody = somebody.also
        return somebody


class Everybody:
    """The people of all sources, in the order in which they came."""

    def __init__(self) -> None:
        self._all: list[Somebody] = []
        self._by_id: dict[str, Somebody] = {}
        self._folded: dict[str, Somebody] = {}
        self._by_email: dict[str, Somebody] = {}

    def __iter__(self) -> Iterator[Somebody]:
        return (each for each in self._all if each.also is None)

    def of_id(self, id_: str) -> Somebody | None:
        return _truly(self._by_id.get(id_))

    def of_email(self, address: str) -> Somebody | None:
        return _truly(self._by_email.get(address.casefold()))

    def called(self, name: str) -> Somebody | None:
        """Whoever has that id or that address."""
        return self.of_id(name) or (self.of_email(name) if "@" in name else None)

    def near(self, name: str) -> str | None:
        """What may be meant by an address or an id that nobody has."""
        if "@" not in name:
            return Names.of(self._by_id).near(name)
        near = Names.of(self._by_email).near(name)
        # Addresses of one domain look alike.
        local = Names.of([near.partition("@")[0]]).near(name.partition("@")[0]) if near else None
        return near if local else None

    def meet(self, person: Person, home: tuple[int, Location], *, chosen: bool) -> Somebody:
        """The person of a source: whoever they are already, or somebody new. Two people of one document are
        two. Raises `ValueError` for an id that was chosen for two people."""
        known = self.of_email(person.email) if person.email else None
        if known is not None and known.homes[()][0] == home[0]:
            known = None
        namesake = self.of_id(person.id)
        if known is None and chosen and namesake is not None and namesake.chosen:
            if person.email and namesake.person.email:
                raise ValueError(_taken(person.id, namesake.person))
            known = namesake
        if known is None:
            return self._add(Somebody(person, chosen, _homes(person, home)))
        if chosen and not known.chosen and known.person.id != person.id:
            self.rename(known, person.id)
        _fill(known, person, home)
        if person.email:
            self._by_email.setdefault(person.email.casefold(), known)
        return known

    def rename(self, somebody: Somebody, id_: str) -> None:
        """Give them an id that was chosen. Raises `ValueError` where another was given it by choice."""
        other = self.of_id(id_) or _truly(self._folded.get(id_.casefold()))
        if other is not None and other is not somebody:
            if other.chosen:
                raise ValueError(_taken(id_, other.person))
            self._give_way(other)
        self._forget(somebody)
        somebody.person = replace(somebody.person, id=id_)
        somebody.chosen = True
        self._enter(somebody)

    def unite(self, somebody: Somebody, other: Somebody) -> None:
        """The other is the same person; whoever is so already stays as they are."""
        somebody, other = somebody.truly, other.truly
        if other is somebody:
            return
        _fill(somebody, other.person, None)
        somebody.homes = {**other.homes, **somebody.homes}
        other.also = somebody
        if other.chosen and not somebody.chosen:
            self._forget(other)
            self.rename(somebody, other.person.id)

    def id_for(self, address: str) -> str:
        """An id for somebody of whom only the address is known."""
        return _NO_ID.sub("-", address.partition("@")[0]).strip("-.")[:50] or "person"

    def _add(self, somebody: Somebody) -> Somebody:
        id_ = somebody.person.id
        other = _truly(self._folded.get(id_.casefold()))
        if other is not None and not somebody.chosen:
            somebody.person = replace(somebody.person, id=self._free(id_))
        elif other is not None and not other.chosen:
            self._give_way(other)
        self._all.append(somebody)
        self._enter(somebody)
        for address in (somebody.person.email, somebody.person.name):
            if address and "@" in address:  # a name is one where a format knows people as `@alice`
                self._by_email.setdefault(address.casefold(), somebody)
        return somebody

    def _give_way(self, somebody: Somebody) -> None:
        self._forget(somebody)
        somebody.person = replace(somebody.person, id=self._free(somebody.person.id))
        self._enter(somebody)

    def _enter(self, somebody: Somebody) -> None:
        self._by_id[somebody.person.id] = somebody
        self._folded[somebody.person.id.casefold()] = somebody

    def _forget(self, somebody: Somebody) -> None:
        self._by_id.pop(somebody.person.id, None)
        self._folded.pop(somebody.person.id.casefold(), None)

    def _free(self, id_: str) -> str:
        number = 2
        while f"{id_[:56]}-{number}".casefold() in self._folded:
            number += 1
        return f"{id_[:56]}-{number}"


def _truly(somebody: Somebody | None) -> Somebody | None:
    return None if somebody is None else somebody.truly


def _taken(id_: str, person: Person) -> str:
    who = f"{person.name} <{person.email}>" if person.email else person.name
    return f"the id `{id_}` already belongs to {who}; somebody else needs another"


def _nameless(person: Person) -> bool:
    """Whether the name is only what they are called by."""
    return person.name == person.id or "@" in person.name


def _homes(person: Person, home: tuple[int, Location]) -> dict[Location, tuple[int, Location]]:
    document, at = home
    return {(): home, **{("accounts", net): (document, (*at, "accounts", net)) for net in person.accounts}}


def _fill(somebody: Somebody, person: Person, home: tuple[int, Location] | None) -> None:
    """Take over what is not yet said of them."""
    known = somebody.person
    for place, where in _homes(person, home).items() if home is not None else ():
        somebody.homes.setdefault(place, where)
    nameless = _nameless(known) and not _nameless(person)
    somebody.person = replace(
        known,
        name=person.name if nameless else known.name,
        accounts={**person.accounts, **known.accounts},
        hours=known.hours or person.hours,
        budget=known.budget if known.budget is not None else person.budget,
        reads_back=known.reads_back or person.reads_back,
        pings=known.pings if known.pings is not Pings.PUBLIC else person.pings,
        email=known.email or person.email,
    )
