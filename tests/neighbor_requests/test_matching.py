"""Which owners are asked: close by, with a clip of that time, willing, each once, and never below the floor."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from goodfences import source
from goodfences.cameras.models import Camera
from goodfences.mail.models import OutboxMessage
from goodfences.neighbor_requests import actions, asks, matching, tasks
from goodfences.neighbor_requests.models import NeighborAsk, NeighborMatching, NeighborRequest
from goodfences.people import actions as people
from goodfences.people.models import Account
from goodfences.push import sending, words
from goodfences.push.models import Note, Subscription, Wish
from tests import persons
from tests.neighbor_requests.conftest import add_homes, around, draft, index_clip, window
from tests.push.service import url64

pytestmark = pytest.mark.django_db

NOTHING = dict.fromkeys(("quiet_from", "quiet_until", "digest_at", "away_from", "away_until"))


def asked_owners() -> set[str]:
    return set(NeighborAsk.objects.values_list("owner__email", flat=True))


def mailed(template: str = "neighbor_ask") -> list[str]:
    return sorted(OutboxMessage.objects.filter(template=template, state="waiting").values_list("to", flat=True))


def owners(count: int, first: int = 0) -> set[str]:
    return {f"owner{number}@example.org" for number in range(first, first + count)}


def owner(number: int) -> Account:
    return Account.objects.get(email=f"owner{number}@example.org")


def test_each_owner_close_by_is_asked_and_written_to_once(asker: Account, asked: NeighborRequest) -> None:
    add_homes(12, asker)
    assert tasks.run_due(10) == 1
    assert asked_owners() == set(mailed()) == owners(12) and len(mailed()) == 12
    assert tasks.run_due(10) == 0
    NeighborMatching.objects.all().delete()  # as if the progress had been lost
    matching.fan_out(asked.pk)
    assert NeighborAsk.objects.count() == OutboxMessage.objects.count() == 12


def test_nothing_is_asked_before_the_worker_comes(asker: Account) -> None:
    add_homes(12, asker)
    actions.ask(account=asker, draft=draft())
    assert not NeighborAsk.objects.exists() and not OutboxMessage.objects.exists()


def test_below_the_floor_nobody_is_ever_asked(asker: Account, asked: NeighborRequest) -> None:
    add_homes(9, asker)
    persons.make_camera(asker.households.get(), "Own", "street", may_be_asked=True)  # her own home doesn't count
    tasks.run_due(10)
    assert NeighborMatching.objects.get().below_floor
    add_homes(5, asker, first=9)
    tasks.run_due(10)
    assert not asked_owners() and not mailed()


def test_farther_than_150_m_is_too_far(asker: Account, asked: NeighborRequest, stranger: Account) -> None:
    add_homes(10, asker)
    camera = Camera.objects.get(household__memberships__account=stranger)
    assert camera.cell not in around(asker)
    Camera.objects.filter(pk=camera.pk).update(may_be_asked=True)
    index_clip(camera, window()[0])
    tasks.run_due(10)
    assert asked_owners() == owners(10)


def test_the_askers_own_home_is_left_out(asker: Account, asked: NeighborRequest) -> None:
    add_homes(10, asker)
    own = persons.make_camera(asker.households.get(), "Own", "street", may_be_asked=True)
    index_clip(own, window()[0])
    tasks.run_due(10)
    assert asked_owners() == owners(10)


def test_without_a_clip_of_that_time_or_a_yes_to_being_asked(asker: Account, asked: NeighborRequest) -> None:
    add_homes(10, asker)
    add_homes(1, asker, with_clips=False, first=10)
    indoors = add_homes(1, asker, first=11)[0]
    Camera.objects.filter(household=indoors).update(may_be_asked=False)
    Account.objects.filter(email="owner3@example.org").update(is_active=False)
    asks.mute(owner_id=owner(4).pk)
    tasks.run_due(10)
    assert asked_owners() == set(mailed()) == owners(10) - {"owner3@example.org", "owner4@example.org"}


def test_an_owner_is_asked_three_times_in_seven_days(asker: Account) -> None:
    add_homes(10, asker)
    ages_ago = {"state": "closed", "created_at": source.now() - timedelta(days=40)}
    for _ in range(3):
        earlier = actions.ask(account=asker, draft=draft())
        NeighborRequest.objects.filter(pk=earlier.pk).update(**ages_ago)
        NeighborAsk.objects.create(request=earlier, owner=owner(0), household=owner(0).households.get())
    made = actions.ask(account=asker, draft=draft())
    matching.fan_out(made.pk)
    assert set(NeighborAsk.objects.filter(request=made).values_list("owner__email", flat=True)) == owners(9, 1)


def test_one_who_wants_one_email_a_day_gets_one(
    asker: Account, asked: NeighborRequest, clock: source.SeededSource
) -> None:
    add_homes(10, asker)
    people.choose_hours(account=owner(0), **{**NOTHING, "digest_at": time(18)})
    people.choose_hours(account=owner(1), **{**NOTHING, "quiet_from": time(9), "quiet_until": time(20)})
    tasks.run_due(10)
    assert "owner0@example.org" not in mailed() and len(mailed()) == 9
    assert OutboxMessage.objects.get(to="owner1@example.org").due_at == source.now() + timedelta(hours=6)
    clock.advance(timedelta(hours=8))
    tasks.run_due(10)
    tasks.run_due(10)
    assert mailed("neighbor_digest") == ["owner0@example.org"]


def test_an_ended_request_asks_nobody_and_its_emails_dont_go(asker: Account, asked: NeighborRequest) -> None:
    add_homes(10, asker)
    tasks.run_due(10)
    asks.decline(ref=NeighborAsk.objects.get(owner=owner(0)).ref)
    assert len(mailed()) == 9
    actions.close(account=asker, ref=asked.ref)
    tasks.run_due(10)
    assert not mailed()
    states = NeighborAsk.objects.values_list("state", flat=True)
    assert sorted(states) == ["declined", *["expired"] * 9]
    assert not NeighborAsk.objects.exclude(digest_due_at=None).exists()


def test_closed_before_the_worker_came(asker: Account, asked: NeighborRequest) -> None:
    add_homes(10, asker)
    actions.close(account=asker, ref=asked.ref)
    tasks.run_due(10)
    assert not asked_owners() and not mailed()


def test_who_wishes_to_be_notified_of_requests_is_notified(asker: Account, asked: NeighborRequest) -> None:
    add_homes(10, asker)
    keys = {"p256dh": url64(b"\4" + bytes(64)), "auth": url64(bytes(16))}
    browser = Subscription.objects.create(account=owner(0), endpoint="https://push.example/x", name="Phone", **keys)
    Wish.objects.create(account=owner(0), about="request")
    tasks.run_due(10)
    note = Note.objects.get(subscription=browser)
    ask = NeighborAsk.objects.get(owner=owner(0))
    assert (note.about, words.path(note)) == ("neighbor", f"/requests/neighbors/{ask.ref}/")
    assert b"A neighbor asks for video" in words.payload(note, "en")
    assert sending._is_news(note, source.now())
    asks.decline(ref=ask.ref)
    assert not sending._is_news(note, source.now())
