"""What is remembered of mail ends, and what still moves is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

from goodfences import source
from goodfences.mail import keeping, outbox, tasks
from goodfences.mail.models import CommonPart, OutboxMessage

pytestmark = pytest.mark.django_db
LONG_AGO = keeping.KEPT + timedelta(days=1)


@pytest.fixture
def aged(queue: Callable[..., OutboxMessage], clock: source.SeededSource) -> Callable[..., OutboxMessage]:
    """`aged("note:1", state="sent")` gives a message that old."""

    def write(once: str, age: timedelta = LONG_AGO, **fields: object) -> OutboxMessage:
        message = queue(once)
        OutboxMessage.objects.filter(pk=message.pk).update(created_at=source.now() - age, **fields)
        return message

    return write


@pytest.mark.parametrize("state", ["sent", "failed", "uncertain"])
def test_what_is_over_is_forgotten_after_its_time(aged: Callable[..., OutboxMessage], state: str) -> None:
    aged("old", state=state)
    aged("new", age=keeping.KEPT - timedelta(days=1), state=state)
    assert tasks.run_retention(10) == 1
    assert [message.once for message in OutboxMessage.objects.all()] == ["new"]
    assert tasks.run_retention(10) == 0


@pytest.mark.parametrize("state", ["waiting", "claimed"])
def test_what_still_moves_stays_however_old_it_is(aged: Callable[..., OutboxMessage], state: str) -> None:
    aged("old", state=state)
    assert tasks.run_retention(10) == 0
    assert OutboxMessage.objects.get().once == "old"


def test_what_readers_had_in_common_goes_with_the_last_of_them(aged: Callable[..., OutboxMessage]) -> None:
    with transaction.atomic():
        part = outbox.common_part(key="request:1", context={})
        outbox.common_part(key="request:2", context={})
    CommonPart.objects.update(created_at=source.now() - LONG_AGO)
    first, second = (aged(f"ask:{number}", state="sent", common=part) for number in (1, 2))
    assert tasks.run_retention(1) == 1
    assert set(OutboxMessage.objects.values_list("pk", flat=True)) == {second.pk}
    assert CommonPart.objects.filter(key="request:1").exists()
    assert first.pk < second.pk and tasks.run_retention(1) == 2
    assert tasks.run_retention(1) == 1
    assert not CommonPart.objects.exists() and not OutboxMessage.objects.exists()


def test_no_more_than_the_limit_goes_at_once(aged: Callable[..., OutboxMessage]) -> None:
    for number in range(5):
        aged(f"old:{number}", state="sent")
    assert [tasks.run_retention(2) for _ in range(4)] == [2, 2, 1, 0]
