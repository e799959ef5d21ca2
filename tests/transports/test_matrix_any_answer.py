"""Whatever a homeserver answers to /sync, a desk reads on: the next line is heard, once, nothing is kept for
ever, and nothing is a defect."""

import asyncio
import random
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from irc_networks import Ears, now
from matrix_desk import settings_of
from matrix_script import Scripted, hangs, line, says, told
from matrix_sync import ME
from structlog.testing import capture_logs
from test_matrix_hearing import JSON as CONTENT
from test_matrix_rooms import ANSWER, EVENTS, JSON
from test_matrix_trouble import HERE, OTHERS, ROOM, in_turn

from bot.desk.events import Event, Fate
from bot.received import Forgetful
from bot.transports.matrix.transport import MatrixTransport

SAID = st.fixed_dictionaries(
    {"type": st.sampled_from(["m.room.message", "m.reaction", "m.room.redaction"]), "content": CONTENT},
    optional={"sender": CONTENT, "event_id": CONTENT, "origin_server_ts": JSON, "state_key": JSON},
)
TALK = st.fixed_dictionaries(
    {
        "timeline": st.fixed_dictionaries(
            {"events": st.lists(SAID | CONTENT, max_size=3)}, optional={"limited": JSON}
        )
    }
)
BESIDE = st.fixed_dictionaries(
    {},
    optional={
        "to_device": EVENTS,
        "device_lists": JSON,
        "device_one_time_keys_count": JSON,
        "presence": JSON,
        "rooms": st.fixed_dictionaries({"join": st.dictionaries(st.just(ROOM), TALK)}),
    },
)


class Taking(Ears):
    """Settles what it takes, as the desk does."""

    def __init__(self) -> None:
        super().__init__()
        self.transport: MatrixTransport

    async def __call__(self, event: Event) -> None:
        await super().__call__(event)
        self.transport.settled(event, Fate.WELL)


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(ANSWER, BESIDE).map(lambda both: {**both[0], **both[1]}), min_size=1, max_size=5))
@example([{"rooms": {"join": {f"!{number}:x": {} for number in range(10_000)}}}])
def test_after_any_answer_the_next_line_is_heard(bodies: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder, capture_logs() as logged:
        asyncio.run(_reads_on(bodies, Path(folder)))
    assert [each for each in logged if each.get("exc_info")] == []


async def _reads_on(bodies: list[dict[str, Any]], folder: Path) -> None:
    answers, spoken = [says(HERE)], list[str]()
    for number, body in enumerate(bodies):
        spoken.append(f"and on {number}")
        answers += [says(told(f"x{number}", **body)), says(line(f"t{number}", spoken[-1]))]
    async with Scripted(in_turn(*answers, hangs), others=OTHERS).open() as server:
        (folder / "token").write_text("token")
        configured = settings_of(server.url, ME, folder, rooms=[ROOM], login={"token_file": folder / "token"})
        journal, ears = Forgetful(), Taking()
        ears.transport = MatrixTransport(
            "net", configured, clock=now, rng=random.Random(7), boot="boot", journal=journal
        )
        run = asyncio.create_task(ears.transport.run(ears))
        await ears.heard(spoken[-1])
        await ears.transport.close("the test is over")
        await run
    assert [text for text in ears.texts() if text in spoken] == spoken
    assert journal.kept == {}
