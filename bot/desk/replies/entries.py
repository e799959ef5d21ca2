"""An entry in lines, as an editor reads it in chat."""

from bot.desk.fitting import cut
from knowledge.documents import duration_text
from knowledge.entry import Answer, Entry
from knowledge.facets import describe


def entry(entry: Entry) -> list[str]:
    """Pieces of text, each to stand on lines of its own: what it is about, each variant, how it is asked for,
    and the long texts."""
    facts = [f"{len(entry.phrasings)} phrasing{'' if len(entry.phrasings) == 1 else 's'}"]
    facts += [f"section {cut(entry.section, 60)}"] if entry.section else []
    facts += [f"tags {cut(', '.join(entry.tags), 80)}"] if entry.tags else []
    facts += [f"see {cut(', '.join(entry.see), 80)}"] if entry.see else []
    if (checked := entry.verified) is not None:
        version = f" for {cut(checked.version, 20)}" if checked.version else ""
        facts.append(f"verified {checked.on} by {cut(checked.by, 40)}{version}")
    facts += [f"review after {duration_text(entry.review_after)}"] if entry.review_after else []
    several = len(entry.answers) > 1
    return [
        f"`{entry.id}`: “{cut(entry.headline, 150)}” ({', '.join(facts)})",
        *(_variant(each, number if several else None) for number, each in enumerate(entry.answers, 1)),
        *(f"phrasing {number}: “{cut(each, 250)}”" for number, each in enumerate(entry.phrasings, 1)),
        *(
            f"text{f' {number}' if several else ''}: {each.text}"
            for number, each in enumerate(entry.answers, 1)
            if each.text
        ),
    ]


def _variant(answer: Answer, number: int | None) -> str:
    holds = f"for {cut(describe(answer.applies), 100)}" if answer.applies else ""
    which = " ".join(each for each in (f"({number})" if number else "", holds) if each)
    source = f" ({cut(answer.source, 200)})" if answer.source else ""
    return f"{which or 'short'}: {answer.short}{source}"
