"""A whole crowd at once: what one network may say to the desk, and that nobody's question is lost unsaid."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from world import DESK, HOME, KNOWN, START, VENUES, World, reference

from bot.allowances import BRIEF_SPEAKERS, BURST, CROWD, LATELY, NEWCOMERS, Allowances, Doors
from bot.desk.events import Heard
from bot.desk.model import BEHIND, Speaker
from bot.intake import TOLD_BURST, Dropped, Intake
from routing.presence import Roster, Venue, Visibility

Make = Callable[..., World]
REFERENCE = reference()
TOO_MUCH = "too much is said to me at once: what has no answer yet may be lost"


def heard(who: str, after: float = 0.0, text: str = "pkgdesk: status", account: str | None = None) -> Heard:
    speaker = Speaker("libera", who, account, f"session/{who}")
    at = START + timedelta(seconds=after)
    return Heard(f"{who}/{after}", at, speaker=speaker, venue=VENUES[0], text=text, me=DESK)


def fates(intake: Intake, lines: list[Heard]) -> list[Heard | Dropped]:
    seen = [intake.admit(line, REFERENCE, Roster()) for line in lines]
    return [each for each in seen if isinstance(each, Heard | Dropped)]


def test_ten_thousand_lines_of_one_are_dropped_before_any_work() -> None:
    intake = Intake()
    seen = fates(intake, [heard("mallory", n / 1000) for n in range(10_000)])
    assert sum(isinstance(each, Heard) for each in seen) <= BURST + 2
    assert intake.flooding(heard("mallory").speaker.key, START + timedelta(seconds=10))
    assert isinstance(intake.admit(heard("alice", 10), REFERENCE, Roster()), Heard)


def test_five_hundred_lines_each_of_twenty_cost_an_innocent_nothing() -> None:
    intake = Intake()
    seen = fates(intake, [heard(f"m{n % 20}", n / 5000) for n in range(10_000)])
    assert sum(isinstance(each, Heard) for each in seen) <= 20 + CROWD + 10
    assert isinstance(intake.admit(heard("alice", 2), REFERENCE, Roster()), Heard)
    for n in range(20):
        assert intake.flooding(heard(f"m{n}").speaker.key, START + timedelta(seconds=2))
    assert not intake.flooding(heard("alice").speaker.key, START + timedelta(seconds=2))


def test_flooding_is_over_a_minute_after_the_last_line_too_many() -> None:
    intake = Intake()
    key = heard("mallory").speaker.key
    fates(intake, [heard("mallory", n) for n in range(20)])
    last = START + timedelta(seconds=19)
    assert intake.flooding(key, last + LATELY / 2)
    assert not intake.flooding(key, last + LATELY)
    assert not intake.flooding(key, START - timedelta(hours=1)), "a clock that steps back holds nobody down"


def test_newcomers_are_bounded_too() -> None:
    seen = fates(Intake(), [heard(f"guest{n}") for n in range(500)])
    assert sum(isinstance(each, Heard) for each in seen) == NEWCOMERS + CROWD + 1, "and one is told"


def test_what_is_lost_is_said_once_a_minute_where_it_was_lost() -> None:
    intake = Intake()
    crowd = [heard(f"guest{n % 200}", n / 1000) for n in range(1000)]
    seen = fates(intake, crowd)
    told = [each for each in seen if isinstance(each, Heard) and each.crowded]
    assert len(told) == 1
    assert sum(intake.notable(line, Dropped.CROWDED) is not None for line in crowd) == 1
    later = fates(intake, [heard(f"late{n}", 61 + n / 1000) for n in range(200)])
    assert sum(isinstance(each, Heard) and each.crowded for each in later) == 1


def test_who_says_too_much_is_told_so_once_and_privately(world: World) -> None:
    alice = world.joins("alice")
    world.act("-- twelve lines in one blast --")
    world.happen(*(alice.line("pkgdesk: status") for _ in range(12)))
    told = [each for each in world.turn if "I take a few lines of one person at once" in each.text]
    assert [(each.venue.name, each.venue.private) for each in told] == [("alice", True)]
    assert len(world.turn) == BURST + 1
    for _ in range(10):
        alice.says("pkgdesk: status")
        world.is_silent()


def test_hints_to_a_crowd_are_few_and_none_goes_through_a_bridge() -> None:
    intake = Intake()
    lines = [heard(f"guest{n % 50}", n / 1000) for n in range(1000)]
    assert sum(isinstance(each, Heard) and each.over for each in fates(intake, lines)) <= TOLD_BURST
    one = heard("a")
    behind = [
        replace(one, id=str(n), speaker=Speaker("libera", "a", None, f"relay{BEHIND}a")) for n in range(20)
    ]
    assert behind[0].speaker.bridged
    assert not [each for each in fates(Intake(), behind) if isinstance(each, Heard) and each.over]


def test_a_developer_who_says_too_much_is_still_told_what_is_asked_of_them() -> None:
    intake = Intake()
    bob = [heard("bob", n / 10, account="bob") for n in range(20)]
    assert sum(isinstance(each, Heard) for each in fates(intake, bob)) <= BURST + 1
    assert not intake.flooding(bob[0].speaker.key, START + timedelta(seconds=2))


def test_people_of_the_map_are_no_part_of_a_crowd() -> None:
    intake = Intake()
    fates(intake, [heard(f"guest{n}") for n in range(500)])
    seen = intake.admit(heard("bob", account="bob"), REFERENCE, Roster())
    assert isinstance(seen, Heard)
    assert not seen.crowded


def test_a_crowd_on_one_network_is_none_on_another() -> None:
    intake = Intake()
    fates(intake, [heard(f"guest{n}") for n in range(500)])
    elsewhere = Heard("o", START, speaker=Speaker("oftc", "a"), venue=VENUES[3], text="!status", me=DESK)
    seen = intake.admit(elsewhere, REFERENCE, Roster())
    assert isinstance(seen, Heard)
    assert not seen.crowded


def test_the_crowd_is_told_what_became_of_its_lines(world: World) -> None:
    crowd = [world.joins(f"guest{n}") for n in range(30)]
    alice = world.joins("alice")
    world.act("-- a crowd --")
    world.happen(*(each.line("pkgdesk: status") for _ in range(4) for each in crowd))
    told = [each for each in world.turn if TOO_MUCH in each.text]
    assert [each.text.startswith(TOO_MUCH) for each in told] == [True], "nobody is named"
    alice.says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", to="alice")


def test_whoever_is_lost_privately_is_told_privately(world: World) -> None:
    crowd = [world.joins(f"guest{n}", channel=HOME) for n in range(80)]
    world.act("-- a crowd --")
    privately = Venue("libera", "guest79", Visibility.PRIVATE)
    world.happen(
        *(each.line("!status") for each in crowd[:70]), replace(crowd[79].line("status"), venue=privately)
    )
    crowd[79].reads(TOO_MUCH)


# --- allowances -----------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e6, 1e6), max_size=60))
def test_no_stepping_clock_gives_more_than_the_burst_at_once(steps: list[float]) -> None:
    allowances = Allowances(BURST, timedelta(seconds=5))
    for step in steps:
        at = START + timedelta(seconds=step)
        assert sum(allowances.take("a", at) for _ in range(20)) <= BURST


def test_what_is_remembered_of_speakers_is_bounded() -> None:
    doors = Doors()
    for n in range(3 * BRIEF_SPEAKERS):
        doors.opens(f"guest{n}", START)
    assert len(doors._speakers._of) == BRIEF_SPEAKERS


def test_names_behind_a_bridge_that_is_spent_are_not_remembered() -> None:
    doors = Doors()
    for n in range(3 * BRIEF_SPEAKERS):
        doors.opens(f"guest{n}", START, "relay")
    assert len(doors._speakers._of) < 100
