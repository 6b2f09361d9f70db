"""The emails, over real SMTP: one an ask, ever, at a good hour; what they hold; and what their links do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences import places, source
from goodfences.clips.models import Clip
from goodfences.mail import tasks as mail
from goodfences.mail.models import OutboxMessage
from goodfences.neighbor_requests import access, actions, hooks, queries, shares, tasks
from goodfences.neighbor_requests.models import NeighborAsk, NeighborMatching, NeighborRequest
from goodfences.people import actions as people
from goodfences.people.models import Account
from tests.mail.servers import Kept, mail_server
from tests.neighbor_requests.conftest import REASON, add_homes, choice

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING: dict[str, Any] = dict.fromkeys(("quiet_from", "quiet_until", "digest_at", "away_from", "away_until"))


@pytest.fixture
def inbox(tmp_path: Path, settings: Any) -> Iterator[Kept]:
    settings.STATE = tmp_path / "state"
    settings.SECURE = True
    with mail_server(tmp_path / "maildir") as (kept, port):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield kept


def work() -> None:
    """The worker, until there is nothing to do."""
    while tasks.run_due(10) + mail.run_due(50):
        pass


def text_of(letter: Any) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_one_email_an_owner_ever_wherever_the_worker_dies(
    asker: Account,
    asked: NeighborRequest,
    inbox: Kept,
    clock: source.SeededSource,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    homes = add_homes(12, asker)
    chosen = [{}, {"quiet_from": time(13), "quiet_until": time(20)}, {"digest_at": time(18)}]
    for number, home in enumerate(homes):
        people.choose_hours(account=home.members.get(), **{**NOTHING, **chosen[number % 3]})

    def dies(_asks: Any) -> None:
        raise SystemExit

    monkeypatch.setattr(hooks, "tell_asked", dies)
    with pytest.raises(SystemExit):
        tasks.run_due(10)
    assert not NeighborAsk.objects.exists() and not OutboxMessage.objects.exists()
    assert not NeighborMatching.objects.exclude(finished_at=None).exists()
    monkeypatch.undo()
    for _ in range(24):
        work()
        clock.advance(timedelta(minutes=30))
    got = Counter(letter["To"] for letter in inbox.messages)
    assert got == {f"owner{number}@example.org": 1 for number in range(12)}
    assert set(NeighborAsk.objects.values_list("state", flat=True)) == {"sent"}


def test_it_asks_kindly_and_tells_neither_who_nor_where(
    asker: Account, olive: Account, olives_ask: NeighborAsk, asked: NeighborRequest, inbox: Kept
) -> None:
    work()
    (letter,) = [one for one in inbox.messages if one["To"] == olive.email]
    said = text_of(letter)
    assert REASON in said and "Nadia from the corner" in said and "Sharing is your choice" in said
    assert "thank you for making your neighborhood a safer place" in said
    cell = asker.households.get().cell
    lat, lon = places.center(cell)
    told = [asker.email, places.cell_to_hex(cell), str(cell), f"{lat:.3f}", f"{lon:.3f}", asked.ref]
    assert not [trace for trace in told if trace in letter.as_string()]


def test_its_links_decide_nothing_when_fetched_and_one_thing_when_pressed(
    olive: Account, inbox: Kept, olives_ask: NeighborAsk, client: Client
) -> None:
    work()
    (letter,) = [one for one in inbox.messages if one["To"] == olive.email]
    look, decline, stop = re.findall(r"https?://[^/\s]+(/e/neighbor/\S+)", text_of(letter))
    for page in (look, decline, stop):
        client.get(page)
    assert NeighborAsk.objects.get(pk=olives_ask.pk).state == "sent" and not queries.is_muted(olive)
    client.post(decline, {"act": "decline"})
    assert NeighborAsk.objects.get(pk=olives_ask.pk).state == "declined"
    client.post(decline, {"act": "undo"})
    assert NeighborAsk.objects.get(pk=olives_ask.pk).state == "opened"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (address,) = re.findall(r"<https?://[^/]+(/e/neighbor/stop/[^>]+)>", letter["List-Unsubscribe"])
    assert address == stop
    answer = client.post(address, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200 and queries.is_muted(olive)
    assert client.post(address, {"act": "unmute"}).status_code == 302 and not queries.is_muted(olive)


def test_what_comes_back_tells_nothing_of_the_owner(
    asker: Account, olive: Account, olives_ask: NeighborAsk, clip: Clip, inbox: Kept
) -> None:
    given = shares.share(account=olive, ask_ref=olives_ask.ref, cuts=[choice(clip, olive)])
    video = given.videos.get()
    access.open_video(asker, video.ref, access.visit(access.video(asker, video.ref))).close()
    actions.thank(account=asker, video_ref=video.ref, words="Thank you so much.")
    work()
    letters = {(one["To"], one["Subject"]): one for one in inbox.messages}
    came = letters[asker.email, "A neighbor shared video with you"]
    thanked = letters[olive.email, "Your neighbor thanks you"]
    assert "Thank you so much." in text_of(thanked)
    for letter, other in ((came, olive), (thanked, asker)):
        assert other.email not in letter.as_string() and other.name not in letter.as_string()
