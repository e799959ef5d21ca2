"""Why a room cannot be entered: the homeserver's refusal in a few words, and what somebody can do about it.

Codes of the client-server API ("Common error codes", and those of joining). That a ban or an invitation is
meant, servers say in their words only. Pure.
"""

from dataclasses import dataclass

from bot.transports.matrix.homeserver import Refused, Unreachable


@dataclass(frozen=True, slots=True)
class Door:
    """A closed one. `why`: a few words; `remedy`: what helps. `passes`: it opens by itself, soon."""

    why: str
    remedy: str
    passes: bool = False


def door(error: Refused | Unreachable, name: str, me: str) -> Door:
    """What we stand before where the room `name` was not to be entered. `me`: our user id."""
    if isinstance(error, Unreachable):
        return Door(f"server cannot be reached ({error.why})", "none: it is tried again", passes=True)
    words = error.words.casefold()
    match error.code:
        case "M_NOT_FOUND":
            return Door("no such room", f"mend `{name}` in the configuration, or make the room")
        case "M_FORBIDDEN" if "ban" in words:
            return Door("banned", f"ask a moderator of {name} to unban {me}")
        case "M_FORBIDDEN" if "invit" in words or not words:
            return Door("invite only", f"have somebody in {name} invite {me}")
        case "M_FORBIDDEN":
            return Door(f"forbidden ({error.words})", f"ask a moderator of {name} to invite {me}")
        case "M_INCOMPATIBLE_ROOM_VERSION" | "M_UNSUPPORTED_ROOM_VERSION":
            return Door("its room version is unknown to our homeserver", "ask for a newer homeserver")
        case "M_UNABLE_TO_AUTHORISE_JOIN" | "M_UNABLE_TO_GRANT_JOIN":
            return Door("nobody there can let us in", f"have somebody in {name} invite {me}", passes=True)
        case "M_CONSENT_NOT_GIVEN":
            return Door("the homeserver's terms are not accepted", f"log in as {me} and accept them")
        case "M_LIMIT_EXCEEDED":
            return Door("joined too often just now", "none: it is tried again", passes=True)
    if "no known servers" in words or "no servers" in words:
        return Door(
            "no server is known that is in it", "configure it by an alias, or have it invite the desk"
        )
    return Door(str(error), "read the server's words", passes=error.passing)
