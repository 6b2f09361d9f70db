"""Two workers, two approvers, two windows: as if one had come after the other."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from goodfences.errors import Refused
from goodfences.ledger import actions as ledger
from goodfences.ledger import queries as entries
from goodfences.mail.models import OutboxMessage
from goodfences.people import erasure
from goodfences.people.models import Account
from goodfences.video_requests import actions, asks, matching
from goodfences.video_requests.models.ask import Ask, Mute
from goodfences.video_requests.models.request import VideoRequest
from tests.at_once import at_once
from tests.persons import officer
from tests.video_requests.conftest import add_clip, add_homes, fields
from tests.video_requests.test_matching import ask_before

pytestmark = [pytest.mark.at_once, pytest.mark.django_db(transaction=True)]


def draft_another(omar: Account, number: int) -> VideoRequest:
    return actions.save_draft(officer=officer(omar), fields=fields(case_number=f"26-1{number:03}"))


def submit_another(omar: Account, number: int) -> VideoRequest:
    return actions.submit(officer=officer(omar), ref=draft_another(omar, number).ref)


def test_two_workers_ask_each_owner_once(opened: VideoRequest) -> None:
    add_homes(12, opened)
    work = partial(matching.fan_out, opened.pk, batch=5)
    outcomes = at_once(work, work)
    assert sum(outcomes) == 12
    assert Ask.objects.count() == OutboxMessage.objects.filter(template="ask").count() == 12


def test_two_requests_side_by_side_keep_an_owners_limit(opened: VideoRequest, omar: Account, ada: Account) -> None:
    other = actions.approve(officer=officer(ada), ref=submit_another(omar, 1).ref)
    ledger.sign_checkpoint()
    for home in add_homes(12, opened):
        ask_before(home.members.get(), 2, opened)
    outcomes = at_once(*(partial(matching.fan_out, request.pk) for request in (opened, other)), at="people_account")
    assert sum(outcomes) == 12
    assert set(Counter(Ask.objects.values_list("owner_id", flat=True)).values()) == {3}


def test_a_request_is_opened_or_rejected_and_never_both(submitted: VideoRequest, ada: Account) -> None:
    outcomes = at_once(
        partial(actions.approve, officer=officer(ada), ref=submitted.ref),
        partial(actions.reject, officer=officer(ada), ref=submitted.ref, reason="It names no street."),
    )
    assert [type(outcome) for outcome in outcomes if not isinstance(outcome, VideoRequest)] == [Refused]
    (entry,) = entries.entries(subject=f"request:{submitted.ref}")
    submitted.refresh_from_db()
    assert (entry.kind, submitted.ledger_index) == (f"request.{_past(submitted)}", entry.index)


def _past(request: VideoRequest) -> str:
    return {"open": "opened", "rejected": "rejected"}[request.state]


def test_two_that_are_submitted_at_once_keep_to_five_requests(opened: VideoRequest, omar: Account) -> None:
    for number in range(3):
        submit_another(omar, number)
    last = [draft_another(omar, number) for number in (3, 4)]
    outcomes = at_once(*(partial(actions.submit, officer=officer(omar), ref=draft.ref) for draft in last))
    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert [problem.limit for problem in refused.problems] == ["5 requests"]
    assert VideoRequest.objects.filter(state__in=("submitted", "open")).count() == 5


def test_a_request_that_expires_while_it_is_closed_ends_once(opened: VideoRequest, omar: Account) -> None:
    VideoRequest.objects.update(expires_at=opened.opened_at)
    outcomes = at_once(partial(actions.close, officer=officer(omar), ref=opened.ref), partial(actions.expire_due, 10))
    assert not isinstance(outcomes[1], Exception)
    assert entries.entries(kind="request.closed").count() == 1


def test_muting_twice_is_once(opened: VideoRequest, olive: Account) -> None:
    for agency_id in (None, opened.agency_id):
        mute = partial(asks.mute, owner_id=olive.pk, agency_id=agency_id)
        assert at_once(mute, mute) == [None, None]
    assert Mute.objects.count() == 2


def test_an_owner_who_leaves_isnt_asked_in_parting(opened: VideoRequest, olive: Account) -> None:
    add_homes(12, opened)
    add_clip(olive.households.get().cameras.get(looks_at="street"), opened)
    at_once(partial(matching.fan_out, opened.pk), partial(erasure.erase, account=olive), at="people_account")
    assert Ask.objects.count() == 12
    assert list(OutboxMessage.objects.filter(to="olive@example.org").values_list("template", flat=True)) == [
        "erasure_receipt"
    ]
