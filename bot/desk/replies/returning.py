"""What responders answer, on its way to the asker and around it."""

from bot.desk.addressing import address, local
from bot.desk.fitting import cut, size
from bot.desk.model import Question, State
from bot.desk.replies.words import WORDS_FOR_CONFIRM, number
from routing.presence import fold


def relayed(question: int, who: str, text: str) -> str:
    return f"{who} on {number(question)}: {text}"


def passed_along(asker: str, more_follows: bool) -> str:
    """To a responder who does not see that what they said reached the asker."""
    return f"passed on to {asker}." + (" What you say next is, too; `done` ends it." if more_follows else "")


def was_that_it(question: int) -> str:
    return f"was that it for {number(question)}? {WORDS_FOR_CONFIRM}"


def kept(question: int, who: str) -> str:
    return f"{who} is not here now; I keep your answer to {number(question)} for their return."


def out_of_reach(question: int, who: str) -> str:
    return (
        f"{who} asked {number(question)} privately and without an account, and has left: I cannot bring them "
        "your answer."
    )


def come_back(account: str) -> str:
    return f"I have something for {cut(account, 40)}. If that is you: say `missed`, logged in."


def said_in(question: int, venue: str) -> str:
    return f"the asker of {number(question)} has left without an account; the answer stands in {venue}."


def share_first(question: int, venue: str, *, behind_bridge: bool = False) -> str:
    """Nothing is brought privately to who has left, or is on the other side of a bridge."""
    where = "can only be told in public, through a bridge" if behind_bridge else "has left"
    return (
        f"the asker of {number(question)} {where}. What you said here stays here: "
        f"`share {question}` lets me say it in {venue}."
    )


def sealed_here(question: int, network: str) -> str:
    """What is encrypted from end to end reaches nobody where it would not be."""
    return (
        f"what you said here about {number(question)} stays here: this is encrypted, and its asker can only "
        f"be told on {network}. `share {question}` lets me say it there."
    )


def welcome_back(question: Question, who: str, text: str, limit: int) -> tuple[str, str]:
    """The kept answer on one line, and what did not fit. The name of its asker is left off its
    front."""
    text = _unaddressed(text, question.asker.nick)
    head = (
        f"{cut(who, 40)} answered {number(question.number)} “{cut(question.text, 60)}” while you were away: "
    )
    tail = f" — was that it? {WORDS_FOR_CONFIRM}"
    body = cut(text, max(20, limit - size(head) - size(tail) - 8))
    rest = "" if body == " ".join(text.split()) else text
    return head + body + (", `more`" if rest else "") + tail, rest


def _unaddressed(text: str, nick: str) -> str:
    """What is said without the name of `nick` at its front; all of it where there is nothing besides."""
    named, said = address(text)
    meant = named is not None and {fold(named), fold(local(named))} & {fold(nick), fold(local(nick))}
    return said if meant and said.strip() else text


def unconfirmed_answer(question: int, text: str) -> str:
    return f"I cannot tell whether you saw this on {number(question)}: {text}"


def thank_you(question: int) -> str:
    return f"{number(question)} is answered, thank you."


def goes_on(question: int) -> str:
    return f"{number(question)} stays open; I ask further."


def withdrawn(question: int) -> str:
    return f"{number(question)} is withdrawn."


def which_question(command: str) -> str:
    """To a responder whose word could be about no question."""
    return f"about which question? Say its number: `{command} 42`."


def only_people(command: str) -> str:
    """To an operator who is no person of the map, and has no part in any question."""
    what = " questions" if command == "answer" else f": `{command}` is for them"
    return f"only people of the map may answer{what}."


def shared(question: int, venue: str) -> str:
    return f"thank you; I say it in {venue}, on {number(question)}."


def nothing_to_share(question: int) -> str:
    return f"you said nothing here about {number(question)} that could not be read there already."


def no_longer(question: int, state: State) -> str:
    """To a responder whose word comes after the end."""
    how = "was withdrawn" if state is State.WITHDRAWN else "is answered already"
    return f"{number(question)} {how}; thank you all the same."
