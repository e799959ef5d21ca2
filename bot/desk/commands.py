"""The command table: one for every door, and help and documentation are made from it.

A few commands are bare words: they also count unaddressed, from the one who was prompted (`yes`, `2`) or
pinged (`ack`, `not me → bob`), as a whole line. How a line is read is `bot.desk.grammar`.

Which rights a command takes is `role`; a speaker without them gets the same answer as for a word that does
not exist.
"""

from bot.desk import (
    inquiries,
    linking,
    operating,
    prompting,
    remembering,
    suggesting,
)
from bot.desk.answering_commands import ANSWERING_TABLE
from bot.desk.case import Case
from bot.desk.effects import Effect
from bot.desk.events import Heard
from bot.desk.kb_commands import KB_TABLE, within_kb
from bot.desk.model import Role
from bot.desk.rows import NUMBER, TEXT, Bare, Command
from bot.desk.said import Said

_CODE = r"(?P<code>(?=[a-z0-9 -]{10,20}$)[a-z0-9]+(?:[ -]?[a-z0-9]+){0,5})?"
"""Anything like a code, so that one with a slip is not taken for a question."""
_SUGGESTED = r"(?P<text>(?=.*(?:=>|->|→|–>)|`?[a-z0-9-]+`?\s*:|.*[^?\s]\s*$)\S.*)"
"""Words that only ask for something ("suggest a tutorial?") are a question."""
_REST = r"(?:[,;:.!–-]+\s*(?P<rest>\S.*))"


def _help(case: Case, heard: Heard, said: Said) -> list[Effect]:
    role = case.reference.role_of(heard.speaker)
    known = [each for each in COMMANDS.values() if each.role <= role and not within_kb(each.path)]
    wanted = find(said.args.get("text") or "", role)
    return inquiries.explain_commands(
        case,
        heard,
        said.args.get("text") or "",
        [f"`{each.usage}`" for each in known],
        (wanted.usage, wanted.meaning) if wanted else None,
    )


_TABLE = (
    Command(
        path="help",
        args=r"(?P<text>[a-z0-9]+|not it|not me|why me|who owns|kb [a-z]+)?",
        usage="help [COMMAND]",
        meaning="lists the commands, or explains one",
        handler=_help,
        aliases=("commands", "help me"),
    ),
    Command(
        path="ask",
        args=rf"{TEXT}",
        usage="ask QUESTION",
        meaning="asks the desk; privately and after its name the word may be left out",
        handler=inquiries.ask,
    ),
    Command(
        path="who owns",
        args=rf"{TEXT}",
        usage="who owns PATH|WORDS",
        meaning="names the sections and people that own a path or a subject",
        handler=inquiries.who_owns,
        aliases=("who maintains",),
    ),
    Command(
        path="why",
        args=rf"{NUMBER}?\??",
        usage="why [NUMBER]",
        meaning="explains what was decided about a question, and why",
        handler=inquiries.why,
    ),
    Command(
        path="status",
        args=rf"{NUMBER}?\??",
        usage="status [NUMBER]",
        meaning="says how a question stands, or how the desk does",
        handler=inquiries.status,
    ),
    Command(
        path="mine",
        args=r"",
        usage="mine",
        meaning="lists your questions that have not ended, and those that wait for you",
        handler=inquiries.mine,
    ),
    Command(
        path="missed",
        args=r"",
        usage="missed",
        meaning="tells what came for you while you were away",
        handler=inquiries.missed,
        aliases=("what did i miss",),
    ),
    Command(
        path=remembering.MINE,
        args=r"(?:(?P<facet>[\w.+-]+)(?:[\s:=]+(?P<text>\S.*))?)?",
        usage="my [FACET VALUE]",
        meaning="remembers your version or the like (`my xen 4.17`); alone, tells what it remembers of you",
        handler=remembering.my,
    ),
    Command(
        path=remembering.FORGET,
        args=r"(?:my\s+)?(?P<facet>[\w.+-]+)?",
        usage="forget [FACET]",
        meaning="forgets what it remembers of you",
        handler=remembering.forget,
    ),
    Command(
        path="withdraw",
        args=rf"{NUMBER}?",
        usage="withdraw [NUMBER]",
        meaning="takes your question back",
        handler=inquiries.withdraw,
    ),
    Command(
        path="more",
        args=rf"{NUMBER}?",
        usage="more [NUMBER]",
        meaning="goes on with what was told",
        handler=prompting.more,
        bare=Bare.PROMPTED,
    ),
    Command(
        path="yes",
        args=rf"(?:,?\s*(?:it was|that was it|that'?s it))?\s*{NUMBER}?",
        usage="yes [NUMBER]",
        meaning="the answer was right",
        handler=prompting.yes,
        bare=Bare.PROMPTED,
        aliases=(
            "yep",
            "yeah",
            "y",
        ),
    ),
    Command(
        path="not it",
        args=rf"{NUMBER}?\s*{_REST}?",
        usage="not it [NUMBER]",
        meaning="the answer was not right, or none of the candidates is",
        handler=prompting.no,
        bare=Bare.PROMPTED,
        aliases=(
            "no",
            "nope",
            "not that",
            "none",
            "none of them",
            "n",
        ),
    ),
    Command(
        path="1",
        args=rf"{NUMBER}?",
        usage="1 [NUMBER]",
        meaning="picks the first candidate of an offer, or, as who directs questions, the first section",
        handler=prompting.choose,
        bare=Bare.PROMPTED,
    ),
    Command(
        path="2",
        args=rf"{NUMBER}?",
        usage="2 [NUMBER]",
        meaning="picks the second candidate or section",
        handler=prompting.choose,
        bare=Bare.PROMPTED,
    ),
    Command(
        path="3",
        args=rf"{NUMBER}?",
        usage="3 [NUMBER]",
        meaning="picks the third candidate or section",
        handler=prompting.choose,
        bare=Bare.PROMPTED,
    ),
    *ANSWERING_TABLE,
    Command(
        path="open",
        args=r"\??",
        usage="open",
        meaning="lists the questions that have not ended: how they stand, their age, whom they wait for",
        handler=operating.open_questions,
        role=Role.EDITOR,
    ),
    Command(
        path="suggest",
        args=_SUGGESTED,
        usage="suggest QUESTION => ANSWER|[ENTRY:] WORDS",
        meaning=(
            "proposes an entry for the knowledge base, or says what is wrong with one (without its id: with "
            "the one that you were told last). An editor decides; and as it is meant for the base, it may be "
            "published, also where you say it privately"
        ),
        handler=suggesting.suggest,
    ),
    Command(
        path="link",
        args=_CODE,
        usage="link [CODE]",
        meaning=(
            "privately: makes accounts of yours on several networks one person's; begin with `link`, and say "
            "from each account what the other was told"
        ),
        handler=linking.link,
    ),
    Command(
        path="links",
        args=r"\??",
        usage="links",
        meaning="privately: names the accounts that yours is linked with",
        handler=linking.links,
    ),
    Command(
        path="unlink",
        args=r"",
        usage="unlink",
        meaning="privately: this account of yours is linked with no other any more",
        handler=linking.unlink,
    ),
    Command(
        path="reload",
        args=r"",
        usage="reload",
        meaning="reads knowledge base and map anew, and says what changed or is wrong",
        handler=operating.reload,
        role=Role.EDITOR,
    ),
    Command(
        path="say",
        args=rf"(?:(?P<network>[a-z0-9][a-z0-9-]*)\s+)?(?P<channel>[#&+!]\S*)\s+{TEXT}",
        usage="say [NETWORK] CHANNEL TEXT",
        meaning="says TEXT for its operators in a channel that the desk sits in; nobody is highlighted",
        handler=operating.say_in,
        role=Role.OPERATOR,
    ),
    Command(
        path="pause",
        args=r"",
        usage="pause",
        meaning=(
            "holds back all pings, answers and deadlines; questions are still taken. It lasts until "
            "`resume`, or until the desk ends"
        ),
        handler=operating.pause,
        role=Role.OPERATOR,
    ),
    Command(
        path="resume",
        args=r"",
        usage="resume",
        meaning="goes on after a pause; what fell due meanwhile begins anew",
        handler=operating.resume,
        role=Role.OPERATOR,
    ),
    Command(
        path="drain",
        args=r"",
        usage="drain",
        meaning="ends the desk: it says goodbye, finishes what is under way and stops",
        handler=operating.drain,
        role=Role.OPERATOR,
    ),
    *KB_TABLE,
)

COMMANDS: dict[str, Command] = {command.path: command for command in _TABLE}

PATHS: dict[str, Command] = {
    spelling: command for command in COMMANDS.values() for spelling in (command.path, *command.aliases)
}


def find(words: str, role: Role) -> Command | None:
    """The command that somebody with `role` calls `words`; None too where the right is missing."""
    command = PATHS.get(" ".join(words.casefold().split()))
    return command if command is not None and command.role <= role else None
