"""What an asker told of themself: their version and the like."""

from collections.abc import Iterable, Mapping

from bot.desk.fitting import cut


def remembered(facet: str, value: str) -> str:
    return f"I remember that your {facet} is {value}; `forget {facet}` takes it back."


def forgotten(facets: Mapping[str, str]) -> str:
    return f"I have forgotten your {_listed(facets)}."


def what_is_known(facets: Mapping[str, str], example: str) -> str:
    """`example`: a facet that could be told."""
    if not facets:
        return f"I know nothing of you; `my {example} …` tells me."
    return f"of you I know: {_listed(facets)}. `forget` takes it back."


def what_is_known_of(facet: str, value: str | None) -> str:
    if value is None:
        return f"I do not know your {facet}; `my {facet} …` tells me."
    return f"your {facet} is {value}, as you told me; `forget {facet}` takes it back."


def can_remember(facets: Mapping[str, Iterable[str] | None]) -> str:
    """`facets`: facet -> the values that it may have, None for a version."""
    kinds = [
        f"{name} ({', '.join(values) if values is not None else 'a version'})"
        for name, values in facets.items()
    ]
    return f"I can remember: {', '.join(kinds)}. If that was a question, ask it in a few more words."


def shall_i_remember(facets: Mapping[str, str]) -> str:
    """To somebody who said so, and asked nothing."""
    words = " and ".join(f"`my {facet} {value}`" for facet, value in facets.items())
    return f"shall I remember that? {words}; else ask me what you want to know."


def _listed(facets: Mapping[str, str]) -> str:
    return ", ".join(f"{facet} {value}" for facet, value in facets.items())


def no_such_value(facet: str, text: str, choices: Iterable[str] | None) -> str:
    wanted = f"one of {', '.join(choices)}" if choices is not None else "a version like 4.17.2"
    return f"“{cut(text, 40)}” is no {facet} that I know; it is {wanted}."


def only_accounts() -> str:
    return "I remember that for accounts only: log in first, or say it with your question."


def nothing_to_forget() -> str:
    return "I remember nothing of that."


def no_facets() -> str:
    return "there is nothing of that kind that I could remember."
