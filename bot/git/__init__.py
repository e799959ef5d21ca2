"""The only place that runs git: what repositories hold, read without trusting them (`reading`), and what is
done in the knowledge repository, whose configuration and hooks are the operator's own (`writing`)."""

from bot.git.reading import MOST_PATHS, Repository, commit_id, last_change, log, look, paths, tracked
from bot.git.running import GitError, UnknownCommit

__all__ = [
    "MOST_PATHS",
    "GitError",
    "Repository",
    "UnknownCommit",
    "commit_id",
    "last_change",
    "log",
    "look",
    "paths",
    "tracked",
]
