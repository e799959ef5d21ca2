"""One map of several sources, with overlays laid over it.

Each source is a part: sections and people as one file, or one set of files, has them. Put together:

* people are one where they have an address in common (`routing.identities`), and whoever names them by the
  id of their own file means them; a name that is none of the own file may be one of another;
* sections stand in the order of the sources. Two of one name in two sources are an error: they may lie in
  different trees. A part with a `prefix` has names of its own: `qemu: THE REST`;
* who owns a path is asked of each source by its own rules; the closest come first, whichever says so;
* `rest` and `mail` are those of the first source that has them; triagers are those of all;
* overlays come last and in their order, the later one having its way.

Whatever is wrong is told with the place of whoever said it. Pure: files are read by others. Imports of ours:
maps, and what an overlay says.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from knowledge.documents import MAX_PROBLEMS, DocumentError, in_order, one_line
from routing.filing import Lookup
from routing.formats.overlay import Overlay, PersonOverlay, SectionOverlay
from routing.identities import Everybody, Somebody
from routing.names import Names
from routing.parts import Combined, Part, Written, tree_of
from routing.people import Person, Pings
from routing.sections import MOST_SECTIONS, Location, Section, faults

MOST_FAULTS = 500
"""As many names that lead nowhere are told: what may be meant by each is looked for among all there are."""


def combine(parts: Sequence[Part], overlays: Sequence[Overlay] = ()) -> Combined:
    """One map of `parts`, of which there is at least one, with `overlays` laid over it. Raises
    `DocumentError` for more sections than anybody has, told at the first source that goes beyond."""
    together = 0
    for part in parts:
        if (together := together + len(part.sections)) > MOST_SECTIONS:
            message = (
                f"with this source the map has more than {MOST_SECTIONS:,} sections, the most that one may"
            )
            raise DocumentError([part.document.problem((), message)])
    return _Combining(parts, overlays).combined()


class _Combining:
    """One map in the making."""

    def __init__(self, parts: Sequence[Part], overlays: Sequence[Overlay]) -> None:
        self.parts = parts
        self.overlays = overlays
        self.all: tuple[Part | Overlay, ...] = (*parts, *overlays)
        self.documents: list[Written] = [each.document for each in self.all]
        self.found = [list(each.problems) for each in self.all]
        self.left_out: set[Location] = set()
        self.everybody = Everybody()
        self.known: list[dict[str, Somebody]] = [{} for _ in self.documents]
        self.sections: dict[str, Section] = {}
        self.homes: dict[Location, tuple[int, Location]] = {(): (0, ())}
        self.rest: str | None = None
        self.mail: str | None = None

    def combined(self) -> Combined:
        self._meet_people()
        for number, overlay in enumerate(self.overlays, start=len(self.parts)):
            self._lay_over_people(number, overlay)
        for number, part in enumerate(self.parts):
            self._add_sections(number, part)
            self._general(number, part.rest and part.named(part.rest), part.mail, first=True)
        for number, overlay in enumerate(self.overlays, start=len(self.parts)):
            self._lay_over_sections(number, overlay)
            self._general(number, overlay.written.rest, overlay.written.mail, first=False)
        people: dict[str, Person] = {}
        for somebody in self.everybody:
            people[somebody.person.id] = somebody.person
            for at, home in somebody.homes.items():
                self.homes["people", somebody.person.id, *at] = home
        triagers = self._triagers()
        for number, each in enumerate(self.all):
            self.left_out |= {self._as_combined(number, place) for place in each.left_out}
        homes = {at: (self.documents[number], place) for at, (number, place) in self.homes.items()}
        told = faults(self.sections, people, rest=self.rest, triagers=triagers)
        for at, sentence in islice(told, MOST_FAULTS):
            if at not in self.left_out:
                self._blame(at, sentence)
        return Combined(
            self.sections,
            people,
            self.rest,
            triagers,
            self.mail,
            self._lookups(),
            tree_of(self.parts),
            tuple(problem for found in self.found for problem in in_order(found)),
            frozenset(self.left_out),
            tuple(self.parts),
            bool(self.overlays),
            homes,
        )

    def _near(self, number: int, find: Callable[[], str | None]) -> str:
        """`, did you mean …?`, as long as few things are told of that document."""
        near = find() if len(self.found[number]) < MAX_PROBLEMS else None
        return f", did you mean `{near}`?" if near else ""

    def _tell(self, number: int, at: Location, sentence: str) -> None:
        self.found[number].append(self.documents[number].problem(at, one_line(sentence)))

    def _blame(self, at: Location, sentence: str) -> None:
        end = next(end for end in range(len(at), -1, -1) if at[:end] in self.homes)
        number, place = self.homes[at[:end]]
        self._tell(number, (*place, *at[end:]), sentence)

    # --- people ---------------------------------------------------------------------------------------

    def _meet_people(self) -> None:
        """Those of whose ids somebody has chosen them come first, so that these stand."""
        for chosen in (True, False):
            for number, part in enumerate(self.parts):
                if part.chosen_ids is chosen:
                    for who, person in part.people.items():
                        at: Location = ("people", who)
                        try:
                            met = self.everybody.meet(person, (number, at), chosen=chosen)
                        except ValueError as error:
                            self._tell(number, at, str(error))
                        else:
                            self.known[number][who] = met

    def _lay_over_people(self, number: int, overlay: Overlay) -> None:
        known = self.known[number]
        # All are found, and are one where they are, before anything is said of any, a new id for example.
        for key, said in overlay.written.people.items():
            if (somebody := self._meant(number, key, said)) is not None:
                known[key] = somebody
        for key in known:
            self._unite(number, key, overlay.written.people[key].also)
        seen: dict[Somebody, str] = {}
        for key in known:
            somebody = known[key] = known[key].truly
            if (before := seen.setdefault(somebody, key)) != key:
                there = self.documents[number].problem(("people", before), "").place
                sentence = (
                    f"`{key}` is the same person as `{before}` at {there}: say all of them in one place"
                )
                self._tell(number, ("people", key), sentence)
                continue
            try:
                self._say_of(number, key, somebody, overlay.written.people[key])
            except ValueError as error:
                self._tell(number, ("people", key, "id"), str(error))

    def _unite(self, number: int, key: str, also: Iterable[str]) -> None:
        for index, address in enumerate(also):
            if (other := self.everybody.of_email(address)) is not None:
                self.everybody.unite(self.known[number][key], other)
                continue
            hint = self._near(number, partial(self.everybody.near, address))
            at: Location = ("people", key, "also", index)
            self._tell(number, at, f"no source has the address `{address}`{hint}")

    def _meant(self, number: int, key: str, said: PersonOverlay) -> Somebody | None:
        if (somebody := self.everybody.called(key)) is not None:
            return somebody
        if said.name is None:
            hint = self._near(number, lambda: self.everybody.near(key)) or " (somebody new needs a `name`)"
            what = "address" if "@" in key else "person"
            self._tell(number, ("people", key), f"no source has the {what} `{key}`{hint}")
            return None
        made = self.everybody.id_for(key) if "@" in key else key
        person = Person(made, said.name, email=key if "@" in key else None)
        return self.everybody.meet(person, (number, ("people", key)), chosen="@" not in key)

    def _say_of(self, number: int, key: str, somebody: Somebody, said: PersonOverlay) -> None:
        at: Location = ("people", key)
        if said.id is not None:
            self.everybody.rename(somebody, said.id)
            somebody.homes[()] = (number, at)
        known = somebody.person
        somebody.person = replace(
            known,
            name=known.name if said.name is None else said.name,
            accounts={**known.accounts, **said.accounts},
            hours=known.hours if said.hours is None else said.hours,
            budget=known.budget if said.budget is None else said.budget,
            reads_back=known.reads_back if said.reads_back is None else said.reads_back,
            pings=known.pings if said.pings is None else Pings(said.pings),
        )
        for network in said.accounts:
            somebody.homes["accounts", network] = (number, (*at, "accounts", network))

    def _ids(self, number: int, names: Iterable[str]) -> tuple[str, ...]:
        """The ids of people as that document names them; what nobody is called stays as it is, to be told."""
        return tuple(dict.fromkeys(self._id(number, name) for name in names))

    def _id(self, number: int, name: str) -> str:
        somebody = self.known[number].get(name) or self.everybody.called(name)
        return name if somebody is None else somebody.truly.person.id

    # --- sections -------------------------------------------------------------------------------------

    def _add_sections(self, number: int, part: Part) -> None:
        for written, section in part.sections.items():
            at: Location = ("sections", written)
            name = part.named(written)
            if name in self.sections:
                other, place = self.homes["sections", name]
                there = self.documents[other].problem(place, "").place
                self._tell(
                    number,
                    at,
                    f"there is another section `{name}` at {there}: give one of the two sources a `prefix`",
                )
                continue
            self.homes["sections", name] = (number, at)
            self.sections[name] = replace(
                section,
                name=name,
                maintainers=self._ids(number, section.maintainers),
                reviewers=self._ids(number, section.reviewers),
                triagers=self._ids(number, section.triagers),
                inside=part.named(section.inside) if section.inside else section.inside,
            )

    def _lay_over_sections(self, number: int, overlay: Overlay) -> None:
        names = Names.of(self.sections)
        for name, said in overlay.written.sections.items():
            at: Location = ("sections", name)
            if (section := self.sections.get(name)) is None:
                hint = self._near(number, partial(names.near, name))
                self._tell(number, at, f"no source has a section `{name}`{hint}")
                continue
            self.sections[name] = self._amended(number, section, said)
            for key in said.model_fields_set:
                if key in ("inside", "status", "mail"):
                    self.homes["sections", name, key] = (number, (*at, key))
            for place, triager in enumerate(said.triagers):
                where = self.sections[name].triagers.index(self._id(number, triager))
                self.homes["sections", name, "triagers", where] = (number, (*at, "triagers", place))

    def _amended(self, number: int, section: Section, said: SectionOverlay) -> Section:
        return replace(
            section,
            keywords=_and(section.keywords, said.keywords),
            aliases=_and(section.aliases, said.aliases),
            channels=_and(section.channels, said.channels),
            triagers=_and(section.triagers, self._ids(number, said.triagers)),
            inside=section.inside if said.inside is None else said.inside,
            status=section.status if said.status is None else said.status,
            mail=section.mail if said.mail is None else said.mail,
        )

    def _general(self, number: int, rest: str | None, mail: str | None, *, first: bool) -> None:
        """What is said of the whole map; of sources the first has its way, of overlays the last."""
        if rest and (self.rest is None or not first):
            self.rest = rest
            self.homes["rest",] = (number, ("rest",))
        if mail and (self.mail is None or not first):
            self.mail = mail
            self.homes["mail",] = (number, ("mail",))

    def _triagers(self) -> tuple[str, ...]:
        found: dict[str, tuple[int, Location]] = {}
        for number, each in enumerate(self.all):
            names = each.triagers if isinstance(each, Part) else each.written.triagers
            for place, name in enumerate(names):
                found.setdefault(self._id(number, name), (number, ("triagers", place)))
        for index, home in enumerate(found.values()):
            self.homes["triagers", index] = home
        return tuple(found)

    def _as_combined(self, number: int, place: Location) -> Location:
        """A place of a document as a place of the map."""
        if len(place) > 1 and isinstance(place[1], str):
            if place[0] == "people":
                return ("people", self._id(number, place[1]), *place[2:])
            if place[0] == "sections" and number < len(self.parts):
                return ("sections", self.parts[number].named(place[1]), *place[2:])
        return place

    def _lookups(self) -> tuple[Lookup, ...]:
        if len(self.parts) == 1 and self.parts[0].lookup is None:
            return ()
        return tuple(part.rules() for part in self.parts)


def _and(some: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*some, *more)))
