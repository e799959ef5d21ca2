"""What docs/how-to/privacy-notice.md has an operator do to remove what somebody said: it does that."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
from clusters import Cluster
from store_values import ALICE, CHANNEL, NOON, asked, ended, line, minutes, pinged, prompted, url_of

from bot.desk.effects import (
    Explain,
    Link,
    OpenPrompt,
    SaveCode,
    SaveFacet,
    SavePing,
    SaveQuestion,
    SaveReaction,
    SaveTries,
    SaveVote,
    Say,
)
from bot.desk.facts import Concern
from bot.desk.links import Account
from bot.desk.model import PromptKind, Reaction, ReplyLine, Speaker
from bot.store.store import Store
from knowledge.votes import Vote
from routing.presence import Venue, Visibility

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "privacy-notice.md"
BOB = Speaker("libera", "bob", "bob", "s3")
AGAIN = Speaker("libera", "Alice_", None, "s7")
"""Her, read from the history, where no account is proven."""
LINKED = Speaker("matrix", "@ally:example.org", "@ally:example.org", "s8")
"""Her on another network, as she has confirmed."""
ALONE = Venue("libera", "alice", Visibility.PRIVATE)
ROOM = Venue("matrix", "#xen:example.org")
WITHOUT_ACCOUNT = 17
"""The number of such a question in the page's example."""


def statements() -> tuple[str, str]:
    """The page's SQL to look questions up, and to remove them."""
    look, remove, _of_developers = re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return look, remove


async def spoken(url: str) -> None:
    """What she asked, in every way, and what others did."""
    store = await Store.open(url)
    reply = ReplyLine(NOON, "bob", "an answer for her", CHANNEL)
    hers = ended(
        3, text="her unmistakable words", replies=(reply,), outcome="bob told alice", unsaid="unmistakable"
    )
    whispered = ended(4, text="unmistakable, too", venue=ALONE)
    nameless = ended(WITHOUT_ACCOUNT, text="unmistakable without an account", asker=AGAIN)
    his = ended(
        5, asker=BOB, text="somebody else's words", replies=(replace(reply, text="an answer for him"),)
    )
    elsewhere = ended(
        6,
        asker=LINKED,
        venue=ROOM,
        text="unmistakable from over there",
        thread="$unmistakable",
        message_id="$unmistakable",
        parts=(("$another", "unmistakable, and one thing more"),),
    )
    to_bob = replace(line(), addressee=BOB)
    one, other = Account("libera", "alice"), Account(LINKED.network, LINKED.nick)
    await store.commit(
        "e1",
        NOON,
        [
            *(SaveQuestion(each) for each in (hers, whispered, nameless, his, elsewhere)),
            Say(replace(line("her unmistakable words, for alice"), question=3)),
            Say(line("you are told that nothing is open")),  # `mine`
            Say(replace(line("welcome"), venue=ALONE, addressee=None)),
            Say(replace(to_bob, text="2 are open: #3 “her unmistakable wo…”, #5 “somebody else's words”")),
            Say(replace(to_bob, text="missed: alice said thanks", unbroken=("alice",))),
            Say(replace(to_bob, text="about #5: an answer for him")),
            Say(replace(line("without"), addressee=AGAIN)),
            Explain(3, ("her unmistakable words are about qemu",)),
            Explain(5, ("not me, said to alice",)),
            Explain(5, ("about grub",)),
            SavePing(pinged(3, reason="maintains what `unmistakable` names")),
            SavePing(pinged(5, person="carol", reason="alice named them")),
            OpenPrompt(prompted(AGAIN.key, kind=PromptKind.ANSWER)),
            OpenPrompt(prompted(more="#3 “her unmistakable words”")),
            OpenPrompt(prompted(BOB.key, more="#3 “her unmistakable words”")),
            SaveVote(Vote("her unmistakable words", "system-qemu", ALICE.key, right=True)),
            SaveVote(Vote("her unmistakable words", "another", BOB.key, right=True)),
            SaveVote(Vote("somebody else's words", "grub", BOB.key, right=True)),
            SaveFacet(ALICE.key, "xen", "4.17.99"),
            SaveFacet(LINKED.key, "xen", "4.18.99"),
            SaveReaction(Reaction("matrix", "$r1", "$t", LINKED.key, "yes", 2, elsewhere)),
            SaveReaction(
                Reaction("matrix", "$r2", "$t", BOB.key, "1", 2, replace(his, outcome="as alice has"))
            ),
            SaveReaction(Reaction("matrix", "$his", "$t", BOB.key, "ack", 2, his)),
            Link(one, other),
            Link(Account("libera", "bob"), Account("matrix", "@bob:example.org")),
            SaveCode(one, "hash of hers", None, NOON + minutes(15)),
            SaveCode(Account("libera", "bob"), "hash for her", LINKED.key, NOON + minutes(15)),
            SaveTries(LINKED.key, 2, NOON),
        ],
    )
    body = '{"rooms": "@ally:example.org said something"}'
    await store.receive("matrix", "t1", None, body, NOON, ())
    await store.receive("matrix", "t2", "t1", '{"rooms": "somebody else did"}', NOON, ())
    await store.close()


SETTLED = "UPDATE outbox SET state = 'sent', settled_at = queued_at"
KEPT = (
    "somebody else's words",
    "an answer for him",
    "about grub",
    "about #5",
    "$his",
    "@bob:example.org",
    "somebody else did",
)
GONE = (
    "alice",
    "@ally",
    "unmistakable",
    "an answer for her",
    "4.17.99",
    "4.18.99",
    "$r1",
    "$r2",
    "hash of hers",
    "hash for her",
)


async def test_of_what_alice_said_nothing_is_left_and_the_rest_is_as_it_was(path: Path) -> None:
    await spoken(url_of(path))
    look, remove = statements()
    with closing(sqlite3.connect(path)) as database:
        database.execute(SETTLED)
        database.commit()
        assert sorted(row[0] for row in database.execute(look)) == [3, 4, 6, WITHOUT_ACCOUNT]
        database.executescript(remove)
        dumped = "\n".join(database.iterdump())
    bytes_ = b"".join(each.read_bytes() for each in path.parent.iterdir() if each.name.startswith(path.name))
    for said in GONE:
        assert said not in dumped.lower()
        assert said.encode() not in bytes_.lower()
    assert [said for said in KEPT if said not in dumped.replace("''", "'")] == []
    store = await Store.open(url_of(path))
    facts = await store.facts_for(Concern(numbers=(3, 4, 5, 6, WITHOUT_ACCOUNT)), NOON + minutes(1))
    texts = {number: each.text for number, each in facts.questions.items()}
    assert texts.pop(5) == "somebody else's words"
    assert texts == dict.fromkeys((3, 4, 6, WITHOUT_ACCOUNT), "(removed)")
    await store.close()


async def test_an_open_question_stays_until_it_is_withdrawn(path: Path) -> None:
    store = await Store.open(url_of(path))
    await store.commit("e1", NOON, [SaveQuestion(asked(2, text="still open"))])
    await store.close()
    with closing(sqlite3.connect(path)) as database:
        database.executescript(statements()[1])
        assert database.execute("SELECT text FROM question").fetchall() == [("still open",)]


async def test_so_it_is_on_a_server(cluster: Cluster, name: str) -> None:
    url = cluster.url(name)
    await spoken(url)
    look, remove = statements()
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(SETTLED)
        assert sorted(row[0] for row in database.execute(look.encode())) == [3, 4, 6, WITHOUT_ACCOUNT]
        database.execute(remove.replace("VACUUM;", "").encode())  # psql sends one at a time, and this alone
        tables = [row[0] for row in database.execute(TABLES)]
        left = "\n".join(
            str(row) for table in tables for row in database.execute(f'SELECT * FROM "{table}"'.encode())
        )
    assert len(tables) > 8
    assert [said for said in GONE if said in left.lower()] == []
    assert [said for said in KEPT if said not in left] == []


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
