"""Defects that days of the simulation (`tests/simulation`) have brought up, each made short."""

from dataclasses import replace
from datetime import timedelta

from world import DESK, START, VENUES, reference

from bot.desk.events import Heard
from bot.desk.model import Speaker
from bot.intake import Dropped, Intake
from routing.presence import Roster

REFERENCE = reference(bots_answer=timedelta(seconds=1))
EVIL = Speaker("libera", "evil", session="session/evil")


def test_whoever_floods_right_after_every_answer_floods_all_the_same() -> None:
    """Lines that look like a program's were not counted: a flooder was never known as one, and was answered
    every six seconds."""
    intake = Intake()
    said = [
        Heard(f"evil/{n}", START + timedelta(seconds=n * 0.7), EVIL, VENUES[0], f"{DESK}: help", DESK)
        for n in range(90)
    ]
    answer = Heard("desk/0", START, Speaker("libera", DESK), VENUES[0], "evil: just ask", DESK, own=True)
    let_in = 0
    for line in said:
        seen = intake.admit(line, REFERENCE, Roster())
        if not isinstance(seen, Dropped):
            let_in += 1
            intake.admit(replace(answer, id=f"desk/{line.id}", at=line.at), REFERENCE, Roster())
    assert let_in <= 2
    assert intake.flooding(EVIL.key, said[-1].at)
