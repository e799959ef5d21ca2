"""What docs/how-to/privacy-notice.md has an operator do to remove what somebody said: it does that."""

import re
import sqlite3
from dataclasses import replace
from pathlib import Path

from store_values import ALICE, CHANNEL, NOON, asked, ended, line, minutes, url_of

from bot.desk.effects import Explain, SaveFacet, SaveQuestion, SaveVote, Say
from bot.desk.facts import Concern
from bot.desk.model import ReplyLine, Speaker
from bot.store.store import Store
from knowledge.votes import Vote

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "privacy-notice.md"
BOB = Speaker("libera", "bob", "bob", "s3")


def statements() -> str:
    found = re.search(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


async def test_of_what_alice_said_nothing_is_left_and_the_rest_is_as_it_was(path: Path) -> None:
    store = await Store.open(url_of(path))
    hers = ended(
        1, text="her unmistakable words", replies=(ReplyLine(NOON, "bob", "an answer for her", CHANNEL),)
    )
    open_, his = asked(2, text="still open"), ended(3, asker=BOB, text="somebody else's words")
    await store.commit(
        "e1",
        NOON,
        [
            *(SaveQuestion(each) for each in (hers, open_, his)),
            Say(replace(line("her unmistakable words, for alice"), question=1)),
            Explain(1, ("her unmistakable words are about qemu",)),
            Explain(3, ("about grub",)),
            SaveVote(Vote("her unmistakable words", "system-qemu", ALICE.key, right=True)),
            SaveVote(Vote("somebody else's words", "grub", BOB.key, right=True)),
            SaveFacet(ALICE.key, "xen", "4.17.99"),
        ],
    )
    await store.close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE outbox SET state = 'sent', settled_at = queued_at")
    database.close()
    database = sqlite3.connect(path)
    database.executescript(statements())
    database.close()

    left = b"".join(each.read_bytes() for each in path.parent.iterdir() if each.name.startswith(path.name))
    for said in (b"unmistakable", b"an answer for her", b"4.17.99"):
        assert said not in left
    assert b"somebody else's words" in left
    store = await Store.open(url_of(path))
    facts = await store.facts_for(Concern(numbers=(1, 2, 3)), NOON + minutes(1))
    texts = {number: each.text for number, each in facts.questions.items()}
    assert texts == {1: "(removed)", 2: "still open", 3: "somebody else's words"}
    await store.close()
