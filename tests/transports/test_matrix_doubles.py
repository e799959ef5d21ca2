"""Two desks with one access token: it is told, once, and never of a desk's own lines."""

from pathlib import Path
from typing import Any

import pytest
from irc_networks import line
from matrix_desk import MatrixDesk
from matrix_sync import ALICE, ME, ROOM
from matrix_town import Town
from structlog.testing import capture_logs

from bot.desk.events import Joined
from bot.transports.matrix.doubles import Doubles, transaction
from routing.presence import Venue

ANOTHER = "another desk speaks with this access token, and answers what this one does"


async def test_another_desk_with_the_same_token_is_told_of(town: Town, tmp_path: Path) -> None:
    alice, got = await town.person("alice"), await town.account("pkgdesk")
    room = await alice.create_room()
    desk, other = MatrixDesk(town, got, tmp_path, rooms=[room]), town.client(got)
    with capture_logs() as logged:
        async with desk.serving():
            await desk.ears.until(lambda event: isinstance(event, Joined))
            await desk.transport.send(line(Venue("net", room), "ours"), None, ())
            await desk.ears.heard("ours", own=True)
            assert not [each for each in logged if each["event"] == ANOTHER]
            for number in (1, 2):
                said = {"msgtype": "m.notice", "body": f"theirs {number}"}
                await other.call("PUT", f"rooms/{room}/send/m.room.message/pkgdesk-0123-{number}", said)
                await desk.ears.heard(f"theirs {number}", own=True)
    [told] = [each for each in logged if each["event"] == ANOTHER]
    assert (told["log_level"], told["room"]) == ("error", room)
    assert told["remedy"].startswith("end one of them")


@pytest.mark.parametrize(
    ("sender", "unsigned", "is_told"),
    [
        (ME, {"transaction_id": transaction("salt", "7")}, False),
        (ME, {"transaction_id": transaction("salty", "7")}, True),
        (ME, {"transaction_id": "m1700000000"}, False),  # a person's program, with the same account
        (ALICE, {"transaction_id": transaction("other", "7")}, False),
        (ME, {"transaction_id": [7]}, False),
        (ME, None, False),
    ],
)
def test_only_a_line_of_another_database_is_anothers(sender: str, unsigned: Any, is_told: bool) -> None:
    told = {"sender": sender, "unsigned": unsigned}
    with capture_logs() as logged:
        Doubles(ME, "salt").look({"rooms": {"join": {ROOM: {"timeline": {"events": [told]}}}}})
    assert bool(logged) is is_told
