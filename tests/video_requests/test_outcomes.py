"""After the case: whether it helped, once, in public; reminded once; and a thank-you for each who shared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from goodfences import source
from goodfences.errors import NotFound, Refused
from goodfences.ledger import actions as signing
from goodfences.ledger import queries as ledger
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.video_requests import actions, outcomes, received, tasks
from goodfences.video_requests.actions.outcomes import REMIND_AFTER
from goodfences.video_requests.models import Ask, VideoRequest
from tests.persons import OLIVES_PLACE as PLACE
from tests.persons import make_account, make_home, officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def videos() -> Iterator[list[int]]:
    """How many came: change it as `videos[0] = 0`."""
    before, many = list(received._counts), [2]
    received.count_with(lambda video_request_id: many[0])
    yield many
    received._counts[:] = before


@pytest.fixture
def closed(opened: VideoRequest, omar: Account, videos: list[int]) -> VideoRequest:
    return actions.close(officer=officer(omar), ref=opened.ref)


def mails(template: str) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(template=template).order_by("pk"))


def work() -> None:
    signing.sign_checkpoint()
    while tasks.run_due(10):
        pass


def test_it_is_said_once_and_in_public(closed: VideoRequest, omar: Account, ada: Account) -> None:
    actions.say_whether_it_helped(officer=officer(omar), ref=closed.ref, helped=True)
    entry = ledger.entries(kind="request.helped").get()
    assert entry.subject == f"request:{closed.ref}" and entry.body is not None
    assert (entry.body["helped"], entry.body["said_by"]) == ("yes", "Officer 4411")
    with pytest.raises(Refused):
        actions.say_whether_it_helped(officer=officer(ada), ref=closed.ref, helped=False)
    said = outcomes.of_request(closed)
    assert said is not None and said.answer == "helped"


def test_nothing_is_said_of_an_open_request_or_of_one_that_brought_nothing(
    opened: VideoRequest, omar: Account, videos: list[int]
) -> None:
    with pytest.raises(Refused):
        actions.say_whether_it_helped(officer=officer(omar), ref=opened.ref, helped=True)
    actions.close(officer=officer(omar), ref=opened.ref)
    videos[0] = 0
    with pytest.raises(Refused):
        actions.say_whether_it_helped(officer=officer(omar), ref=opened.ref, helped=True)


def test_others_and_auditors_say_nothing(closed: VideoRequest, audrey: Account, sam: Account) -> None:
    for one in (audrey, sam):
        with pytest.raises(NotFound):
            actions.say_whether_it_helped(officer=officer(one), ref=closed.ref, helped=True)


def test_who_asked_is_reminded_once(closed: VideoRequest, omar: Account, clock: source.SeededSource) -> None:
    clock.advance(REMIND_AFTER - timedelta(minutes=1))
    work()
    assert mails("helped_reminder") == []
    clock.advance(timedelta(minutes=1))
    work()
    clock.advance(timedelta(days=40))
    work()
    (letter,) = mails("helped_reminder")
    assert letter.to == omar.email and letter.context["page"].endswith(f"/portal/requests/{closed.ref}/helped/")
    assert outcomes.can_be_said(closed)


def test_nobody_is_reminded_of_what_was_said_or_brought_nothing(
    closed: VideoRequest, omar: Account, videos: list[int], clock: source.SeededSource
) -> None:
    videos[0] = 0
    clock.advance(REMIND_AFTER)
    work()
    assert mails("helped_reminder") == []


@pytest.mark.parametrize("helped", [True, False])
def test_each_who_shared_gets_one_thank_you_that_says_so(
    helped: bool, closed: VideoRequest, omar: Account, olive: Account
) -> None:
    silent = make_account("Silas")
    homes = [(olive, olive.households.get(), "shared"), (silent, make_home(silent, PLACE), "expired")]
    for person, home, state in homes:
        Ask.objects.create(video_request=closed, owner=person, household=home, state=state)
    actions.say_whether_it_helped(officer=officer(omar), ref=closed.ref, helped=helped)
    work()
    work()
    (letter,) = mails("request_helped")
    assert letter.to == olive.email and letter.context["helped"] is helped
