"""What was changed, when, and in whose words: a project's history as evidence of what belongs where.

It takes what others read (`bot.git`, `bot.mapping.learn`) and runs no git.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Commit:
    """One change. Paths are from the tree's root, as they were called at that time."""

    id: str
    at: int
    """Unix time in seconds."""
    subject: str
    body: str
    """Its message without the subject, and without what is no prose."""
    paths: tuple[str, ...]
    renames: tuple[tuple[str, str], ...] = ()
    """Old and new path, where git saw that a file moved."""
