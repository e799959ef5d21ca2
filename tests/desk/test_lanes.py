"""Lanes: what was taken and not written is where it was."""

from world import VENUES

from bot.desk.model import Line, Purpose, Speaker
from bot.lanes import Lanes

ROOT, ALICE = Speaker("libera", "root", "root"), Speaker("libera", "alice", "alice")


def test_a_line_that_overtook_others_in_a_pause_and_is_put_back_holds_up_nobody() -> None:
    def line(number: int, to: Speaker, question: int, purpose: Purpose = Purpose.TELL) -> Line:
        return Line(VENUES[0], f"line {number}", purpose, to, question=question, id=number)

    lanes = Lanes()
    lines = [line(1, ROOT, 2), line(2, ALICE, 2), line(3, ALICE, 1), line(4, ROOT, 1, Purpose.REPLY)]
    for each in lines:
        lanes.add(each)
    (reply,) = lanes.turns(lambda each: each.purpose is Purpose.REPLY, lambda _: False).values()
    lanes.take(reply)
    lanes.put_back(reply)
    said: list[Line] = []
    while turns := lanes.turns(lambda _: True, lambda _: False):
        said.append(next(iter(turns.values())))
        lanes.take(said[-1])
    assert [each.id for each in said] == [1, 2, 3, 4]
