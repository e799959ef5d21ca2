"""What is said about accounts of one person on several networks."""

from datetime import timedelta

from bot.desk.fitting import cut
from bot.desk.replies.words import span

_LONGEST = 80


def account(network: str, name: str) -> str:
    return f"{cut(name, _LONGEST)} on {network}"


def link_code(code: str, valid: timedelta) -> str:
    return (
        f"from your other account say `link {code}` to me, privately, within {span(valid)}. Say no code that "
        "somebody else gives you: whoever is linked with you may do what you may."
    )


def link_back(code: str, to: str, valid: timedelta) -> str:
    return (
        f"if {to} is you, too, say `link {code}` to me from there within {span(valid)}; then both are one "
        "person. If not, tell nobody this code, and nothing happens."
    )


def linked(others: list[str]) -> str:
    return f"done: this account and {_and(others)} are one person's now. `unlink` ends that, from each."


def linked_with(who: str) -> str:
    return (
        f"this account and {who} are one person's now: both confirmed it by codes. If that was not you, say "
        "`unlink` at once, and tell an operator."
    )


def linked_already(other: str) -> str:
    return f"this account and {other} are one person's already."


def too_many_linked(most: int) -> str:
    return f"one person has at most {most} accounts; `unlink` one that you no longer use."


def links(others: list[str]) -> str:
    if not others:
        return "this account is linked with no other; `link` does that."
    return f"this account is linked with {_and(others)}."


def unlinked(others: list[str]) -> str:
    return f"done: this account is no longer linked with {_and(others)}."


def unlinked_from(who: str) -> str:
    return f"{who} is no longer linked with this account: somebody said `unlink` there."


def no_such_code() -> str:
    """The same for a wrong code, an old one and somebody else's."""
    return "that is no code for you. `link` gives one; each holds for a quarter of an hour, and once."


def link_too_often() -> str:
    return "those were too many wrong codes; try again in an hour."


def link_privately(*, spent: bool = False) -> str:
    after = "; that code counts no more, since others have read it" if spent else ""
    return f"say that to me privately, please{after}."


def link_needs_account() -> str:
    return "only accounts can be linked: log in to one, and say that again."


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
