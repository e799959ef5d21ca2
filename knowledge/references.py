"""What entries name, and what there is to name: other entries, declared facets and their values, sections.

An entry that names something that does not exist is kept, since what it says is still right; whoever wrote
it is told where, and what there is that they may have meant.

Pure; imports `knowledge.complaints` and the values of `knowledge`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from knowledge.complaints import suggestion
from knowledge.composing import Location
from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.versions import spans


class References:
    """Everything that the entries of one base may name.

    `declared`: where it is empty, facets are not looked at. `sections`: those of the map, in whichever case
    an entry writes them; None where there is no map to compare with.
    """

    __slots__ = ("_applied", "_choices", "_ids", "_meant", "_sections")

    def __init__(
        self,
        ids: Iterable[str],
        declared: Iterable[FacetKind] = (),
        sections: Collection[str] | None = None,
    ) -> None:
        self._ids = {name: name for name in ids}
        self._choices = {kind.name: kind.choices for kind in declared}
        self._sections = None if sections is None else {name.casefold(): name for name in sections}
        # The same wrong name stands in many entries where a section was renamed or an entry went away.
        self._meant: dict[tuple[str, str], str] = {}
        # And many apply to the same.
        self._applied: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}

    def missing(self, entry: Entry) -> Iterator[tuple[Location, str]]:
        """What the entry names that is not there, as (path in its document, sentence)."""
        for position, name in enumerate(entry.see):
            if name not in self._ids:
                hint = self._hint("see", name, self._ids)
                yield ("see", position), f"see: there is no entry `{name}`{hint}"
        for number, answer in enumerate(entry.answers):
            for facet, allowed in answer.applies.items() if self._choices else ():
                wrong = self._applied.get((facet, allowed))
                if wrong is None:
                    wrong = self._applied[facet, allowed] = tuple(self._misapplied(facet, allowed))
                for said in wrong:
                    yield ("answers", number, "applies", facet), f"applies: {said}"
        if self._sections is not None and entry.section and entry.section.casefold() not in self._sections:
            hint = self._hint("section", entry.section, self._sections)
            yield ("section",), f"section: the map has no section `{entry.section}`{hint}"

    def _misapplied(self, facet: str, allowed: Iterable[str]) -> Iterator[str]:
        if facet not in self._choices:
            hint = self._hint("facet", facet, {name: name for name in self._choices})
            yield f"no facet `{facet}` is declared{hint or ';'} declared: {', '.join(self._choices)}"
        elif (choices := self._choices[facet]) is None:
            for value in allowed:
                if spans(value) is None:
                    yield f"`{value}` is no version of {facet}: 4.17, >=4.4 or >=4.4,<4.9 would be"
        else:
            for value in allowed:
                if value not in choices:
                    meant = {
                        alias.casefold(): name
                        for name, others in choices.items()
                        for alias in (name, *others)
                    }
                    hint = self._hint(facet, value, meant)
                    yield f"`{value}` is no {facet}{hint or ';'} declared: {', '.join(choices)}"

    def _hint(self, kind: str, name: str, meant: Mapping[str, str]) -> str:
        """`meant` maps what people may write, in lower case, to what it is called."""
        said = self._meant.get((kind, name))
        if said is None:
            said = self._meant[kind, name] = suggestion(name.casefold(), meant)
        return said
