"""An asker says in the talk itself that what a developer said worked: nobody need ask whether that was it.

    <bob>    alice: upgrade the daemon to 4.17.3
    <alice>  that worked, thanks!

It counts from the asker alone, and where it can refer to nothing else: one question of theirs is talked about
there, the desk has told them of no other, and nobody asks them anything. A bare `yes` counts where it is said
to the desk by its name; in a talk it is assent to whatever was said last (measured: `bot.desk.thanks`). In
any other case they are asked, as after plain thanks.
"""

from bot.desk.addressing import address
from bot.desk.answering import tells
from bot.desk.case import Case, visible
from bot.desk.events import Heard
from bot.desk.model import Question, State
from bot.desk.pointing import pointed_at
from bot.desk.said import Said
from bot.desk.thanks import says_it_worked
from routing.presence import fold


def settled_by(case: Case, heard: Heard, said: Said) -> Question | None:
    """The speaker's question that the line says to be answered, by what a developer said of it."""
    pointed = pointed_at(case, heard)
    talked_of = [
        question
        for question in (case.facts.questions[number] for number in case.facts.own)
        if question.state is State.ENGAGED
        and (heard.venue.private or heard.venue.key == question.venue.key)
        and (pointed is None or question.number in pointed)
        and visible(case, question, heard)
    ]
    if len(talked_of) != 1:
        return None
    question = talked_of[0]
    others = any(
        prompt.question != question.number and prompt.expires > case.at
        for prompt in case.facts.prompts
        if heard.venue.private or prompt.venue.key == heard.venue.key
    )
    if others and not pointed:
        return None
    by_name = said.command == "yes" and said.number is None and said.addressed and not heard.venue.private
    return question if says_so(question, heard, said.text) or (by_name and is_told(question)) else None


def says_so(question: Question, heard: Heard, text: str) -> bool:
    """Whether a line of its asker says that what a developer said of the question worked."""
    talking = {fold(nick) for nick in (heard.me, *(line.nick for line in question.replies))}
    start, rest = address(text)
    words = rest if start is not None and fold(start) in talking else text
    return is_told(question) and says_it_worked(words, talking)


def is_told(question: Question) -> bool:
    """Whether a developer told its asker something, and none of them has asked anything since the asker spoke
    last. What could not be brought to the asker yet has not worked for them."""
    since = []
    for line in reversed(question.replies):
        if line.person is None:
            break
        since.append(line)
    told = any(tells(line) and line.passed for line in question.replies)
    return told and not any(line.asks_back for line in since)
