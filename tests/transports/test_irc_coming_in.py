"""Coming into an IRC network: capabilities, the services account, the nick."""

import base64
from datetime import timedelta

import pytest
from irc_networks import CHANNEL, line
from irc_script import ALL_CAPS, CAPS, scripted

from bot.desk.model import Failure
from bot.transports.base import NotSent
from bot.transports.irc.negotiation import WANTED

SASL = {"account": "pkgdesk", "password_env": "PKGDESK_TEST_PASSWORD"}
LOGGED_IN = ("900 pkgdesk pkgdesk!~d@h pkgdesk :You are now logged in", "903 pkgdesk :SASL successful")
PROOF = base64.b64encode(b"\0pkgdesk\0sesame").decode()


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PKGDESK_TEST_PASSWORD", "sesame")


async def test_only_what_is_offered_is_asked_for_and_in_one_line() -> None:
    async with scripted() as world:
        server = await world.connection()
        assert await server.next() == "CAP LS 302"
        assert await server.next() == "NICK pkgdesk"
        assert (await server.next()).startswith("USER pkgdesk 0 * :")
        server.tells(
            "CAP * LS * :multi-prefix sasl=EXTERNAL,PLAIN server-time", "CAP * LS :account-tag some/thing"
        )
        assert await server.next() == "CAP REQ :account-tag multi-prefix server-time"
        server.tells("CAP * ACK :account-tag multi-prefix server-time")
        assert await server.next() == "CAP END"
        server.welcomes()
        assert await server.next() == f"JOIN {CHANNEL}"


async def test_everything_wanted_fits_one_request() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.hears("CAP LS 302")
        server.tells(f"CAP * LS :{' '.join(WANTED)}")
        assert set((await server.hears("CAP REQ :")).removeprefix("CAP REQ :").split()) == WANTED


async def test_of_a_refused_request_the_rest_is_still_had() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.hears("CAP LS 302")
        server.tells("CAP * LS :account-tag away-notify batch server-time")
        granted = set()
        while (asked := await server.hears("CAP ")) != "CAP END":
            names = asked.removeprefix("CAP REQ :")
            if "batch" in names.split():
                server.tells(f"CAP * NAK :{names}")
            else:
                granted |= set(names.split())
                server.tells(f"CAP * ACK :{names}")
        assert granted == {"account-tag", "away-notify", "server-time"}


async def test_a_server_without_capabilities_will_do() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.hears("CAP LS 302")
        server.tells("421 * CAP :Unknown command")
        server.welcomes(isupport="CHANTYPES=#")
        await server.lets_join("alice", "@bob")
        await world.ears.until(lambda event: getattr(getattr(event, "speaker", None), "nick", "") == "bob")
        assert world.transport.connected


async def test_the_account_is_logged_in_to_before_coming_in() -> None:
    async with scripted(sasl=SASL) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=PLAIN")
        assert await server.hears("AUTHENTICATE") == "AUTHENTICATE PLAIN"
        server.says("AUTHENTICATE +")
        assert await server.next() == f"AUTHENTICATE {PROOF}"
        assert world.transport.account is None
        server.tells(
            "900 pkgdesk pkgdesk!~d@h pkgdesk :You are now logged in", "903 pkgdesk :SASL successful"
        )
        assert await server.next() == "CAP END"
        assert world.transport.account == "pkgdesk"


async def test_a_long_password_is_told_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PKGDESK_TEST_PASSWORD", "x" * 291)
    async with scripted(sasl=SASL) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl")
        await server.hears("AUTHENTICATE PLAIN")
        server.says("AUTHENTICATE +")
        whole = base64.b64encode(b"\0pkgdesk\0" + b"x" * 291).decode()
        assert len(whole) == 400
        assert await server.next() == f"AUTHENTICATE {whole}"
        assert await server.next() == "AUTHENTICATE +"


@pytest.mark.parametrize(
    "refusal",
    [
        "904 pkgdesk :SASL authentication failed",
        "906 pkgdesk :aborted",
        "902 pkgdesk :locked",
        "263 pkgdesk AUTHENTICATE :Try again",
        "421 pkgdesk AUTHENTICATE :Unknown command",
    ],
)
async def test_a_failed_login_leaves_us_connected_and_is_tried_again(refusal: str) -> None:
    async with scripted(sasl=SASL) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=PLAIN")
        await server.hears("AUTHENTICATE PLAIN")
        server.tells(refusal)
        await server.hears("CAP END")
        server.welcomes()
        await server.lets_join()
        await server.is_looked_at(f"{CAPS} sasl=PLAIN")
        await server.hears("AUTHENTICATE PLAIN")
        assert world.transport.connected
        assert world.transport.account is None
        server.says("AUTHENTICATE +")
        await server.hears(f"AUTHENTICATE {PROOF}")
        server.tells(
            "900 pkgdesk pkgdesk!~d@h pkgdesk :You are now logged in", "903 pkgdesk :SASL successful"
        )
        await server.alive()
        assert world.transport.account == "pkgdesk"
        assert "CAP END" not in server.passed


async def test_services_that_do_not_answer_do_not_keep_us_out() -> None:
    async with scripted(sasl=SASL, times={"sasl": timedelta(milliseconds=20)}) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=PLAIN")
        await server.hears("AUTHENTICATE PLAIN")
        assert await server.next() == "AUTHENTICATE *"
        assert await server.next() == "CAP END"


async def test_services_that_come_late_are_used_when_they_come() -> None:
    async with scripted(sasl=SASL) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} cap-notify")
        await server.hears("CAP END")
        server.welcomes()
        await server.lets_join()
        server.tells("CAP pkgdesk NEW :sasl=PLAIN")
        assert await server.hears("CAP REQ") == "CAP REQ :sasl"
        server.tells("CAP pkgdesk ACK :sasl")
        await server.hears("AUTHENTICATE PLAIN")


async def test_logged_out_in_mid_session_we_log_in_again() -> None:
    async with scripted(sasl=SASL) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=PLAIN")
        await server.hears("AUTHENTICATE PLAIN")
        server.tells(
            "900 pkgdesk pkgdesk!~d@h pkgdesk :You are now logged in", "903 pkgdesk :SASL successful"
        )
        await server.hears("CAP END")
        server.welcomes()
        server.tells("901 pkgdesk pkgdesk!~d@h :You are now logged out")
        await server.is_looked_at(f"{CAPS} sasl=PLAIN")
        await server.hears("AUTHENTICATE PLAIN")
        assert world.transport.account is None


async def test_without_a_password_we_come_in_without_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PKGDESK_TEST_PASSWORD")
    async with scripted(sasl=SASL) as world:
        server = await world.connection()
        await server.lets_in(f"{CAPS} sasl=PLAIN")
        assert not [text for text in server.passed if "AUTHENTICATE" in text]


@pytest.mark.parametrize("numeric", ["433", "436", "437"])
async def test_a_taken_nick_is_replaced_and_regained_when_it_is_free(numeric: str) -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.negotiates()
        server.tells(f"{numeric} * pkgdesk :is not to be had")
        assert await server.hears("NICK pkgdesk_") == "NICK pkgdesk_"
        server.tells("433 * pkgdesk_ :in use")
        await server.hears("NICK pkgdesk__")
        server.welcomes("pkgdesk__")
        await server.lets_join("pkgdesk", nick="pkgdesk__")
        await server.alive()
        assert world.transport.me == "pkgdesk__"
        server.says(":pkgdesk!~other@host QUIT :bye")
        assert await server.hears("NICK") == "NICK pkgdesk"
        server.says(":pkgdesk__!~desk@desk.example NICK :pkgdesk")
        await server.alive()
        assert world.transport.me == "pkgdesk"


async def test_a_nick_is_asked_for_again_from_time_to_time() -> None:
    async with scripted(times={"regain": timedelta(milliseconds=20)}) as world:
        server = await world.connection()
        await server.negotiates()
        server.tells("433 * pkgdesk :in use")
        await server.hears("NICK pkgdesk_")
        server.welcomes("pkgdesk_")
        assert await server.hears("NICK") == "NICK pkgdesk"
        server.tells("433 pkgdesk_ pkgdesk :in use")
        assert await server.hears("NICK") == "NICK pkgdesk"


async def test_when_no_nick_is_free_the_connection_is_tried_anew() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.negotiates()
        for _ in range(13):
            server.tells("433 * x :in use")
        await server.ends()
        tried = [text for text in server.passed if text.startswith("NICK ")]
        assert len(set(tried)) >= 10
        await (await world.connection()).hears("CAP LS 302")


async def test_the_bot_mode_is_set_where_there_is_one() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(isupport="WHOX CHANTYPES=# BOT=B")
        assert "MODE pkgdesk +B" in server.passed


async def test_before_we_are_let_in_nothing_can_be_sent() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.negotiates()
        with pytest.raises(NotSent) as refused:
            await world.transport.send(line(world.channel, "hello"), None, ())
        assert refused.value.later
        assert refused.value.failure is Failure.REFUSED
        await server.hears("CAP END")
        server.welcomes()
        await server.hears("JOIN")
        with pytest.raises(NotSent) as outside:
            await world.transport.send(line(world.channel, "hello"), None, ())
        assert outside.value.later


async def test_a_server_that_never_lets_us_in_is_given_up() -> None:
    async with scripted(times={"connect": timedelta(milliseconds=50)}) as world:
        server = await world.connection()
        await server.negotiates()
        await server.ends()
        await (await world.connection()).hears("CAP LS 302")


async def test_everything_that_was_negotiated_is_negotiated_anew() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(ALL_CAPS)
        await server.hang_up()
        again = await world.connection()
        await again.lets_in("")
        again.says(f"@account=alice :alice!~a@h PRIVMSG {CHANNEL} :who am I?")
        assert (await world.ears.heard("who am I?")).speaker.account is None
