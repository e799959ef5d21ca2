"""What reading found wrong, as complaints of rules: each with what to write instead.

Reading itself says what is wrong and where; which rule that is is told by the sentence. Imports
`knowledge.composing`, `knowledge.entry` and its own package.
"""

import re
from typing import Any

from knowledge.complaints import shown
from knowledge.composing import Problem, Severity, Value
from knowledge.entry import SHORT_LIMIT
from knowledge.lint.complaint import Complaint

_SHORT = re.compile(rf"answers\[([0-9]+)\]\.short: .*at most {SHORT_LIMIT} bytes")
_SENTENCE_END = re.compile(r"[.!?;](?=\s)")


def unfit(problem: Problem, value: Value) -> Complaint:
    """What is wrong with a file that holds no entry; `value`: of its document, None where it is none."""
    said = problem.message
    if found := _SHORT.match(said):
        return Complaint(problem, "short-too-long", _shortened(value, int(found[1])))
    if is_taken(problem):
        return Complaint(problem, "duplicate-id", "rename id and file, or make one entry of the two")
    if said.startswith("id: ") and "is in a file named" in said:
        return Complaint(problem, "invalid-entry", "rename the file, or write its name as the id")
    if value is None or problem.severity is Severity.WARNING:
        return Complaint(problem, "unreadable", _readable(problem))
    if said.endswith("is missing"):
        mend = "write it; docs/reference/entry-files.md shows an entry"
    elif "unknown key" in said:
        mend = "write the key that was meant, or a comment"
    else:
        mend = "write what it must be; docs/reference/entry-files.md lists every key"
    return Complaint(problem, "invalid-entry", mend)


def is_taken(problem: Problem) -> bool:
    """Whether it is that another file has the same id."""
    return problem.message.startswith("id: ") and "is already that of" in problem.message


def _readable(problem: Problem) -> str:
    said = problem.message
    if "ends in .yaml" in said:
        return "rename it to end in .yaml, or move it out of the folder"
    if "leads out of the folder" in said:
        return "put the file itself there instead of a link"
    if "permission denied" in said or "cannot be read" in said:
        return "let whoever runs this read it"
    if "no such folder" in said or "is not a folder" in said or "holds no entry" in said:
        return "name the folder that holds the entries"
    return "mend it there, and look at the file with an editor that knows YAML"


def _shortened(value: Value, position: int) -> str:
    """What to do about a `short` that is too long: after which words it may end."""
    inner: Any = value
    for step in ("answers", position, "short"):
        try:
            inner = inner[step]
        except (LookupError, TypeError):
            inner = ""
    text = str(inner or "").strip()
    fits = text.encode()[:SHORT_LIMIT].decode("utf-8", "ignore")
    ends = [
        found.end() for found in _SENTENCE_END.finditer(text[: len(fits) + 1]) if found.end() <= len(fits)
    ]
    if ends:
        last = shown("…" + fits[max(0, ends[-1] - 40) : ends[-1]])
        return f"end it after {last}, and write the rest into `text`"
    return "say it in one shorter sentence, and write the rest into `text`"
