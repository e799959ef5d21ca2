"""`pkgdesk demo` without a terminal: lines come from a pipe, and its end ends the demo."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import nursery
import pytest

from bot.demo.actor import NoPlace
from bot.demo.developers import Developer
from bot.demo.scene import Scene

PLAY = [sys.executable, "-m", "bot.cli", "demo"]
WITHIN = 100


def test_piped_lines_are_said_one_after_the_other(tmp_path: Path) -> None:
    typed = "\n".join(
        (
            "pkgdesk: the build clones qemu, is there an option for a system one?",
            "",
            "more",
            "/msg pkgdesk mine",
            "/nonsense",
            "/why",
            "/join",
            "yes",
            "/quit",
            "pkgdesk: nobody hears this",
        )
    )

    played = nursery.ran("demo", "--state", "kept", cwd=tmp_path, said=typed, timeout=WITHIN)

    assert (played.returncode, played.stderr) == (0, ""), played.stdout
    landmarks = (
        r"bob, carol, dave and pkgdesk are here",
        r"<pkgdesk> alice: .*--with-system-qemu.*`more` or `not it`",
        r"<alice> more\n.*<pkgdesk> alice: ",
        r"alice → pkgdesk \(privately\): mine\n.*pkgdesk → alice \(privately\): .*#1",
        r"there is no /nonsense; /help lists",
        r"why #1: “the build clones qemu.*\n +· answer: system-qemu",
        r"irssi -c 127\.0\.0\.1 -p \d+ -n erin",
        r"<alice> yes\n.*#1 is answered",
    )
    at = 0
    for landmark in landmarks:
        found = re.compile(landmark).search(played.stdout, at)
        assert found is not None, f"{landmark}\nis not in\n{played.stdout[at:]}"
        at = found.start()
    assert "nobody hears" not in played.stdout


def test_the_end_of_input_ends_it(tmp_path: Path) -> None:
    played = nursery.ran("demo", cwd=tmp_path, timeout=WITHIN)

    assert played.returncode == 0, played.stdout + played.stderr
    assert "pkgdesk are here" in played.stdout
    assert played.stderr == ""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are found in /proc")
def test_ctrl_c_ends_all_of_it_while_input_is_waited_for(tmp_path: Path) -> None:
    with subprocess.Popen(
        PLAY,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as play:
        assert play.stdout is not None
        for line in play.stdout:
            if "pkgdesk are here" in line:
                break
        children = Path(f"/proc/{play.pid}/task/{play.pid}/children").read_text().split()

        play.send_signal(signal.SIGINT)

        assert play.wait(WITHIN) == 130
    assert len(children) == 6
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []
    assert list(tmp_path.iterdir()) == []


# --- where it cannot be played -----------------------------------------------------------------------------


def demo(*arguments: str, cwd: Path) -> tuple[int, str]:
    """The exit code, and everything that was printed."""
    played = nursery.ran("demo", *arguments, cwd=cwd, timeout=WITHIN)
    return played.returncode, played.stdout + played.stderr


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert demo("--port", str(port), cwd=tmp_path) == (
            3,
            f"pkgdesk: port {port} is taken: another program listens there. Name another with --port, or "
            "leave it out, and any free one is taken.\n",
        )


def test_a_state_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert demo("--state", "file", cwd=tmp_path) == (
        2,
        "pkgdesk: file cannot hold the demo's files: it is a file. Name another folder with --state.\n",
    )


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**30, 2**30, 4096))

    async def open_scene() -> None:
        async with Scene(state=tmp_path):
            pytest.fail("there is no room for it")

    with pytest.raises(NoPlace, match=r"is full \(4 KiB left\): make room, or name a folder elsewhere"):
        asyncio.run(open_scene())


# --- the developers that one plays with --------------------------------------------------------------------


def ping(to: str, number: int, text: str = "make fails") -> str:
    return f"{to}: alice asks #{number}: “{text}” — you maintain BUILD SYSTEM. Just reply."


def test_bob_asks_back_and_answers_the_reply() -> None:
    bob = Developer("bob")

    (back,) = bob.hears("pkgdesk", ping("bob", 1))
    assert back.text.startswith("alice: ")
    assert back.text.endswith("?")
    assert bob.hears("carol", "hello") == ()
    (answer,) = bob.hears("alice", "4.19, on mageia")
    assert "git clean" in answer.text
    assert bob.hears("alice", "thanks") == ()


def test_carol_passes_every_second_question_on() -> None:
    carol = Developer("carol")

    assert [
        carol.hears("pkgdesk", ping("carol", n))[0].text.startswith("not me → bob") for n in (1, 2, 3, 4)
    ] == [
        False,
        True,
        False,
        True,
    ]


def test_dave_takes_his_time() -> None:
    seen, answer = Developer("dave").hears("pkgdesk", ping("dave", 1, "xenstored crashes"))

    assert seen.text == "ack"
    assert answer.after > 3 * seen.after / 2


def test_nobody_reacts_to_what_is_for_others() -> None:
    for name in ("bob", "carol", "dave"):
        assert Developer(name).hears("pkgdesk", ping("erin", 1)) == ()
        assert Developer(name).hears("alice", ping(name, 1)) == ()


@pytest.mark.parametrize("where", ["", "in #xen-packagers "])
def test_a_private_ping_is_a_ping(where: str) -> None:
    assert Developer("carol").hears("pkgdesk", f"alice asks {where}#7: “x” — you maintain Y.")


def test_who_was_asked_privately_answers_privately() -> None:
    bob = Developer("bob")

    (back,) = bob.hears("pkgdesk", "alice asks #7: “make fails” — you maintain Y.", privately=True)
    assert back.privately
    assert back.text.startswith("which version")
    (answer,) = bob.hears("pkgdesk", "alice on #7: 4.19", privately=True)
    assert answer.privately
    assert "git clean" in answer.text
