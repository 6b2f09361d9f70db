"""When an ask's email goes: at once, after quiet hours, with those of the day, once more on demand. Never twice."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from goodfences import source
from goodfences.errors import Refused
from goodfences.mail import hooks
from goodfences.mail.models import OutboxMessage
from goodfences.people import actions as people
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.video_requests import asks, clearing, digests, matching, tasks
from goodfences.video_requests.actions import ending
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from tests.mail.requests import ask_for, open_request
from tests.persons import officer
from tests.video_requests.conftest import add_homes

NOTHING: dict[str, Any] = dict.fromkeys(("quiet_from", "quiet_until", "digest_at", "away_from", "away_until"))
DAILY = {**NOTHING, "digest_at": time(18)}  # 16:00 UTC in Helsinki; the clock stands at noon


@pytest.fixture
def owner(opened: VideoRequest) -> Account:
    """One of twelve who will be asked."""
    add_homes(12, opened)
    return Account.objects.get(email="owner3@example.org")


def choose(owner: Account, **chosen: Any) -> None:
    people.choose_hours(account=owner, **{**NOTHING, **chosen})


def emails(owner: Account, template: str = "ask") -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(to=owner.email, template=template))


def hour(at: datetime | None) -> tuple[int, int, int]:
    assert at is not None
    return at.day, at.hour, at.minute


def test_an_email_waits_for_the_end_of_quiet_hours_and_the_others_dont(opened: VideoRequest, owner: Account) -> None:
    choose(owner, quiet_from=time(13), quiet_until=time(20))
    matching.fan_out(opened.pk)
    [email] = emails(owner)
    assert hour(email.due_at) == (24, 18, 0)
    assert set(OutboxMessage.objects.exclude(pk=email.pk).values_list("due_at", flat=True)) == {source.now()}


def test_who_is_away_has_the_ask_and_no_email_until_they_are_back(opened: VideoRequest, owner: Account) -> None:
    choose(owner, away_from=date(2026, 11, 20), away_until=date(2026, 12, 24))
    matching.fan_out(opened.pk)
    [email] = emails(owner)
    assert Ask.objects.filter(owner=owner).exists()
    assert email.not_after is not None and email.due_at > email.not_after


def test_one_email_a_day_tells_of_all_asks_and_each_is_told_once(
    opened: VideoRequest, owner: Account, omar: Account, clock: SeededSource
) -> None:
    choose(owner, **DAILY)
    matching.fan_out(opened.pk)
    second = ask_for(open_request(omar, place_name="Mill Street"), owner)
    Ask.objects.filter(pk=second.pk).update(digest_due_at=source.now() + timedelta(hours=4))
    assert digests.write_due(10) == 0 and emails(owner) == emails(owner, "ask_digest") == []
    clock.advance(timedelta(hours=4))
    assert digests.write_due(10) == 1 and digests.write_due(10) == 0
    [email] = emails(owner, "ask_digest")
    assert [line["place"] for line in email.context["asks"]] == ["Oak Street", "Mill Street"]
    matching.fan_out(opened.pk)
    assert emails(owner) == [] and Ask.objects.filter(owner=owner, state="waiting").count() == 2
    hooks.tell_sent([("ask_digest", email.once)])
    assert Ask.objects.filter(owner=owner, state="sent").count() == 2


def test_the_fan_out_done_again_after_the_digest_writes_no_email_of_its_own(
    opened: VideoRequest, owner: Account, clock: SeededSource
) -> None:
    choose(owner, **DAILY)
    matching.fan_out(opened.pk)
    clock.advance(timedelta(hours=4))
    digests.write_due(10)
    choose(owner)
    matching.Matching.objects.all().delete()
    matching.fan_out(opened.pk)
    assert emails(owner) == [] and len(emails(owner, "ask_digest")) == 1


@pytest.mark.parametrize("act", ["open", "decline", "mute", "mute all", "close"])
def test_a_digest_leaves_out_what_needs_no_email_any_more(
    act: str, opened: VideoRequest, owner: Account, omar: Account, clock: SeededSource
) -> None:
    choose(owner, **DAILY)
    matching.fan_out(opened.pk)
    ask = Ask.objects.get(owner=owner)
    if act == "open":
        asks.mark_opened(account=owner, ask_ref=ask.ref)
    elif act == "decline":
        asks.decline(ask_ref=ask.ref)
    elif act == "close":
        ending.close(officer=officer(omar), ref=opened.ref)
    else:
        asks.mute(owner_id=owner.pk, agency_id=None if act == "mute all" else opened.agency_id)
    clock.advance(timedelta(hours=4))
    digests.write_due(10)
    assert emails(owner, "ask_digest") == []
    assert not Ask.objects.filter(owner=owner, digest_due_at__isnull=False).exists()


def test_the_worker_writes_them(opened: VideoRequest, owner: Account, clock: SeededSource) -> None:
    choose(owner, **DAILY)
    while tasks.run_asking(10):
        pass
    clock.advance(timedelta(hours=4))
    tasks.run_due(10)
    assert len(emails(owner, "ask_digest")) == 1


@pytest.mark.parametrize("act", ["decline", "mute", "mute all"])
def test_a_no_stops_the_email_that_waits_for_the_morning(act: str, opened: VideoRequest, owner: Account) -> None:
    choose(owner, quiet_from=time(13), quiet_until=time(20))
    matching.fan_out(opened.pk)
    others = OutboxMessage.objects.filter(state="waiting").count()
    ask = Ask.objects.get(owner=owner)
    digests.remind_once(ask=ask, account=owner)
    if act == "decline":
        asks.decline(ask_ref=ask.ref)
    else:
        asks.mute(owner_id=owner.pk, agency_id=None if act == "mute all" else opened.agency_id)
    assert OutboxMessage.objects.filter(state="waiting").count() == others - 1
    assert emails(owner) == emails(owner, "ask_reminder") == []


class TestTheReminder:
    """The one email after the first, and only because its owner asked."""

    @pytest.fixture
    def ask(self, opened: VideoRequest, owner: Account) -> Ask:
        matching.fan_out(opened.pk)
        return Ask.objects.get(owner=owner)

    def test_comes_tomorrow_and_once(self, ask: Ask, owner: Account, clock: SeededSource) -> None:
        at = digests.remind_once(ask=ask, account=owner)
        clock.advance(timedelta(hours=1))
        assert digests.remind_once(ask=ask, account=owner) == at
        [email] = emails(owner, "ask_reminder")
        assert email.due_at == at and hour(at) == (25, 12, 0)

    def test_waits_for_quiet_hours_too(self, ask: Ask, owner: Account) -> None:
        choose(owner, quiet_from=time(13), quiet_until=time(20))
        assert hour(digests.remind_once(ask=ask, account=owner)) == (25, 18, 0)

    def test_is_refused_for_a_request_that_ends_before(self, ask: Ask, owner: Account, clock: SeededSource) -> None:
        clock.advance(timedelta(days=6, hours=1))
        with pytest.raises(Refused, match="ends before"):
            digests.remind_once(ask=ask, account=owner)
        assert emails(owner, "ask_reminder") == []

    def test_is_refused_once_it_is_decided(self, ask: Ask, owner: Account) -> None:
        asks.decline(ask_ref=ask.ref)
        with pytest.raises(Refused):
            digests.remind_once(ask=ask, account=owner)

    def test_of_a_request_that_was_closed_isnt_sent(self, ask: Ask, owner: Account, omar: Account) -> None:
        digests.remind_once(ask=ask, account=owner)
        ending.close(officer=officer(omar), ref=ask.video_request.ref)
        clearing.clear_ended(5)
        assert emails(owner, "ask_reminder") == []
