"""P8: no owner gets the same email twice, whatever hours they chose, and wherever a worker dies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from goodfences import source
from goodfences.mail import tasks as mail
from goodfences.people import actions as people
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.video_requests import digests
from goodfences.video_requests.models import Ask
from tests import story
from tests.mail.servers import Kept, mail_server

pytestmark = pytest.mark.django_db(transaction=True)

HOMES = 12
CHOICES: list[dict[str, Any]] = [
    {},
    {"quiet_from": time(13), "quiet_until": time(20)},
    {"digest_at": time(18)},
    {"digest_at": time(18), "quiet_from": time(17), "quiet_until": time(9)},
]
NOTHING: dict[str, Any] = dict.fromkeys(("quiet_from", "quiet_until", "digest_at", "away_from", "away_until"))


@pytest.fixture
def inbox(tmp_path: Path, settings: Settings) -> Iterator[Kept]:
    settings.STATE = tmp_path / "state"
    with mail_server(tmp_path / "maildir") as (kept, port):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield kept


@pytest.fixture
def owners(omar: Account, ada: Account, clock: SeededSource) -> list[Account]:
    """A dozen owners who chose in turn, and were asked twice."""
    story.publish()
    homes = story.neighbors_with_cameras(HOMES)
    found = [home.members.get() for home in homes]
    for number, (home, owner) in enumerate(zip(homes, found, strict=True)):
        people.choose_hours(account=owner, **{**NOTHING, **CHOICES[number % len(CHOICES)]})
        story.index_clip(home.cameras.get(), starts_at=source.now() - timedelta(minutes=30))
    for case in ("NG-1", "NG-2"):
        story.ask_everyone(story.open_request(omar, ada, story.fields(case=case)))
    return found


def a_day(clock: SeededSource) -> None:
    for _ in range(48):
        clock.advance(timedelta(minutes=30))
        digests.write_due(100)
        while mail.run_due(50):
            pass


def test_every_ask_is_told_in_one_email_and_one_alone(
    inbox: Kept, owners: list[Account], clock: SeededSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, deaths = digests.outbox.queue, []

    def dies(**message: Any) -> bool:
        written = really(**message)
        if len(deaths) < 3:
            deaths.append(message["once"])
            raise OSError("The worker died before its commit.")
        return written

    monkeypatch.setattr(digests.outbox, "queue", dies)
    for _ in range(3):
        clock.advance(timedelta(hours=8))
        with pytest.raises(OSError, match="died"):
            digests.write_due(100)
    a_day(clock)
    got = Counter(str(message["To"]) for message in inbox.messages)
    expected = {owner.email: 1 if number % 4 > 1 else 2 for number, owner in enumerate(owners)}
    assert got == expected
    assert set(Ask.objects.values_list("state", flat=True)) == {"sent"}
    a_day(clock)
    assert len(inbox.messages) == sum(expected.values())
