"""Knowledge and map were read anew: who is told what, and who is left in peace."""

from collections.abc import Callable

import pytest
from world import BASE, HOME, KNOWN, MAP, Somebody, World

Make = Callable[..., World]

RIGHTS = {"operators": {"libera": ["root"]}, "editors": {"libera": ["ed"], "oftc": ["ed"]}}
NEW = BASE[1].replace("system-seabios", "system-ovmf").replace("SeaBIOS", "OVMF")
BROKEN = ("/srv/base/system-qemu.yaml:7:3: answers[0].short: is missing", "/srv/base/b.yaml:1:1: no `id`")


@pytest.fixture
def desk(make_world: Make) -> World:
    return make_world(**RIGHTS)


def cast(world: World) -> tuple[Somebody, ...]:
    there = tuple(world.joins(nick, account=nick) for nick in ("alice", "root", "ed"))
    world.clock.advance("1m")
    return there


def test_what_changed_is_told_privately_to_editors_and_operators_who_are_there(desk: World) -> None:
    alice, root, ed = cast(desk)
    desk.reloads(entries=(*BASE[:3], NEW), map_=MAP.replace("keywords: [makefile, ", "keywords: ["), **RIGHTS)
    told = (
        "read anew: 1 entry new .system-ovmf., 1 entry gone .livepatch-build., 1 section of the map differs"
    )
    root.reads(told)
    ed.reads(told)
    alice.reads_nothing()
    assert len(desk.turn) == 2


def test_a_change_of_an_entry_is_told_by_its_name_alone(desk: World) -> None:
    *_, ed = cast(desk)
    desk.reloads(entries=(BASE[0].replace("nothing is fetched then", "swordfish"), *BASE[1:]), **RIGHTS)
    ed.reads(r"^read anew: 1 entry changed \(system-qemu\)$")


def test_many_changes_are_one_line(desk: World) -> None:
    *_, ed = cast(desk)
    many = tuple(NEW.replace("system-ovmf", f"entry-with-a-rather-long-name-{n}") for n in range(30))
    desk.reloads(entries=many, **RIGHTS)
    ed.reads(
        r"^read anew: 30 entries new \(entry-with-a-rather-long-name-0, .*and 27 more\), 4 entries gone \("
    )
    assert len(desk.turn) == 2


def test_where_nothing_changed_only_who_ordered_it_is_told(desk: World) -> None:
    _, root, ed = cast(desk)
    desk.reloads()
    desk.is_silent()
    desk.reloads(ed.tells("reload"))
    ed.reads("^read anew: nothing has changed$")
    root.reads_nothing()


def test_whoever_ordered_it_is_told_there_and_once(desk: World) -> None:
    _, root, ed = cast(desk)
    desk.reloads(ed.says("pkgdesk: reload"), entries=(*BASE, NEW), **RIGHTS)
    desk.desk_says(r"read anew: 1 entry new \(system-ovmf\)", to="ed")
    ed.reads_nothing()
    root.reads("1 entry new")


def test_what_does_not_load_is_told_with_its_place_and_the_old_stays(desk: World) -> None:
    alice, root, ed = cast(desk)
    desk.reloads(root.tells("reload"), problems=BROKEN, kept=("knowledge",), entries=(NEW,), **RIGHTS)
    lines = [each.text for each in desk.turn if each.venue.name == "root"]
    assert lines == [
        "read anew: knowledge does not load, so the old stays in use; 2 problems: system-qemu.yaml:7:3: "
        "answers[0].short: is missing",
        "b.yaml:1:1: no `id`",
    ]
    ed.reads("knowledge does not load, so the old stays in use")
    assert len([each for each in desk.turn if each.venue.name == "ed"]) == 1
    alice.says(f"pkgdesk: {KNOWN}")
    desk.desk_says("--with-system-qemu", to="alice")


def test_a_broken_file_is_told_three_lines_at_the_most(desk: World) -> None:
    _, root, _ = cast(desk)
    problems = tuple(f"/srv/map.yaml:{n}:1: {'x' * 400}" for n in range(1, 9))
    desk.reloads(root.tells("reload"), problems=problems, kept=("knowledge", "map"))
    lines = [each.text for each in desk.turn if each.venue.name == "root"]
    assert len(lines) == 3
    assert lines[0].startswith(
        "read anew: knowledge and map do not load, so the old stays in use; 8 problems: map.yaml:1:1: x"
    )


def test_the_same_problems_are_told_once_until_they_are_mended(desk: World) -> None:
    *_, ed = cast(desk)
    desk.reloads(problems=BROKEN, kept=("knowledge",))
    ed.reads("2 problems")
    for _ in range(3):
        desk.reloads(problems=BROKEN, kept=("knowledge",))
        desk.is_silent()
    desk.reloads(problems=BROKEN[:1], kept=("knowledge",))
    ed.reads("1 problem: ")
    desk.reloads()
    ed.reads("^read anew: what was wrong is mended$")
    desk.reloads()
    desk.is_silent()
    desk.reloads(problems=BROKEN[:1], kept=("knowledge",))
    ed.reads("1 problem: ")
    desk.reloads(entries=(*BASE, NEW), **RIGHTS)
    ed.reads(r"^read anew: what was wrong is mended; 1 entry new \(system-ovmf\)$")


def test_who_committed_what_does_not_load_is_told(desk: World) -> None:
    *_, ed = cast(desk)
    desk.reloads(problems=BROKEN[:1], kept=("knowledge",), by=("Carol", "1a2b3c4"))
    ed.reads(
        r"^read anew: knowledge does not load, so the old stays in use; 1 problem \(Carol, in 1a2b3c4\): "
        r"system-qemu\.yaml:7:3: answers\[0\]\.short: is missing$"
    )


def test_whoever_orders_it_is_told_the_same_problems_again_and_nobody_else(desk: World) -> None:
    _, root, ed = cast(desk)
    desk.reloads(problems=BROKEN, kept=("knowledge",))
    desk.reloads(ed.tells("reload"), problems=BROKEN, kept=("knowledge",))
    ed.reads("2 problems")
    root.reads_nothing()


def test_nobody_is_woken(make_world: Make) -> None:
    asleep = MAP.replace("libera: carol}\n", "libera: carol}\n    hours: 20-22 UTC\n")
    world = make_world(map_=asleep, editors={"libera": ["carol", "ed", "zoe"]})
    world.joins("carol", account="carol")
    world.joins("ed", account="ed").goes_away()
    world.joins("zoe")
    world.clock.advance("1m")
    world.reloads(entries=(*BASE, NEW), map_=asleep, editors={"libera": ["carol", "ed", "zoe"]})
    world.is_silent()


def test_one_person_with_two_accounts_is_told_once(make_world: Make) -> None:
    both = MAP.replace("accounts: {libera: carol}", "accounts: {libera: carol, oftc: carrie}")
    rights = {"editors": {"libera": ["carol"], "oftc": ["carrie"]}, "operators": {"libera": ["carol"]}}
    world = make_world(map_=both, **rights)
    world.joins("carol", account="carol")
    world.joins("carrie", account="carrie", network="oftc")
    world.clock.advance("1m")
    world.reloads(entries=(*BASE, NEW), map_=both, **rights)
    assert len(world.turn) == 1
    assert world.turn[0].text.startswith("read anew: 1 entry new")


def test_what_was_asked_before_goes_on_with_what_was_known_then(desk: World) -> None:
    """A question that was told an entry which is gone by now can still be refused, and goes on."""
    alice, *_ = cast(desk)
    dave = desk.joins("dave", account="dave")
    alice.says(f"pkgdesk: {KNOWN}")
    desk.reloads(entries=BASE[2:], **RIGHTS)
    alice.says("more")
    desk.desk_says("device model", to="alice")
    alice.says("not it")
    dave.is_pinged("#1")


def test_a_broken_map_leaves_the_people_who_are_known(desk: World) -> None:
    alice, *_ = cast(desk)
    bob = desk.joins("bob", account="bob")
    desk.reloads(
        problems=("/srv/map.yaml:1:1: broken",), kept=("knowledge", "map"), map_="sections: {}", **RIGHTS
    )
    alice.says("pkgdesk: xenstored exits with EINVAL when my guest starts")
    desk.clock.advance("1m")
    bob.is_pinged("#1")
    assert desk.turn[0].venue.name == HOME
