"""What there is to say of each room of the configuration: whether we are in and may speak, and who can read
what is said there. Pure."""

import math
from collections.abc import Iterator

from bot.homeservers.facts import Facts, Place
from bot.networks.finding import Finding, fine, look, missing
from bot.transports.matrix.room import Room
from bot.transports.matrix.settings import MatrixRoom, MatrixSettings
from bot.transports.matrix.speech import mute, own_level
from routing.presence import Visibility

_RULES = {
    "public": "anybody may join",
    "invite": "by invitation only",
    "knock": "by invitation, for which one may ask",
    "restricted": "for members of another room, or by invitation",
    "knock_restricted": "for members of another room, or by invitation, for which one may ask",
    "private": "by invitation only",
}


def of_places(facts: Facts, settings: MatrixSettings) -> Iterator[Finding]:
    """Each room of the configuration."""
    if not settings.rooms:
        yield look(
            "rooms", "none is configured: the desk only goes where it is invited", "name some under `rooms`"
        )
    configured = {each.name: each for each in settings.rooms}
    for place in facts.places:
        room = facts.rooms.joined.get(place.id) if facts.rooms is not None and place.id is not None else None
        if room is None:
            yield _outside(place, facts, settings)
        else:
            yield from _inside(place, room, configured[place.name], facts, settings)


def _outside(place: Place, facts: Facts, settings: MatrixSettings) -> Finding:
    if place.id is None:
        return missing(
            place.name, f"not found: {place.trouble or 'the server does not say which it is'}", place.remedy
        )
    told = f"not in it: {place.put_out}" if place.put_out else "not in it yet"
    told += f"; {_RULES.get(place.join_rule, 'who may join was not told')}"
    if place.encrypted:
        told += "; encrypted"
    if place.encrypted and facts.no_encryption is not None:
        return missing(place.name, f"{told}: {facts.no_encryption}", _ENCRYPTION)
    if place.id in facts.invitations:
        return fine(place.name, f"{told}; invited, and the desk comes in when it starts")
    if place.put_out:
        return missing(
            place.name,
            told,
            f"talk with the moderators of {place.name}, and have one of them invite {settings.user}; or take "
            "it out of the configuration",
        )
    if place.join_rule == "public":
        return fine(place.name, f"{told}; the desk comes in when it starts")
    if place.join_rule:
        return missing(place.name, told, f"have somebody in there invite {settings.user}")
    return look(
        place.name, told, f"if the desk cannot come in, have somebody in there invite {settings.user}"
    )


_ENCRYPTION = "pip install 'pkgdesk[encryption]', and leave `encryption` on"


def _inside(
    place: Place, room: Room, configured: MatrixRoom, facts: Facts, settings: MatrixSettings
) -> Iterator[Finding]:
    yield _seat(place, room, configured, settings)
    if room.encrypted and facts.no_encryption is not None:
        yield missing(place.name, f"encrypted, and {facts.no_encryption}", _ENCRYPTION)
    if place.onwards is not None:
        yield look(
            place.name,
            f"it goes on in {place.onwards}, and the desk is not in there",
            f"the desk follows when it runs; if it cannot, have somebody in there invite {settings.user}",
        )
    yield from _readers(place, room, configured)
    for bridge in place.bridges:
        to = f"bridged to {bridge.to or 'another network'} by {bridge.by}"
        if settings.ghosts:
            yield fine(place.name, to)
        else:
            yield look(
                place.name,
                to,
                "name the user ids that it gives to people under `ghosts`, for they have no rights; where "
                "the desk sits at the other end, too, declare the two under `bridged`",
            )


def _seat(place: Place, room: Room, configured: MatrixRoom, settings: MatrixSettings) -> Finding:
    rank = own_level(room, settings.user)
    told = [
        f"joined, with {_people(room.joined - 1)}",
        _RULES.get(room.join_rule, room.join_rule),
        "encrypted" if room.encrypted else "not encrypted",
        f"version {room.version}",
        f"our level is {'without end' if math.isinf(rank) else f'{rank:g}'}",
    ]
    if place.upgraded is not None:
        told.append(f"it goes on from {place.upgraded}")
    if configured.rights:
        told.append("rights by level: " + ", ".join(_right(*each) for each in configured.rights.items()))
    silent = mute(room, settings.user)
    if silent is None:
        return fine(place.name, "; ".join(told))
    return missing(
        place.name,
        f"{'; '.join(told)}; the desk may say nothing there: {silent}",
        f"ask a moderator of {place.name} to let {settings.user} speak",
    )


def _right(role: object, level: int) -> str:
    return f"{getattr(role, 'name', str(role)).lower()} from {level}"


def _readers(place: Place, room: Room, configured: MatrixRoom) -> Iterator[Finding]:
    """Who can read it, against what is configured."""
    if configured.visibility is Visibility.PUBLIC and not room.open:
        why = "it is encrypted" if room.encrypted else "nobody may join unasked"
        yield look(
            place.name,
            f"configured as public, and {why}: it counts as members",
            "set `visibility: members`, so that it says what it is",
        )
    elif configured.visibility is Visibility.MEMBERS and room.open:
        yield look(
            place.name,
            "configured as members, and anybody may join, and so can read what is said",
            "leave it so if that is meant, or have its moderators make it by invitation",
        )
    if room.history == "world_readable" and not (configured.visibility is Visibility.PUBLIC and room.open):
        yield look(
            place.name,
            "whoever knows of it can read all that is said there without joining (history is world_readable)",
            "have its moderators change who can read its history",
        )


def _people(count: int) -> str:
    return f"{count} other{'' if count == 1 else 's'}" if count > 0 else "nobody else"
