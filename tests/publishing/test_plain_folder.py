"""A base that is in no repository: files are written whole, and that is all."""

from pathlib import Path

import pytest
from bases import ALICE, BOB, People, draft, entry, sound

from bot.publishing.base import CaughtUp, NotPublished
from bot.publishing.plain_folder import PlainFolder

QEMU = entry("qemu")
NEW = entry("seabios")
CHANGED = entry("qemu", "Configure with `--with-system-qemu=/usr/bin/qemu`.")


@pytest.fixture
def plain(people: People) -> People:
    people.write("qemu.yaml", QEMU)
    return people


def files(people: People) -> set[str]:
    return {path.name for path in people.folder.iterdir() if path.name != ".pkgdesk.lock"}


def test_it_works_with_a_warning(plain: People) -> None:
    assert isinstance(plain.base, PlainFolder)
    assert "is no git repository" in plain.base.warning
    done = plain.publish(draft(NEW), draft(CHANGED, QEMU, 13))
    assert (done.commit, done.note) == ("", "no git repository: there is no history")
    assert (plain.read("seabios.yaml"), plain.read("qemu.yaml")) == (NEW, CHANGED)
    assert files(plain) == {"qemu.yaml", "seabios.yaml"}
    assert plain.publish(draft(NEW)).note == "the base said so already"


def test_nothing_is_written_where_nobody_publishes(plain: People) -> None:
    assert plain.base.catch_up() == CaughtUp()
    assert not plain.path(".pkgdesk.lock").exists()


def test_a_folder_that_its_repository_ignores_is_none_of_it(people: People) -> None:
    people.begin()
    (people.folder / ".gitignore").write_text("/state\n")
    people.commit()
    inner = People(people.folder / "state")
    inner.write("qemu.yaml", QEMU)
    inner.publish(draft(NEW))
    assert inner.read("seabios.yaml") == NEW
    assert people.is_clean()


def test_a_file_keeps_its_place_and_its_rights(plain: People) -> None:
    plain.write("more/seabios.yaml", NEW)
    plain.path("more/seabios.yaml").chmod(0o600)
    changed = entry("seabios", "It changed.")
    plain.publish(draft(changed, NEW))
    assert plain.read("more/seabios.yaml") == changed
    assert plain.path("more/seabios.yaml").stat().st_mode & 0o777 == 0o600
    assert not plain.path("seabios.yaml").exists()


def test_what_others_changed_is_kept_or_is_a_conflict(plain: People) -> None:
    plain.write("qemu.yaml", QEMU.replace("INSTALL", "README"))
    plain.publish(draft(CHANGED, QEMU))
    assert "README" in plain.read("qemu.yaml")
    with pytest.raises(NotPublished) as refused:
        plain.publish(draft(entry("qemu", "Something else."), QEMU, 13))
    assert refused.value.conflict


def test_taking_back_undoes_what_the_draft_changed(plain: People) -> None:
    change, new = draft(CHANGED, QEMU), draft(NEW, number=13)
    plain.publish(change, new)
    plain.write("qemu.yaml", CHANGED.replace("INSTALL", "README"))
    plain.revert(change)
    assert "README" in plain.read("qemu.yaml")
    assert "--with-system-qemu`" in plain.read("qemu.yaml")
    assert plain.revert(change).note == "somebody had taken it back already"
    plain.revert(new)
    assert files(plain) == {"qemu.yaml"}
    assert plain.revert(new).note == "somebody had taken it back already"


def test_a_new_entry_that_was_changed_since_is_not_removed(plain: People) -> None:
    plain.publish(draft(NEW))
    plain.write("seabios.yaml", NEW + "# more\n")
    with pytest.raises(NotPublished, match="was changed since: remove it"):
        plain.revert(draft(NEW))


def test_what_a_killed_process_left_is_removed(plain: People) -> None:
    plain.publish(draft(NEW))
    plain.write(".pkgdesk-qemu.new", "id: qe")
    assert plain.base.catch_up() == CaughtUp()
    assert files(plain) == {"qemu.yaml", "seabios.yaml"}


def test_a_file_that_cannot_be_written_is_told(plain: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(NotPublished, match="no space left on device: see whether there is room"):
            plain.publish(draft(CHANGED, QEMU))
    assert plain.read("qemu.yaml") == QEMU
    assert files(plain) == {"qemu.yaml"}


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotPublished, match="there is no such folder"):
        PlainFolder(tmp_path / "none").publish(draft(NEW), ALICE, BOB, sound)
