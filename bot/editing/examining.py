"""What is to be said of a text before it becomes a draft, and of a draft: lint, and the matcher beside it."""

import os
from collections.abc import Callable
from datetime import date

from bot.config import Settings
from bot.consult import consult
from bot.desk.reference import Reference
from bot.editing.looking import Alike, Seen, entry_in
from bot.sources import read_and_keep
from knowledge.documents import DocumentError, read
from knowledge.drafts import Draft
from knowledge.files import ENTRY_LIMITS, parse_entry
from knowledge.lint.complaint import Complaint
from knowledge.lint.one import lint_text


class Examiner:
    """Looks at texts beside the base of a configuration, which is read once, when it is first needed."""

    def __init__(self, settings: Settings, today: date, note: Callable[[str], None]) -> None:
        self._settings = settings
        self._today = today
        self._note = note
        self._read = False
        self._reference: Reference | None = None

    @property
    def reference(self) -> Reference | None:
        """Base and map; None where there is no map that holds together, which is noted."""
        if not self._read:
            self._read = True
            sources = read_and_keep(self._settings, os.environ, self._note)
            self._reference = sources.reference
            if sources.reference is None:
                for problem in sources.problems:
                    self._note(f"not compared with the base: {problem}")
        return self._reference

    def complaints(self, text: str, name: str) -> list[Complaint]:
        """What lint says of a text that is to be the file of the entry `name`, by its place there; without a
        map that holds together, only whether it is an entry. Where there is no `name`, its id may be any.
        """
        path = f"{name or _id(text)}.yaml"
        if self.reference is None:
            parse_entry(text, path, name)
            return []
        index, sections = self.reference.knowledge.index, tuple(self.reference.map.sections)
        return lint_text(text, path, index, kinds=self.reference.facets, sections=sections, today=self._today)

    def seen(self, draft: Draft) -> Seen:
        """What there is to say of a draft."""
        entry = entry_in(draft)
        if self.reference is None or not draft.now:
            return Seen()
        told = tuple(map(complaint_line, errors_first(self.complaints(draft.now, draft.entry))))
        if entry is None:
            return Seen(None, told)
        finding = consult(entry.headline, None, self.reference)
        least = self.reference.settings.offer_at
        alike = tuple(
            Alike(match.entry.id, match.entry.headline, match.probability)
            for match in finding.matches
            if match.entry.id != draft.entry and match.probability >= least
        )
        return Seen(alike, told)


def errors_first(found: list[Complaint]) -> list[Complaint]:
    """The complaints, those that keep it from being published before the others."""
    return sorted(found, key=lambda each: not each.is_error)


def complaint_line(complaint: Complaint) -> str:
    """A complaint with its place in the text: `3:5: error: …`."""
    problem = complaint.problem
    return f"{problem.line}:{problem.column}: {problem.severity.value}: {complaint}"


def _id(text: str) -> str:
    """The id that a text names; something that none can be where it names none."""
    try:
        value = read(text, "", ENTRY_LIMITS).value
    except DocumentError:
        return "entry"
    named = value.get("id") if isinstance(value, dict) else None
    return named if isinstance(named, str) and named else "entry"
