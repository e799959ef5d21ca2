"""The base and its remote repository are at odds: who is told, in which words, and what `status` says."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from world import START, World

from bot.desk.upstream import Trouble, Upstream

RIGHTS = {"operators": {"libera": ["root"]}, "editors": {"libera": ["ed", "root"]}}
AWAY = Upstream(2, "origin: ssh: connect to host git.example.org port 22: Connection refused", since=START)
STUCK = Upstream(0, "", "/srv/base/entries: qemu.yaml has changes that are not committed", START)


@pytest.fixture
def desk(make_world: Callable[..., World]) -> World:
    return make_world(**RIGHTS)


def test_editors_and_operators_are_told_once_and_when_it_is_over(desk: World) -> None:
    alice, root, ed = (desk.joins(nick, account=nick) for nick in ("alice", "root", "ed"))
    desk.base_stands(AWAY)
    told = (
        r"^the base: the remote repository cannot be reached since \S+ \S+ UTC \(2 commits not pushed yet\): "
        r"origin: ssh: .* Connection refused; `status` tells how it stands, and I tell when it is over.$"
    )
    root.reads(told)
    ed.reads(told)
    alice.reads_nothing()
    assert len(desk.turn) == 2
    desk.clock.advance("3h")
    desk.base_stands(Upstream(), before=AWAY)
    ed.reads("^the base and its remote repository are together again after 3 h.$")
    alice.reads_nothing()
    assert len(desk.turn) == 2


def test_a_path_is_told_without_its_folders(desk: World) -> None:
    ed = desk.joins("ed", account="ed")
    desk.base_stands(STUCK)
    ed.reads(
        r"^the base: catching up with the remote repository fails since [^(]* UTC: entries: qemu.yaml has"
    )


def test_status_says_how_the_base_stands(desk: World) -> None:
    root = desk.joins("root", account="root")
    desk.upstream = AWAY
    root.tells("status")
    root.reads(r"^the base: the remote repository cannot be reached since .*: origin: ssh: .* refused\.$")
    desk.upstream = Upstream(1, since=START)
    root.tells("status")
    root.reads(r"^the base: 1 commit not pushed yet since .* UTC\.$")
    desk.upstream = Upstream()
    root.tells("status")
    assert all("the base" not in each.text for each in desk.turn)


def test_what_goes_on_has_been_so_since_it_began() -> None:
    later = START + timedelta(hours=1)
    stands = Upstream().then(replace(AWAY, since=None), START)
    assert stands == AWAY
    stands = stands.then(Upstream(2, "", "a hook refuses"), later)
    assert (stands.trouble, stands.since) == (Trouble.STUCK, START)
    assert stands.then(Upstream(), later) == Upstream()
