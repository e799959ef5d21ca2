"""What reaches a remote repository: it never asks anybody, never hangs for long, and says why it failed."""

from pathlib import Path

import pytest
from bases import People, draft, entry, hook

from bot.git.writing import Answer, plain
from bot.publishing.faults import fault

NEW = draft(entry("seabios"))
UNREAD = (
    "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\n"
    "and the repository exists.\n"
)
CHANGED = (
    "@@@@@@@@@@@@@@@@@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n"
    "@@@@@@@@@@@@@@@@@@@@@@@\r\nOffending ED25519 key in /srv/kb/.ssh/known_hosts:1\r\n"
    "Host key verification failed.\r\n"
)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            f"git@kb.example.org: Permission denied (publickey).\r\n{UNREAD}",
            "Permission denied (publickey): give the desk's user a key without a passphrase that is let in",
        ),
        (
            f"{CHANGED}{UNREAD}",
            "Host key verification failed: its key is not the known one, or none is",
        ),
        (f"ERROR: Repository not found.\n{UNREAD}", "ERROR: Repository not found."),
        (
            f"ssh: connect to host kb.example.org port 22: Connection refused\r\n{UNREAD}",
            "ssh: connect to host kb.example.org port 22: Connection refused",
        ),
        (
            f"Connection timed out during banner exchange\r\nConnection to kb port 22 timed out\r\n{UNREAD}",
            "Connection to kb port 22 timed out",
        ),
        (UNREAD, "Could not read from remote repository."),
        (
            "fatal: could not read Username for 'https://kb.example.org': terminal prompts disabled\n",
            ": nobody is there to be asked: give the desk's user a credential helper",
        ),
        (
            "remote: Invalid username or password.\nfatal: Authentication failed for 'https://kb.example.org/'\n",
            "Authentication failed for 'https://kb.example.org/': see what the credential helper",
        ),
    ],
)
def test_why_it_could_not_be_had(said: str, told: str) -> None:
    assert told in fault(Answer(128, b"", said))


def test_no_password_of_an_address_is_told() -> None:
    said = "fatal: Cannot access URL https://bob:t0k@en@kb.example.org/kb.git/, return code 22"
    assert plain(said) == "Cannot access URL https://kb.example.org/kb.git/, return code 22"
    assert plain("a@b.example.org: ssh://x/y@z") == "a@b.example.org: ssh://x/y@z"


def test_ssh_that_hangs_is_ended_and_not_tried_twice(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.begin()
    ssh = hook(tmp_path / "bin", "ssh", f"echo called >> {tmp_path}/calls; sleep 600")
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    monkeypatch.setattr("bot.publishing.remote.WITH_HOOKS", 0.5)
    people.git("remote", "add", "origin", "ssh://git@kb.example.org/kb.git")
    people.set(pull=True, push=True)
    done = people.publish(NEW)
    assert done.note.startswith("not pushed yet: origin said nothing for")
    assert (tmp_path / "calls").read_text() == "called\n"
    assert (done.unpushed, done.commit) == (1, people.git("rev-parse", "HEAD"))
    assert people.is_clean()


def test_nothing_finds_a_terminal_or_a_window(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where ssh is the operator's own, without BatchMode."""
    people.begin()
    tells = (
        'env > "$0.env"; : < /dev/tty 2>/dev/null && touch "$0.tty"; read line && touch "$0.read"; exit 255'
    )
    ssh = hook(tmp_path / "bin", "mine", tells)
    for name, value in (("DISPLAY", ":0"), ("GPG_TTY", "/dev/tty"), ("SSH_ASKPASS_REQUIRE", "force")):
        monkeypatch.setenv(name, value)
    people.git("config", "core.sshCommand", str(ssh))
    people.git("remote", "add", "origin", "ssh://git@kb.example.org/kb.git")
    people.set(push=True)
    people.publish(NEW)
    seen = (tmp_path / "bin" / "mine.env").read_text().splitlines()
    assert "SSH_ASKPASS_REQUIRE=never" in seen
    assert "GIT_TERMINAL_PROMPT=0" in seen
    assert not [each for each in seen if each.startswith(("DISPLAY=", "GPG_TTY=", "SSH_ASKPASS="))]
    assert not (tmp_path / "bin" / "mine.tty").exists()


def test_a_branch_that_is_gone_there_is_not_made_again(people: People) -> None:
    remote = people.begin().with_remote()
    people.publish(NEW)
    people.git("--git-dir", str(remote), "branch", "-m", "main", "trunk")
    done = people.publish(draft(entry("other"), number=13))
    assert "not pushed yet: origin has no branch main any more: have main follow another one" in done.note
    caught = people.base.catch_up()
    assert (caught.away, caught.unpushed) == (done.away, 1)
    assert people.git("--git-dir", str(remote), "branch", "--list", "main") == ""
    people.git("fetch", "-q", "--prune", "origin")
    people.git("branch", "-q", "-u", "origin/trunk")
    assert people.base.catch_up().problem == ""
    assert people.git("--git-dir", str(remote), "rev-parse", "trunk") == people.git("rev-parse", "HEAD")
