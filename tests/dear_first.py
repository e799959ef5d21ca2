"""The order in which the workers of a run take the tests: who has a dear one last keeps all others waiting.

Each worker gets an even share of all tests, in their order (pytest-xdist, `--dist worksteal`), and begins at
its front; who is done takes from the end of another's. So each share begins with some of the dear modules.
"""

from collections.abc import Sequence

import pytest

DEAR = {
    "house/test_documentation.py": 160,
    "demo/test_story.py": 150,
    "demo/test_at_a_terminal.py": 110,
    "crash/test_kill.py": 100,
    "benchmarks/test_benchmarks.py": 90,
    "demo/test_play.py": 80,
    "simulation/test_days.py": 65,
    "house/test_ctl.py": 60,
    "store/test_store_crash.py": 40,
    "crash/test_kill_matrix.py": 40,
    "desk/test_desk_machine.py": 35,
    "house/test_wheel.py": 30,
    "evaluating/test_eval_match.py": 30,
    "store/test_store_round_trips.py": 30,
    "crash/test_takeover_matrix.py": 20,
}
"""Modules and the seconds that they take, on a machine with two processors: only their order matters much."""


def dear_first(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """The same tests, those of a module one after the other as before."""
    dear: dict[str, list[pytest.Item]] = {name: [] for name in DEAR}
    others = []
    for item in items:
        name = "/".join(item.path.parts[-2:])
        dear.get(name, others).append(item)
    begins: list[list[pytest.Item]] = [[] for _ in range(workers)]
    seconds = [0] * workers
    for name, tests in dear.items():
        least = seconds.index(min(seconds))
        begins[least] += tests
        seconds[least] += DEAR[name] if tests else 0
    ordered: list[pytest.Item] = []
    for number, begin in enumerate(begins):
        share = (len(items) - len(ordered)) // (workers - number)
        ordered += begin
        more = max(0, share - len(begin)) if number < workers - 1 else len(others)
        ordered += others[:more]
        others = others[more:]
    return ordered
