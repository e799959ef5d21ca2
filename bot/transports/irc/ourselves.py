"""What a connection tells the server of itself, and asks about itself, once it is let in.

MODE nick +B     the mark of a bot, by the letter that ISUPPORT tells (IRCv3, "bot-mode"), however late
WHO nick         our own mask as others see it (352), where nobody has told it: it decides how much text
                 fits a line
"""

from bot.transports.irc.link import Message
from bot.transports.irc.standing import Standing


class Ourselves:
    """Of one connection."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._marked = False

    def handle(self, message: Message) -> None:
        """Call it when the parts that learn from the message have done so."""
        match message.verb:
            case "005" if self._standing.isupport.bot is not None and not self._marked:
                self._marked = True
                self._standing.errand("MODE", self._standing.nick, f"+{self._standing.isupport.bot}")
            case "376" | "422" if self._standing.host is None:
                self._standing.errand("WHO", self._standing.nick)
