"""Being identified, against a scripted server: every way in, and every way in which it fails.

`test_irc_coming_in.py` has the plain course of it, `test_irc_services.py` that with real services."""

import base64
import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from irc_daemons import make_certificate, trusting
from irc_script import CAPS, Connection, scripted
from scramp import ScramMechanism
from structlog.testing import capture_logs

from bot.transports.irc.login import GRACE
from bot.transports.irc.outcome import REFUSALS, SOON, Outcome, Tries, meaning
from bot.transports.irc.renewal import Renewals

PASSWORD = "sesame-" + "x" * 20
PLAIN = base64.b64encode(f"\0pkgdesk\0{PASSWORD}".encode()).decode()
SASL = {"account": "pkgdesk", "password_env": "PKGDESK_TEST_PASSWORD"}
YES = ("900 pkgdesk pkgdesk!~d@h pkgdesk :You are now logged in", "903 pkgdesk :SASL successful")
NO = "904 pkgdesk :SASL authentication failed"
NEVER = {"retry": timedelta(days=1)}


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PKGDESK_TEST_PASSWORD", PASSWORD)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificate(folder)
    return folder


@pytest.fixture
def external(certificates: Path) -> dict[str, Any]:
    """The settings of a desk with a certificate."""
    return {
        "tls": True,
        "server_tls": trusting(certificates / "cert.pem"),
        "ca_file": certificates / "cert.pem",
        "certificate": certificates / "cert.pem",
        "certificate_key": certificates / "key.pem",
    }


class ScramServices:
    """Services that know a password by SCRAM."""

    def __init__(self, password: str = PASSWORD) -> None:
        known = ScramMechanism().make_auth_info(password, iteration_count=4096)
        self._server = ScramMechanism().make_server(lambda _: known)

    async def hear_first(self, server: Connection) -> None:
        await server.hears("AUTHENTICATE SCRAM-SHA-256")
        server.says("AUTHENTICATE +")
        self._server.set_client_first(await told(server))

    async def prove(self, server: Connection) -> None:
        self._says(server, self._server.get_server_first())
        self._server.set_client_final(await told(server))
        self._says(server, self._server.get_server_final())
        assert await server.hears("AUTHENTICATE") == "AUTHENTICATE +"

    def _says(self, server: Connection, text: str) -> None:
        coded = base64.b64encode(text.encode()).decode()
        server.says(f"AUTHENTICATE {coded}")


async def told(server: Connection) -> str:
    """What the desk says in one message."""
    coded = ""
    while True:
        chunk = (await server.hears("AUTHENTICATE ")).removeprefix("AUTHENTICATE ")
        coded += chunk.removesuffix("+") if chunk == "+" else chunk
        if len(chunk) < 400:
            return base64.b64decode(coded).decode()


def told_of(records: Sequence[Any], level: str) -> list[str]:
    return [each["event"] for each in records if each["log_level"] == level]


# --- which way in ---------------------------------------------------------------------------------------


async def test_scram_is_used_where_it_is_offered() -> None:
    async with scripted(sasl=SASL) as world:
        server, services = await world.connection(), ScramServices()
        await server.negotiates(f"{CAPS} sasl=PLAIN,SCRAM-SHA-256")
        await services.hear_first(server)
        await services.prove(server)
        assert world.transport.account is None
        server.tells(*YES)
        await server.hears("CAP END")
        assert world.transport.account == "pkgdesk"


async def test_a_server_that_cannot_prove_itself_is_told_no_password() -> None:
    with capture_logs() as records:
        async with scripted(sasl=SASL) as world:
            server, services = await world.connection(), ScramServices()
            await server.negotiates(f"{CAPS} sasl=PLAIN,SCRAM-SHA-256")
            await services.hear_first(server)
            server.tells(*YES)
            await server.hears("CAP END")
            assert world.transport.account is None
            server.welcomes()
            await server.lets_join()
            await server.is_looked_at(f"{CAPS} sasl=PLAIN,SCRAM-SHA-256")
            await ScramServices().hear_first(server)
            server.says("AUTHENTICATE +")
            await server.alive()
            assert world.transport.account is None
            assert "AUTHENTICATE PLAIN" not in server.passed
    assert told_of(records, "error") == ["the account is not to be had"]


async def test_the_certificate_is_used_before_the_password(external: dict[str, Any]) -> None:
    async with scripted(sasl=SASL, **external) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=PLAIN,EXTERNAL,SCRAM-SHA-256")
        assert await server.hears("AUTHENTICATE") == "AUTHENTICATE EXTERNAL"
        server.says("AUTHENTICATE +")
        assert await told(server) == ""
        server.tells(*YES)
        await server.hears("CAP END")
        assert world.transport.account == "pkgdesk"


async def test_a_certificate_that_services_do_not_know_leaves_the_password(external: dict[str, Any]) -> None:
    async with scripted(sasl=SASL, times=NEVER, **external) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=PLAIN,EXTERNAL")
        await server.hears("AUTHENTICATE EXTERNAL")
        server.says("AUTHENTICATE +")
        assert await told(server) == ""
        server.tells(NO)
        await server.hears("AUTHENTICATE PLAIN")
        server.says("AUTHENTICATE +")
        assert await server.next() == f"AUTHENTICATE {PLAIN}"
        server.tells(*YES)
        await server.hears("CAP END")


async def test_a_mechanism_that_is_set_is_the_only_one(external: dict[str, Any]) -> None:
    with capture_logs() as records:
        sasl = {"account": "pkgdesk", "mechanism": "external"}
        async with scripted(sasl=sasl, times=NEVER, **external) as world:
            server = await world.connection()
            await server.negotiates(f"{CAPS} sasl=PLAIN,SCRAM-SHA-256")
            assert await server.next() == "CAP END"
            server.welcomes()
            await server.lets_join()
            assert world.transport.account is None
    (said,) = [each for each in records if each["event"].startswith("not logged in")]
    assert said["why"] == "`sasl.mechanism` is external, which is not offered; offered: PLAIN, SCRAM-SHA-256"
    assert "sasl.password_file" in said["remedy"]


async def test_where_the_list_was_not_told_it_is_taken_from_the_refusal() -> None:
    sasl = {**SASL, "mechanism": "scram-sha-256"}
    async with scripted(sasl=sasl, times=NEVER) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl")
        await server.hears("AUTHENTICATE SCRAM-SHA-256")
        server.tells("908 pkgdesk PLAIN :are available SASL mechanisms", NO)
        assert await server.hears("CAP END") == "CAP END"
    async with scripted(sasl=SASL, times=NEVER) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl")
        await server.hears("AUTHENTICATE PLAIN")
        server.tells("908 pkgdesk EXTERNAL,SCRAM-SHA-256 :are available SASL mechanisms", NO)
        await ScramServices().hear_first(server)


async def test_a_long_message_of_services_comes_in_pieces() -> None:
    async with scripted(sasl=SASL) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=SCRAM-SHA-256")
        await server.hears("AUTHENTICATE SCRAM-SHA-256")
        server.says("AUTHENTICATE +")
        first = await told(server)
        nonce = first.partition("r=")[2] + "y" * 700
        long = f"r={nonce},s={base64.b64encode(bytes(16)).decode()},i=4096"
        coded = base64.b64encode(long.encode()).decode()
        pieces = [coded[at : at + 400] for at in range(0, len(coded), 400)]
        assert len(pieces) == 3
        server.says(*(f"AUTHENTICATE {piece}" for piece in pieces))
        assert f"r={nonce},p=" in await told(server)


@pytest.mark.parametrize("nonsense", ["AUTHENTICATE not*base64", "AUTHENTICATE AAAA"])
async def test_nonsense_is_aborted(nonsense: str) -> None:
    async with scripted(sasl={**SASL, "mechanism": "scram-sha-256"}, times=NEVER) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl")
        await server.hears("AUTHENTICATE SCRAM-SHA-256")
        server.says("AUTHENTICATE +")
        await told(server)
        server.says(nonsense)
        assert await server.next() == "AUTHENTICATE *"
        server.tells("906 pkgdesk :SASL authentication aborted")
        await server.hears("CAP END")


# --- services are away, busy, back ------------------------------------------------------------------------


async def test_services_that_nobody_announces_are_found_by_asking_again() -> None:
    async with scripted(sasl=SASL) as world:
        server = await world.connection()
        await server.lets_in(CAPS)
        assert await server.hears("CAP") == "CAP LS 302"
        server.tells(f"CAP pkgdesk LS :{CAPS}")
        assert await server.hears("CAP") == "CAP LS 302"
        server.tells(f"CAP pkgdesk LS * :{CAPS}", "CAP pkgdesk LS :sasl=PLAIN")
        assert await server.hears("CAP") == "CAP REQ :sasl"
        server.tells("CAP pkgdesk ACK :sasl")
        await server.hears("AUTHENTICATE PLAIN")
        server.says("AUTHENTICATE +")
        assert await server.next() == f"AUTHENTICATE {PLAIN}"
        server.tells(*YES)
        await server.alive()
        assert world.transport.account == "pkgdesk"
        assert "CAP END" not in server.passed[-3:]


async def test_while_services_are_away_every_attempt_is_refused_and_none_is_the_last() -> None:
    with capture_logs() as records:
        async with scripted(sasl=SASL) as world:
            server = await world.connection()
            await server.negotiates(f"{CAPS} sasl=PLAIN")
            await server.hears("AUTHENTICATE PLAIN")
            server.tells(NO)
            await server.hears("CAP END")
            server.welcomes()
            for _ in range(REFUSALS + 1):
                await server.is_looked_at(f"{CAPS} sasl=PLAIN")
                await server.hears("AUTHENTICATE PLAIN")
                server.tells(NO)
            await server.is_looked_at(f"{CAPS} sasl=PLAIN")
            await server.hears("AUTHENTICATE PLAIN")
            server.says("AUTHENTICATE +")
            await server.hears(f"AUTHENTICATE {PLAIN}")
            server.tells(*YES)
            await server.alive()
            assert world.transport.account == "pkgdesk"
    assert told_of(records, "error") == []
    assert told_of(records, "warning") == ["logging in to the account failed; it is tried again"]


async def test_services_that_leave_and_come_back_are_used_at_once() -> None:
    async with scripted(sasl=SASL, times=NEVER) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} cap-notify sasl=PLAIN")
        await server.hears("AUTHENTICATE PLAIN")
        server.says("CAP pkgdesk DEL :sasl")
        await server.hears("CAP END")
        server.welcomes()
        server.tells("CAP pkgdesk NEW :sasl=PLAIN,SCRAM-SHA-256")
        assert await server.hears("CAP REQ") == "CAP REQ :sasl"
        server.tells("CAP pkgdesk ACK :sasl")
        await ScramServices().hear_first(server)


@pytest.mark.parametrize(
    "gone", ["901 pkgdesk pkgdesk!~d@h :You are now logged out", ":pkgdesk!~d@h ACCOUNT *"]
)
async def test_being_logged_out_is_noticed_and_mended(gone: str) -> None:
    async with scripted(sasl=SASL) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=PLAIN")
        await server.hears("AUTHENTICATE PLAIN")
        server.tells(*YES)
        await server.hears("CAP END")
        server.welcomes()
        await server.lets_join()
        assert world.transport.attendance.identified
        if gone.startswith(":"):
            server.says(gone)
        else:
            server.tells(gone)
        await server.is_looked_at(f"{CAPS} sasl=PLAIN")
        await server.hears("AUTHENTICATE PLAIN")
        assert world.transport.attendance.identified is False
        server.tells(*YES)
        await server.alive()
        assert world.transport.attendance.identified


async def test_already_logged_in_is_asked_for_by_name() -> None:
    async with scripted(sasl=SASL, times=NEVER) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=PLAIN")
        await server.hears("AUTHENTICATE PLAIN")
        server.tells("907 pkgdesk :You have already authenticated using SASL")
        await server.hears("CAP END")
        assert world.transport.account is None
        assert not [text for text in server.passed if text.startswith("WHOIS")]
        server.welcomes()
        assert await server.hears("WHOIS") == "WHOIS pkgdesk"
        server.tells("330 pkgdesk pkgdesk PkgDesk :is logged in as")
        await server.lets_join()
        await server.alive()
        assert world.transport.account == "PkgDesk"


async def test_a_wrong_password_is_said_once_and_then_tried_rarely() -> None:
    with capture_logs() as records:
        async with scripted(sasl=SASL, times={"retry": timedelta(milliseconds=10)}) as world:
            server = await world.connection()
            await server.negotiates(f"{CAPS} sasl=PLAIN")
            for number in range(REFUSALS + 2):
                if number:
                    await server.is_looked_at(f"{CAPS} sasl=PLAIN")
                await server.hears("AUTHENTICATE PLAIN")
                server.says("AUTHENTICATE +")
                await server.hears(f"AUTHENTICATE {PLAIN}")
                server.tells(NO)
                if number == 0:
                    await server.hears("CAP END")
                    server.welcomes()
    (said,) = [each for each in records if each["log_level"] == "error"]
    assert (said["event"], said["account"]) == ("the account is not to be had", "pkgdesk")
    assert "NickServ" in said["remedy"]
    failed = [each for each in records if each["event"] == "logging in to the account failed"]
    assert [each["attempt"] for each in failed] == [1, 2]
    for each in (*failed, said):
        assert (each["why"], each["words"]) == ("services refused", "904 SASL authentication failed")
        assert "password" in each["remedy"]


async def test_a_password_that_was_put_right_is_used_without_a_new_connection(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("wrong")
    sasl = {"account": "pkgdesk", "password_file": path}
    async with scripted(sasl=sasl) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=PLAIN")
        await server.hears("AUTHENTICATE PLAIN")
        server.says("AUTHENTICATE +")
        assert await told(server) == "\0pkgdesk\0wrong"
        path.write_text(PASSWORD)
        server.tells(NO)
        await server.hears("CAP END")
        server.welcomes()
        await server.is_looked_at(f"{CAPS} sasl=PLAIN")
        await server.hears("AUTHENTICATE PLAIN")
        server.says("AUTHENTICATE +")
        assert await server.hears("AUTHENTICATE ") == f"AUTHENTICATE {PLAIN}"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_pauses(outcome: Outcome) -> None:
    rng, tries, pauses = random.Random(1), Tries(), []
    for _ in range(50):
        tries = tries.after(outcome)
        pauses.append(tries.pause(outcome, 30.0, rng))
    assert min(pauses) >= 15.0
    if outcome.lasting:
        hopeless = 0 if outcome is Outcome.IMPOSTOR else REFUSALS - 1
        assert max(pauses[:hopeless], default=0.0) <= SOON
        assert min(pauses[hopeless:]) >= 150.0
        assert max(pauses) <= 300.0
    else:
        # An attempt that nobody answers, the pause, one that is not passed on, a new connection, logging in.
        assert 15 + max(pauses) + GRACE + 3 + 5 <= 60.0


def test_pauses_grow_but_for_who_had_enough() -> None:
    rng, away, busy = random.Random(1), Tries(), Tries().after(Outcome.BUSY)
    assert busy.pause(Outcome.BUSY, 5.0, rng) >= 10.0
    for least in (2.5, 5.0, 10.0, 10.0):
        away = away.missed()
        assert least <= away.pause(Outcome.AWAY, 5.0, rng) <= 2 * least


def test_what_a_word_of_services_means() -> None:
    silent = Tries().after(Outcome.SILENT).after(Outcome.UNHEARD)
    assert silent.silences == 2
    assert silent.missed().silences == 2, "whoever is not there says nothing either"
    assert silent.after(Outcome.AWAY).silences == 0
    refused = Tries()
    for _ in range(REFUSALS):
        assert not refused.hopeless
        refused = refused.after(Outcome.REFUSED).after(Outcome.AWAY)
    assert refused.hopeless
    assert not refused.anew().hopeless
    assert Tries().after(Outcome.IMPOSTOR).hopeless
    assert meaning("904", challenged=False, unknown=False) is Outcome.AWAY
    assert meaning("904", challenged=False, unknown=True) is Outcome.MECHANISM
    assert meaning("904", challenged=True, unknown=True) is Outcome.REFUSED


def test_connections_are_given_up_ever_more_seldom_while_none_is_any_better() -> None:
    rng, renewals, now, made = random.Random(1), Renewals(), 1000.0, []
    for minute in range(24 * 60):
        if renewals.allowed(now + 60 * minute):
            renewals.made(now + 60 * minute, rng)
            made.append(minute)
    assert made[0] == 0, "the first one at once"
    assert len(made) <= 12
    assert made[-1] - made[-2] >= 180
    renewals.identified()
    assert renewals.allowed(now)


# --- services that hang ---------------------------------------------------------------------------------

SERVICES = ":NickServ!NickServ@services.example NOTICE pkgdesk"
HANGS = {"sasl": timedelta(milliseconds=50)}
OFFERED = f"{CAPS} sasl=PLAIN"


async def hang(server: Connection) -> None:
    """Until the client has been let in, services have not said a word."""
    await server.negotiates(OFFERED)
    await server.hears("AUTHENTICATE *")
    await server.hears("CAP END")
    server.welcomes()
    await server.lets_join()
    await server.is_looked_at(OFFERED)


async def test_services_that_talk_and_are_not_asked_are_asked_on_a_new_connection() -> None:
    with capture_logs() as records:
        async with scripted(sasl=SASL, times=HANGS) as world:
            server = await world.connection()
            await hang(server)
            await server.hears("AUTHENTICATE PLAIN")
            assert await server.hears("PRIVMSG") == "PRIVMSG NickServ :STATUS"
            server.says(f"{SERVICES} :You are not logged in.")
            await server.ends()
            again = await world.connection()
            await hang(again)
            for _ in range(3):
                await again.hears("PRIVMSG NickServ")
                again.says(f"{SERVICES} :You are not logged in.")
                await again.is_looked_at(OFFERED)
            await again.hears("AUTHENTICATE PLAIN")
            again.says("AUTHENTICATE +")
            await again.hears(f"AUTHENTICATE {PLAIN}")
            again.tells(*YES)
            await again.alive()
            assert world.transport.account == "pkgdesk"
    said = [each for each in told_of(records, "warning") if each.startswith("the account")]
    assert said == ["the account is not to be had on this connection; a new one is made"]


async def test_services_that_answer_nothing_cost_no_connection() -> None:
    async with scripted(sasl=SASL, times=HANGS) as world:
        server = await world.connection()
        await hang(server)
        for number in range(5):
            await server.hears("PRIVMSG NickServ")
            server.tells("401 pkgdesk NickServ :No such nick")
            server.says(f":mallory!m@h NOTICE pkgdesk :It is me, NickServ, number {number}")
            await server.is_looked_at(OFFERED)
        assert not world.was_reached


async def test_services_that_come_to_it_late_are_told_at_once() -> None:
    async with scripted(sasl=SASL, times={**HANGS, **NEVER}) as world:
        server = await world.connection()
        await server.negotiates(OFFERED)
        await server.hears("AUTHENTICATE *")
        await server.hears("CAP END")
        server.welcomes()
        await server.lets_join()
        seen = len(server.passed)
        server.says("AUTHENTICATE +")
        assert await server.hears("AUTHENTICATE") == "AUTHENTICATE *"
        assert await server.hears("AUTHENTICATE") == "AUTHENTICATE PLAIN"
        server.tells("906 pkgdesk :SASL authentication aborted")
        server.says("AUTHENTICATE +")
        await server.hears(f"AUTHENTICATE {PLAIN}")
        server.tells(*YES)
        server.says("AUTHENTICATE +")
        await server.alive()
        assert world.transport.account == "pkgdesk"
        assert not [text for text in server.passed[seen:] if text.startswith("AUTHENTICATE")]


async def test_whose_certificate_it_is_services_say(external: dict[str, Any]) -> None:
    sasl = {"account": "pkgdesk", "mechanism": "external"}
    async with scripted(sasl=sasl, times=NEVER, **external) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=EXTERNAL")
        await server.hears("AUTHENTICATE EXTERNAL")
        server.says("AUTHENTICATE +")
        assert await server.next() == "AUTHENTICATE +"
        server.tells("903 pkgdesk :SASL successful")
        await server.hears("CAP END")
        assert world.transport.account is None
        server.welcomes()
        assert await server.hears("WHOIS") == "WHOIS pkgdesk"
        server.tells("330 pkgdesk pkgdesk pkgdesk :is logged in as")
        await server.alive()
        assert world.transport.account == "pkgdesk"


# --- without SASL -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    [
        ":irc.script.test MODE pkgdesk +R",
        ":NickServ!services@services.example MODE pkgdesk :+ir",
        ":irc.script.test 307 pkgdesk pkgdesk :user has identified to services",
        ":irc.script.test 330 pkgdesk pkgdesk pkgdesk :is logged in as",
    ],
)
async def test_where_there_is_no_sasl_services_know_the_certificate(
    external: dict[str, Any], word: str
) -> None:
    async with scripted(sasl={"account": "pkgdesk", "mechanism": "external"}, **external) as world:
        server = await world.connection()
        await server.lets_in("multi-prefix")
        assert "WHOIS pkgdesk" in [*server.passed, await server.hears("WHOIS pkgdesk")]
        server.says(":irc.script.test 396 pkgdesk registered.example :is now your visible host")
        server.says(":pkgdesk!~d@h MODE pkgdesk :+R")
        await server.alive()
        assert world.transport.account is None
        server.says(word)
        await server.alive()
        assert world.transport.account == "pkgdesk"


async def test_the_mode_taken_back_is_believed_too(external: dict[str, Any]) -> None:
    async with scripted(sasl={"account": "pkgdesk", "mechanism": "external"}, **external) as world:
        server = await world.connection()
        await server.lets_in("multi-prefix")
        server.says(":irc.script.test MODE pkgdesk +iR-w")
        await server.alive()
        assert world.transport.account == "pkgdesk"
        server.says(":irc.script.test MODE pkgdesk -R")
        await server.alive()
        assert world.transport.account is None


@pytest.mark.parametrize("caps", [CAPS, f"{CAPS} sasl=PLAIN"])
async def test_elsewhere_a_mode_proves_nothing(caps: str) -> None:
    async with scripted(sasl=SASL, times=NEVER) as world:
        server = await world.connection()
        await server.negotiates(caps)
        if "sasl" in caps:
            await server.hears("AUTHENTICATE PLAIN")
            server.tells(NO)
        await server.hears("CAP END")
        server.welcomes()
        server.says(":irc.script.test MODE pkgdesk +R", ":irc.script.test 307 pkgdesk pkgdesk :is known")
        await server.lets_join()
        await server.alive()
        assert world.transport.account is None


# --- secrets ------------------------------------------------------------------------------------------------


async def test_no_log_holds_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as records:
        async with scripted(sasl=SASL) as world:
            server, services = await world.connection(), ScramServices()
            await server.negotiates(f"{CAPS} sasl=PLAIN,SCRAM-SHA-256")
            await services.hear_first(server)
            await services.prove(server)
            server.tells(NO)
            await server.hears("AUTHENTICATE PLAIN")
            server.says("AUTHENTICATE +")
            await server.hears(f"AUTHENTICATE {PLAIN}")
            server.says("AUTHENTICATE nonsense*")
            await server.hears("CAP END")
            server.welcomes()
            await server.lets_join()
            await server.hang_up()
            again = await world.connection()
            await again.negotiates(f"{CAPS} sasl=PLAIN")
            await again.hears("AUTHENTICATE PLAIN")
            again.says("AUTHENTICATE +")
            await again.hears(f"AUTHENTICATE {PLAIN}")
            await again.hang_up()
            await world.connection()
    said = "\n".join(
        [*map(repr, records), *(f"{each.getMessage()} {each.args!r}" for each in caplog.records)]
    )
    assert "logging in" in said
    for secret in (PASSWORD, PLAIN, PLAIN[:40], base64.b64encode(PASSWORD.encode()).decode()[:20]):
        assert secret not in said


async def test_what_is_said_of_an_aborted_attempt_does_not_end_the_next() -> None:
    async with scripted(sasl=SASL, times=NEVER) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=PLAIN,SCRAM-SHA-256")
        await server.hears("AUTHENTICATE SCRAM-SHA-256")
        server.says("AUTHENTICATE not*base64")
        await server.hears("AUTHENTICATE *")
        await server.hears("AUTHENTICATE PLAIN")
        server.tells("906 pkgdesk :SASL authentication aborted")
        server.says("AUTHENTICATE +")
        await server.hears(f"AUTHENTICATE {PLAIN}")
        server.tells(*YES)
        await server.hears("CAP END")
        assert world.transport.account == "pkgdesk"
