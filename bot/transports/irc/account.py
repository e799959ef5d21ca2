"""Which services account is ours, by the server's word.

    900, ACCOUNT of ourselves, 330 of ourselves (WHOIS)    that one
    901, ACCOUNT *                                         none
    307 of ourselves, user mode `r` or `R` set by a        the configured one, where the server has no SASL
    server or by services                                  and services can know us by our certificate (OFTC)
    396, a host that looks like one                        says nothing

Where 307 or a mode counts, the server is asked (WHOIS of ourselves); elsewhere `R` may mean anything.
Numerics: modern.ircdocs.horse.
"""

from collections.abc import Callable

import structlog

from bot.transports.irc.link import Message
from bot.transports.irc.standing import Standing

log = structlog.get_logger(__name__)


class OurAccount:
    """Of one connection. It keeps `Standing.account`. `has_sasl`: whether the server offers SASL. `changed`
    is told the account before, after each change, and None where the server repeats that there is none."""

    def __init__(
        self, standing: Standing, has_sasl: Callable[[], bool], changed: Callable[[str | None], None]
    ) -> None:
        self._standing = standing
        self._has_sasl = has_sasl
        self._changed = changed
        self._by_mode = False
        self._registered = False
        self._wondering = False

    @property
    def by_certificate(self) -> bool:
        """Whether services can only know us by our certificate."""
        settings = self._standing.settings
        return settings.sasl is not None and settings.certificate is not None and not self._has_sasl()

    def ask(self) -> None:
        """Have the server say it, as soon as it answers questions."""
        self._wondering = not self._registered
        if self._registered:
            self._standing.errand("WHOIS", self._standing.nick)

    def handle(self, message: Message) -> None:
        match message.verb:
            case "900":
                self.believe(message[2] or None)
            case "901":
                self.believe(None)
            case "ACCOUNT" if self._standing.is_me(message.nick):
                self.believe(None if message[0] == "*" else message[0])
            case "330" if self._standing.is_me(message[1]):
                self.believe(message[2] or None)
            case "307" if self._standing.is_me(message[1]) and self.by_certificate:
                self.believe(self._configured)
            case "MODE" if self._standing.is_me(message[0]) and not self._standing.is_me(message.nick):
                self._moded(message[1])
            case "376" | "422":
                self._registered = True
                if self._standing.account is None and (self._wondering or self.by_certificate):
                    self.ask()

    def believe(self, account: str | None) -> None:
        """It is that one, or none."""
        before, self._standing.account = self._standing.account, account
        if account is None:
            self._by_mode = False
            if before is not None:
                log.warning("logged out of the account", account=before)
        elif account != before:
            log.info("logged in to the account", account=account)
            configured = self._configured
            if configured is not None and not self._standing.isupport.same(account, configured):
                log.warning(
                    "the account is another than the configured one",
                    account=account,
                    configured=configured,
                    remedy="where it is the main name of the same account, write that one",
                )
        if account is None or account != before:
            self._changed(before)

    @property
    def _configured(self) -> str | None:
        sasl = self._standing.settings.sasl
        return sasl.account if sasl is not None else None

    def _moded(self, modes: str) -> None:
        """A server or services changed our user modes."""
        on = True
        for letter in modes:
            if letter in "+-":
                on = letter == "+"
            elif letter in "rR" and on and self.by_certificate:
                self.believe(self._configured)
                self._by_mode = True
            elif letter in "rR" and not on and self._by_mode:
                self.believe(None)
