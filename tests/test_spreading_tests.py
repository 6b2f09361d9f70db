"""Which process is given which tests: as many as there are cores compute, and the others wait."""

from __future__ import annotations

from typing import Any

import pytest

from tests import conftest

COMPUTES = [f"tests/places/test_areas.py::test_{number}" for number in range(4)]
WAITS = [f"tests/bench/test_hub.py::test_{number}" for number in range(2)]


class Process:
    shutting_down = False

    def __init__(self) -> None:
        self.given: list[int] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += indices


@pytest.fixture
def scheduling(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(conftest, "CORES", 2)
    monkeypatch.setattr(pytestconfig.option, "tx", ["3*popen"])
    return conftest.pytest_xdist_make_scheduler(pytestconfig, None)


def spread(scheduling: Any, tests: list[str], processes: int) -> list[list[str]]:
    """What each process was given, asking in turns."""
    nodes = [Process() for _ in range(processes)]
    for node in nodes:
        scheduling.add_node(node)
        scheduling.registered_collections[node] = tests
    scheduling.workqueue.update({test: {test: False} for test in tests})
    for turn in range(len(tests)):
        scheduling._assign_work_unit(nodes[turn % processes])
    return [[tests[index] for index in node.given] for node in nodes]


def test_those_that_wait_go_to_who_is_more_than_there_are_cores(scheduling: Any) -> None:
    first, second, third = spread(scheduling, [*COMPUTES, *WAITS], 3)
    assert (first, second, third) == (COMPUTES[0::2], COMPUTES[1::2], WAITS)


def test_once_one_kind_is_done_with_everybody_takes_the_other(scheduling: Any) -> None:
    first, second, third = spread(scheduling, [*WAITS, *COMPUTES[:1]], 3)
    assert (first, second, third) == (COMPUTES[:1], WAITS[:1], WAITS[1:])


def test_as_many_processes_as_cores_compute_first(scheduling: Any) -> None:
    first, second = spread(scheduling, [*WAITS, *COMPUTES[:2]], 2)
    assert (first, second) == ([COMPUTES[0], WAITS[0]], [COMPUTES[1], WAITS[1]])
