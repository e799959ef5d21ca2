"""Why a remote repository could not be had, in one line of what git, ssh and servers say, with the remedy
where there is one for sure. Pure."""

from bot.git.writing import Answer, plain

_UNREAD = "Could not read from remote repository"
"""All that git itself knows where the program that reaches the repository has failed, which said why before.
"""

_REMEDIES = {
    "Permission denied (": "give the desk's user a key without a passphrase that is let in there",
    "Host key verification failed": "its key is not the known one, or none is known: see known_hosts of the "
    "desk's user",
    "could not read Username": "nobody is there to be asked: give the desk's user a credential helper",
    "could not read Password": "nobody is there to be asked: give the desk's user a credential helper",
    "Authentication failed": "see what the credential helper of the desk's user tells",
}
"""By words of a complaint."""


def fault(answer: Answer) -> str:
    """What is the matter, as far as somebody said it."""
    told = answer.why
    if told.startswith(_UNREAD):
        before = [plain(line) for line in answer.complaints.partition(_UNREAD)[0].splitlines()]
        said = [line.removeprefix("remote: ") for line in before if line.strip("@ ") and line != "fatal:"]
        told = said[-1] if said else told
    remedy = next((each for words, each in _REMEDIES.items() if words in told), "")
    return f"{told.rstrip('.')}: {remedy}" if remedy else told
