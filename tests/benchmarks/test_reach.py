"""What the benchmark of the reach is made of; the whole of it takes minutes, a real server and other bots."""

from pathlib import Path

import pytest

from benchmarks import journey
from benchmarks.bots import BOTS, Bot
from benchmarks.figures import Setup
from benchmarks.findings import ALONE, OURS, Attack, Cost, Findings
from benchmarks.parties import talk
from benchmarks.throng import most

FIRST, *_, LAST = (part for _, part in journey.MILESTONES)


def passed(*marks: tuple[float, str]) -> dict[str, float]:
    found = journey.parts([(9.0, "decide>"), *marks])
    assert found is not None
    return {part: round(taken, 3) for part, taken in found.items() if taken}


def test_the_parts_of_a_journey_make_up_the_whole() -> None:
    marks = [(float(at), name) for at, (name, _) in enumerate(journey.MILESTONES, start=2)]
    found = journey.parts([(1.0, journey.ARRIVED), *marks])
    assert found == {part: 1.0 for _, part in journey.MILESTONES}


def test_what_was_done_meanwhile_takes_no_time_of_its_own() -> None:
    found = passed(
        *((1.0, journey.ARRIVED), (2.0, "put<"), (2.5, "facts<"), (3.0, "facts>"), (4.0, "consult>")),
        (9.5, journey.LEFT),
    )
    assert found["consulted (another thread)"] == 2.0
    assert sum(found.values()) == 8.5
    assert "facts read (another thread)" not in found


def test_the_answer_s_own_echo_is_no_arrival() -> None:
    found = passed((1.0, journey.ARRIVED), (9.5, journey.LEFT), (9.6, journey.ARRIVED))
    assert sum(found.values()) == 8.5


def test_a_line_without_an_answer_is_no_journey() -> None:
    assert journey.parts([(1.0, journey.ARRIVED), (2.0, "put<")]) is None


@pytest.mark.parametrize(("owner", "method", "_"), journey.WRAPPED)
def test_what_is_marked_is_there(owner: object, method: str, _: str) -> None:
    assert callable(getattr(owner, method))


def test_lines_are_counted_within_any_minute() -> None:
    assert most([]) == 0
    assert most([0.0, 59.9, 60.0, 100.0, 119.0]) == 4


def test_no_chatter_could_be_a_command(tmp_path: Path) -> None:
    lines = talk(Setup(True, tmp_path, tmp_path, tmp_path, tmp_path, began=0.0), 500)
    assert len(lines) == 500
    assert all(line[0].isalnum() and "pkgdesk" not in line for line in lines)


@pytest.mark.parametrize("bot", BOTS, ids=lambda bot: bot.name)
def test_another_bot_is_told_where_to_go(bot: Bot, tmp_path: Path) -> None:
    *_, path = bot.start(tmp_path, bot.nick, 7001, ("#a", "#b"))
    text = Path(path).read_text("utf-8")
    for said in ("127.0.0.1", "7001", "#a", "#b", bot.nick):
        assert said in text
    assert bot.version in str(bot.python)


def test_what_was_found_stands_beside_its_goal() -> None:
    found = Findings(10_000, 1_000, 1_000, {"Sopel": "left out"})
    for who, spent in ((ALONE, 0.4), (OURS, 1.3), ("Limnoria", 3.0)):
        found.costs[who] = Cost(who, spent, 100.0, 100.5)
    found.waits[OURS] = [0.05, 1.2]
    found.attacks.append(Attack(OURS, "10,000 from one nick", "off", "anybody", [0.05, None], (1, 1, 0), 2.0))
    found.journeys.append({part: 0.0007 for _, part in journey.MILESTONES})
    goals, chatter, *_ = found.tables("two talk", 5.0)
    kept = {row["what"]: (row["measured"], row["kept"]) for row in goals.data()["rows"]}
    assert kept == {
        "chatter: processor beside irc alone": (3.25, "no"),
        "chatter: processor beside Limnoria": (0.4333, "yes"),
        "chatter: memory grown": (0.5, "yes"),
        "chatter: longest wait for an answer": (1200.0, "no"),
        "flood, 10,000 from one nick, pacing off: longest wait of anybody": (None, "no"),
        "flood: public lines to one attacker in a minute": (1, "yes"),
        "line to answer, inside, p50": (7.0, "yes"),
        "line to answer, inside, p99": (7.0, "yes"),
    }
    assert any("Sopel: not measured, left out" in note for note in chatter.notes)
