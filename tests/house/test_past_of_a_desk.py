"""A desk in its process learns from the project's history whose a question is, and anew when that changes."""

from pathlib import Path

from running_desks import Desk, Person, pkgdesk, running, served

TOLD = "pkgdesk: our gizmo does not frobnicate when two guests want it"


def learn(folder: Path, path: str) -> None:
    changes = [
        f"commit {number:040x} {1_700_000_000 + number}\n    teach the gizmo to frobnicate\n\n{path}\n\n"
        for number in range(5)
    ]
    (folder / "log").write_text("".join(changes))
    done = pkgdesk(folder, "map", "learn", "--log", "log", "--full")
    assert done.returncode == 0, done.stderr
    assert (folder / "history.gz").exists()


def test_a_question_goes_where_the_like_of_it_was_changed(tmp_path: Path) -> None:
    with served() as server:
        desk = Desk(tmp_path, server, more="history: history.gz\n")
        learn(tmp_path, "tools/xenstored/core.c")
        with running(desk):
            desk.logs("the past is heeded", commits=5)
            zoe = Person(server, "zoe")
            zoe.says(TOLD)
            zoe.hears("somebody of XENSTORE")
            learn(tmp_path, "stubdom/grub.c")
            assert desk.log is not None
            before = len(desk.log.all)
            desk.ctl("reload")
            desk.log.until(lambda line: '"the past is heeded"' in line, before)
            yan = Person(server, "yan")
            yan.says(TOLD)
            yan.hears("somebody of STUB DOMAINS")
            (tmp_path / "history.gz").write_bytes(b"no history")
            desk.ctl("reload")
            problem = desk.logs("the project's history is not learned")["problem"]
            assert "history.gz" in problem
            assert "map learn" in problem
