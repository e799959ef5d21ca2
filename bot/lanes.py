"""What waits to be written on one network, in lanes: one for each speaker (or nobody in particular) in each
target.

Within a lane lines keep their order, and so do the lines about one question in one target, whoever they are
for. Which lane is next is a matter of pace (`bot.transports.pacing`).
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator

from bot.desk.model import Line
from bot.transports.pacing import Head, Lane

Target = tuple[str, str]
"""A venue's key."""


def lane_of(line: Line) -> Lane[Target]:
    return Lane(line.venue.key, line.addressee.key if line.addressee is not None else "")


class Lanes:
    """The queues of one network. A lane that was restrained stays so until it is empty."""

    def __init__(self) -> None:
        self._queues: dict[Lane[Target], deque[Line]] = {}
        self._restrained: set[Lane[Target]] = set()

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def __iter__(self) -> Iterator[Line]:
        for queue in self._queues.values():
            yield from queue

    def add(self, line: Line) -> None:
        """Put it behind all others of its lane."""
        self._queues.setdefault(lane_of(line), deque()).append(line)

    def put_back(self, line: Line) -> None:
        """Put it where it was: it was taken, and not written. That need not be the front, for what a pause
        holds back is passed over; and lanes that are out of order could wait for each other for ever."""
        queue = self._queues.setdefault(lane_of(line), deque())
        queue.insert(sum(each.id < line.id for each in queue), line)

    def take(self, line: Line) -> None:
        lane = lane_of(line)
        self._queues[lane].remove(line)
        if not self._queues[lane]:
            del self._queues[lane]
            self._restrained.discard(lane)

    def change(self, changed: Callable[[Line], Line]) -> None:
        """Every line becomes what `changed` makes of it."""
        for lane, queue in self._queues.items():
            self._queues[lane] = deque(map(changed, queue))

    def turns(
        self, may: Callable[[Line], bool], restrained: Callable[[str], bool]
    ) -> dict[Lane[Target], Line]:
        """The line of each lane whose turn it is: the first that `may` be written, unless another about the
        same question in the same target was queued before it. `restrained`: whether a speaker (key) is to be
        held back."""
        first: dict[tuple[Target, int], int] = defaultdict(lambda: 1 << 62)
        turns: dict[Lane[Target], Line] = {}
        for lane, queue in self._queues.items():
            if lane.speaker and lane not in self._restrained and restrained(lane.speaker):
                self._restrained.add(lane)
            for line in queue:
                if not may(line):
                    continue
                turns.setdefault(lane, line)
                if line.question is not None:
                    about = (lane.target, line.question)
                    first[about] = min(first[about], line.id)
        return {
            lane: line
            for lane, line in turns.items()
            if line.question is None or line.id == first[lane.target, line.question]
        }

    def head(self, lane: Lane[Target], line: Line) -> Head:
        """What the pace has to know of a line whose turn it is."""
        return Head(line.purpose, line.id, lane in self._restrained)
