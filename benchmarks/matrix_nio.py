"""The library matrix-nio alone, to measure the desk beside:

    TOKEN=… python -m benchmarks.matrix_nio URL USER DEVICE

It reads on for ever with the library's own loop, does nothing about what is said, but for `!echo`, which it
answers by `pong`, and follows every invitation. A line on standard output when it has read for the first
time, and for each time that it knows everybody in a room that it was invited into:

    {"members": how many, "at": monotonic seconds}
"""

import asyncio
import json
import os
import sys
import time
from functools import partial

import nio

ASKED, ANSWERED = "!echo", "pong"


async def _heard(client: nio.AsyncClient, room: nio.MatrixRoom, event: nio.RoomMessageText) -> None:
    if event.body == ASKED and event.sender != client.user_id:
        await client.room_send(room.room_id, "m.room.message", {"msgtype": "m.notice", "body": ANSWERED})


async def _invited(
    client: nio.AsyncClient, room: nio.MatrixInvitedRoom, event: nio.InviteMemberEvent
) -> None:
    if event.state_key == client.user_id and event.membership == "invite":
        await client.join(room.room_id)
        told = await client.joined_members(room.room_id)
        if isinstance(told, nio.JoinedMembersResponse):
            _tell(len(told.members))


def _tell(members: int) -> None:
    print(json.dumps({"members": members, "at": time.perf_counter()}), flush=True)


async def _run(url: str, user: str, device: str) -> None:
    client = nio.AsyncClient(
        url, user, config=nio.AsyncClientConfig(store_sync_tokens=False, encryption_enabled=False)
    )
    client.restore_login(user, device, os.environ["TOKEN"])
    # What was said before is nobody's concern.
    await client.sync(timeout=0, full_state=True)
    client.add_event_callback(partial(_heard, client), nio.RoomMessageText)  # type: ignore[arg-type]
    client.add_event_callback(partial(_invited, client), nio.InviteMemberEvent)  # type: ignore[arg-type]
    _tell(0)
    await client.sync_forever(timeout=30_000)


if __name__ == "__main__":
    asyncio.run(_run(*sys.argv[1:]))
