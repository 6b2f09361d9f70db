import threading
import time
from datetime import datetime, timedelta

import pytest

from goodfences import source
from goodfences import worker as worker_module
from goodfences.work import turns
from goodfences.worker import DUTIES, Duty, Worker

done: list[int] = []


def count_to_three(limit: int) -> int:
    done.append(limit)
    return 1 if len(done) < 3 else 0


def fail(limit: int) -> int:
    raise ValueError("olive@town.example lives here")


def test_every_duty_of_the_worker_exists() -> None:
    assert all(callable(duty.load()) for duty in DUTIES)


@pytest.mark.django_db(transaction=True)
def test_a_duty_is_repeated_at_once_while_it_finds_work(monkeypatch: pytest.MonkeyPatch) -> None:
    done.clear()
    monkeypatch.setattr(worker_module, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(worker_module.signal, "signal", lambda *_: None)
    worker = Worker((Duty("count", f"{__name__}.count_to_three", limit=5, idle_seconds=60),))
    thread = threading.Thread(target=worker.run)
    thread.start()
    deadline = time.monotonic() + 10
    while len(done) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    worker.stop()
    thread.join(10)
    assert done == [5, 5, 5]
    assert worker_module.beat_file().exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_done_by_the_clock_is_done_by_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    done.clear()
    monkeypatch.setattr(worker_module, "ELSEWHERE_SECONDS", 0.01)
    monkeypatch.setattr(worker_module, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(worker_module.signal, "signal", lambda *_: None)
    other = turns.turn("scheduled")
    assert other.take()
    worker = Worker((Duty("count", f"{__name__}.count_to_three", limit=5, alone=True),))
    thread = threading.Thread(target=worker.run)
    thread.start()
    time.sleep(0.2)
    assert done == [], "It is the other's turn."
    other.give_back()
    deadline = time.monotonic() + 10
    while len(done) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    worker.stop()
    thread.join(10)
    assert done[:3] == [5, 5, 5]
    assert turns.turn("scheduled").take(), "Who ends gives it back."


def test_a_failing_duty_rests_and_its_message_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    duty = Duty("bad", f"{__name__}.fail", limit=1)
    assert Worker((duty,))._once(duty, duty.load()) == worker_module.TROUBLE_SECONDS
    assert "ValueError" in caplog.text
    assert "olive" not in caplog.text


seen: list[datetime] = []


def look_at_the_clock(limit: int) -> int:
    seen.append(source.now())
    return 0


class AheadLater(source.SystemSource):
    """A clock that somebody sets 40 days ahead."""

    days = 0

    def now(self) -> datetime:
        return super().now() + timedelta(days=self.days)


@pytest.mark.parametrize("how", [{"alone": True}, {"by_clock": True}])
def test_what_ends_by_the_clock_does_not_see_it_jump(how: dict[str, bool]) -> None:
    seen.clear()
    duty = Duty("look", f"{__name__}.look_at_the_clock", limit=1, **how)
    with source.using(clock := AheadLater()):
        worker = Worker((duty,))
        worker._once(duty, duty.load())
        clock.days = 40
        worker._once(duty, duty.load())
    assert seen[1] - seen[0] < timedelta(minutes=1)


def test_everything_that_ends_for_good_is_by_the_clock() -> None:
    """What isn't: where a claim or a person's act is served, which must not wait for ten minutes."""
    served = {"mail", "asking", "clips", "shares", "push", "alerts"}
    assert {duty.name for duty in DUTIES if not (duty.alone or duty.by_clock)} == served
