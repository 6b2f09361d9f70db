"""P2 by random stories: whatever officers press and owners give, the rest of the town can't be told from the answers.

Hypothesis tells a story (told_worlds.py), which is lived through in towns that differ in all that wasn't shared, and
shrinks one that differs to the shortest that does.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from goodfences.errors import refuse
from goodfences.people.models import Account
from goodfences.video_requests import actions as requests
from tests.promises import seen
from tests.promises import test_p02_silence_is_private as by_chance
from tests.promises.seen import Seen
from tests.promises.told_worlds import ON_HANDED_IN, ON_REQUESTS, ON_VIDEOS, OWNERS, WHO, Step, ToldWorld

pytestmark = pytest.mark.django_db(transaction=True)

STORIES = max(1, by_chance.PAIRS // 160)
A_CHUNK = 3
BUSY = (0, 3, 2)
"""How much goes on beside the story in each town that it is lived through in."""

STEPS = 16

_numbers = count()
_one_machine = by_chance._one_machine


class OfficersAct(RuleBasedStateMachine):
    """What officers and owners do, one thing after another; at the end it is lived through in several towns, which
    differ in all that wasn't shared, and everything that was answered on the way and is seen at the end is equal."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.script: list[Step] = []

    @initialize(shared=st.integers(0, 40), hidden=st.integers(0, 10**6))
    def begin(self, shared: int, hidden: int) -> None:
        self.shared, self.hidden = shared, hidden

    @rule(agency=st.sampled_from(["northgate", "harbor"]), opened=st.sampled_from([True, True, False]))
    def ask(self, agency: str, opened: bool) -> None:
        self.script.append(("ask", (agency, opened)))

    @rule(number=st.integers(0, 3))
    def give(self, number: int) -> None:
        self.script.append(("give", (number,)))

    @rule(who=st.sampled_from(WHO), button=st.sampled_from(sorted(ON_REQUESTS)), number=st.integers(0, 3))
    def press(self, who: str, button: str, number: int) -> None:
        self.script.append(("press", (who, button, number)))

    @rule(who=st.sampled_from(WHO), button=st.sampled_from(sorted(ON_VIDEOS)), number=st.integers(0, 3))
    def press_video(self, who: str, button: str, number: int) -> None:
        self.script.append(("press_video", (who, button, number)))

    @rule(what=st.sampled_from(OWNERS), number=st.integers(0, 3))
    def owner(self, what: str, number: int) -> None:
        self.script.append(("owner", (what, number)))

    @rule(handed=st.booleans())
    def appeal(self, handed: bool) -> None:
        self.script.append(("appeal", (handed,)))

    @rule(who=st.sampled_from(WHO), button=st.sampled_from(sorted(ON_HANDED_IN)))
    def press_handed_in(self, who: str, button: str) -> None:
        self.script.append(("press_handed_in", (who, button)))

    @rule(who=st.sampled_from(["audrey", "audrey", "aggie", "sam"]), finding=st.sampled_from(["fine", "not_fine"]))
    def review(self, who: str, finding: str) -> None:
        self.script.append(("review", (who, finding)))

    @rule(hours=st.sampled_from([1, 30, 24 * 8, 24 * 40, 24 * 100]))
    def wait(self, hours: int) -> None:
        self.script.append(("wait", (hours,)))

    def teardown(self) -> None:
        if len(set(self.script)) > 1:  # not the simplest story, which Hypothesis always tells first
            live_it_everywhere(self.script, self.shared, self.hidden, self.folder)


def live_it_everywhere(script: list[Step], shared: int, hidden: int, folder: Path) -> None:
    """Live through a story in towns where little or much happens beside it. Raises AssertionError with the first
    answers that differ, in the story's order."""
    seen_first: Seen = {}
    for number, busy in enumerate(BUSY):
        within = folder / str(next(_numbers))  # Hypothesis lives through the same world again
        world = ToldWorld(shared, hidden + number, within, script=script)
        world.residents.busy = busy
        world.build()
        found = {**world.answers, **seen.look(world, shared)}
        seen_first = seen_first or found
        keys = [one for one in seen_first | found if seen_first.get(one) != found.get(one)]
        told = [f"{one}:\n{by_chance.difference(seen_first.get(one), found.get(one))}" for one in keys]
        assert not told, f"{shared}/{hidden} and {number} more, {script}:\n" + "\n".join(told[:5])


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("chunk", range(-(-STORIES // A_CHUNK)))
def test_towns_that_differ_in_silence_look_the_same_whatever_officers_do(chunk: int, tmp_path: Path) -> None:
    run(1 + min(A_CHUNK, STORIES - chunk * A_CHUNK), chunk, tmp_path)


def run(stories: int, number: int, within: Path) -> None:
    @seed(number)
    class Here(OfficersAct):
        folder = within

    # A story takes seconds, and none is kept for later runs.
    here = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    tried = settings(here, max_examples=stories, stateful_step_count=STEPS, derandomize=False)
    run_state_machine_as_test(Here, settings=tried)


def refuses() -> None:
    if Account.objects.filter(name="Neighbor").exists():
        raise refuse("request.state", "state", "There is somebody who didn't answer.")


def takes_longer() -> None:
    for one in Account.objects.filter(name="Neighbor"):
        one.refresh_from_db()


@pytest.mark.parametrize(("leak", "where"), [(refuses, ""), (takes_longer, ", waited for")])
def test_a_leak_that_one_press_alone_tells_is_noticed(
    leak: Callable[[], None], where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = requests.close

    def leaking(**given: Any) -> Any:
        leak()
        return really(**given)

    monkeypatch.setattr(requests, "close", leaking)
    with pytest.raises(AssertionError, match=rf"more, .*:\s+\('omar', .4 press .*close', 0\){where}.\):"):
        live_it_everywhere([("press", ("the asker", "close", 0))], 2, 0, tmp_path)
