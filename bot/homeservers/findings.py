"""From what was found out about a homeserver to what is to be said of it: facts and configuration in,
findings out, in the order of coming in. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.homeservers.facts import Facts
from bot.homeservers.places import of_places
from bot.networks.finding import Finding, Severity, fine, look, missing
from bot.transports.matrix.hearing import Ghosts
from bot.transports.matrix.invitations import verdict
from bot.transports.matrix.settings import MatrixSettings

NAMED = 8
"""So many rooms or people are named."""


@dataclass(frozen=True, slots=True)
class Summary:
    """All that there is to say of one homeserver."""

    facts: Facts
    findings: tuple[Finding, ...] = field(default_factory=tuple)

    @property
    def well(self) -> bool:
        return not any(each.severity is Severity.MISSING for each in self.findings)


def findings(facts: Facts, settings: MatrixSettings) -> Summary:
    """What there is to say, the server first."""
    return Summary(facts, tuple(_all(facts, settings)))


def _all(facts: Facts, settings: MatrixSettings) -> Iterator[Finding]:
    if not facts.reached:
        yield missing("server", f"{facts.url}: {facts.trouble}", facts.remedy)
        return
    yield _of_server(facts)
    if facts.user is None:
        trouble = facts.trouble or "no answer in time"
        yield missing(
            "login", f"not logged in: {trouble}", facts.remedy or "try again, with a longer --timeout"
        )
        return
    yield _of_login(facts, settings)
    if facts.trouble:
        yield missing("server", facts.trouble, facts.remedy)
    yield from _of_encryption(facts)
    yield _of_pace(facts, settings)
    yield from of_places(facts, settings)
    yield from _of_invitations(facts, settings)
    if facts.directs:
        yield fine("direct", f"direct conversations with {_few(facts.directs)}")
    if not facts.complete:
        yield look(
            "check", "not everything was answered in time", "try again, or give it longer with --timeout"
        )


def _of_server(facts: Facts) -> Finding:
    known = [each for each in facts.versions if each.startswith("v")]
    told = [facts.software] if facts.software else []
    told += [f"specification up to {known[-1]}"] if known else []
    return fine("server", f"{facts.url}: {'; '.join(told) or 'it answers'}")


def _of_login(facts: Facts, settings: MatrixSettings) -> Finding:
    shown = f", shown as {facts.display_name}" if facts.display_name else ""
    told = f"logged in as {facts.user}{shown}; device {facts.device or 'none'}"
    if not facts.device:
        return look(
            "login",
            told,
            "the access token belongs to no device, so nothing can be encrypted: log in with a password, or "
            "with the token of a device",
        )
    if facts.user != settings.user:
        return missing("login", f"{told}; configured is {settings.user}", "mend `user`, or the access token")
    return fine("login", told)


def _of_encryption(facts: Facts) -> Iterator[Finding]:
    if facts.no_encryption is not None:
        sealed = [each for each in facts.rooms.joined.values() if each.encrypted] if facts.rooms else []
        if sealed:
            told = f"none, and {len(sealed)} of the rooms are encrypted: {facts.no_encryption}"
            yield look("encryption", told, "install the extra, and leave `encryption` on, to take part there")
        else:
            yield fine("encryption", f"none: {facts.no_encryption}")
    elif facts.unreadable is not None:
        told, remedy = facts.unreadable
        yield missing("encryption", told, remedy)
    elif facts.verification is not None:
        complaint = facts.verification.complaint
        if complaint is None:
            yield fine("encryption", "the desk's device is verified: signed by its owner's keys")
        else:
            told, remedy = complaint
            yield look("encryption", told, remedy)
    if facts.key is not None:
        yield fine("encryption", f"the desk's device {facts.device} has the key {in_fours(facts.key)}")


def in_fours(key: str) -> str:
    """A key as people's programs show it, for comparing."""
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))


def _of_pace(facts: Facts, settings: MatrixSettings) -> Finding:
    pace = settings.pace
    told = f"{pace.burst:g} lines at once, then {pace.rate:g} a second"
    if facts.limited is False:
        return fine("pace", f"{told}; the homeserver sets the desk no limit")
    if facts.limited is None:
        return fine(
            "pace", f"{told}; the homeserver does not tell its limits, and the desk waits when it says so"
        )
    return fine("pace", f"{told}; the homeserver has limits, and the desk waits when it says so")


def _of_invitations(facts: Facts, settings: MatrixSettings) -> Iterator[Finding]:
    if facts.rooms is None or not facts.invitations:
        return
    ghosts = Ghosts(settings.ghosts)
    follow: list[str] = []
    decline: list[str] = []
    for invitation in facts.invitations.values():
        found = verdict(invitation, facts.rooms, settings.invitations, welcome=(), ghosts=ghosts)
        (follow if found.follow else decline).append(f"{invitation.room} (by {invitation.by})")
    if follow:
        yield fine("invitations", f"followed when the desk starts: {_few(follow)}")
    if decline:
        yield look(
            "invitations",
            f"declined when the desk starts: {_few(decline)}",
            "to follow them: put who invites, their server or the room into `invitations`",
        )


def _few(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
