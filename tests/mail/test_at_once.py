"""Two workers share one outbox."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.db import transaction

from goodfences import source
from goodfences.mail import claims, outbox
from goodfences.mail.models import OutboxMessage
from tests.at_once import at_once

pytestmark = [pytest.mark.at_once, pytest.mark.django_db(transaction=True)]
Queue = Callable[..., OutboxMessage]


def claim(worker: str) -> set[str]:
    """What a worker claims whose commit takes a moment, so that the other one comes before it."""
    with transaction.atomic():
        claimed = {message.ref for message in claims.claim(worker, 1, 6, source.now())}
        time.sleep(0.3)
    return claimed


@pytest.fixture
def queue_one() -> Callable[[str], bool]:
    def queue(once: str) -> bool:
        with transaction.atomic():
            return outbox.queue(
                once=once,
                to="olive@example.org",
                template="ready-made",
                context={"subject": "A note", "text": "Hello.", "html": ""},
                language="en",
                time_zone="UTC",
            )

    return queue


def test_no_message_is_claimed_twice(queue_one: Callable[[str], bool]) -> None:
    for number in range(10):
        queue_one(f"note:{number}")
    one, other = at_once(lambda: claim("one"), lambda: claim("other"))
    assert len(one | other) == len(one) + len(other) >= 6
    rest = claim("third")
    assert len(one | other | rest) == len(one) + len(other) + len(rest) == 10


def test_a_message_that_two_acts_write_is_one(queue_one: Callable[[str], bool]) -> None:
    outcomes = at_once(lambda: queue_one("note:1"), lambda: queue_one("note:1"))
    assert sorted(outcomes) == [False, True]
    assert OutboxMessage.objects.count() == 1


def test_a_message_is_sent_or_canceled_and_never_both(queue_one: Callable[[str], bool]) -> None:
    queue_one("note:1")

    def cancel() -> int:
        with transaction.atomic():
            return outbox.cancel_each(once=["note:1"], reason="Its cause is gone.")

    claimed, canceled = at_once(lambda: claim("one"), cancel)
    assert len(claimed) + canceled == 1
