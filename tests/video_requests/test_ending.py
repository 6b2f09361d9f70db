"""A request ends by its agency, by the clock or by a suspension, and the record says which."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from goodfences import source
from goodfences.agencies import actions as agencies
from goodfences.agencies.models import Agency, Officer
from goodfences.errors import NotFound, Refused
from goodfences.ledger import queries as ledger
from goodfences.people.models import Account
from goodfences.video_requests import actions, public, received
from goodfences.video_requests.actions import ending
from goodfences.video_requests.models.request import VideoRequest
from tests.persons import make_officer, officer


@pytest.fixture
def two_videos_received() -> Iterator[None]:
    before = list(received._counts)
    received.count_with(lambda video_request_id: 2)
    yield
    received._counts[:] = before


def test_a_requester_closes_the_request(opened: VideoRequest, omar: Account, two_videos_received: None) -> None:
    closed = actions.close(officer=officer(omar), ref=opened.ref)
    assert (closed.state, closed.takes_answers(source.now())) == ("closed", False)
    entry = ledger.entries(kind="request.closed").get()
    assert entry.index == closed.end_ledger_index
    assert entry.body is not None
    assert (entry.body["ended"], entry.body["ended_by"], entry.body["videos_received"]) == (
        "closed",
        "Officer 4411",
        2,
    )


def test_an_approver_withdraws_a_colleagues_request(opened: VideoRequest, ada: Account) -> None:
    assert actions.withdraw(officer=officer(ada), ref=opened.ref).state == "withdrawn"
    assert ledger.entries(kind="request.withdrawn").get().subject == f"request:{opened.ref}"


def test_another_requester_and_an_auditor_end_nothing(
    opened: VideoRequest, northgate: Agency, audrey: Account
) -> None:
    another = make_officer(northgate, "Another", Officer.Role.REQUESTER, "Officer", "4412")
    for account in (another, audrey):
        for act in (actions.close, actions.withdraw):
            with pytest.raises(NotFound):
                act(officer=officer(account), ref=opened.ref)


def test_an_author_who_became_an_auditor_ends_nothing(opened: VideoRequest, omar: Account) -> None:
    Officer.objects.filter(account=omar).update(role="auditor")
    with pytest.raises(NotFound):
        actions.close(officer=officer(omar), ref=opened.ref)


def test_an_officer_of_another_agency_finds_nothing(opened: VideoRequest, sam: Account) -> None:
    with pytest.raises(NotFound):
        actions.close(officer=officer(sam), ref=opened.ref)


def test_what_isnt_open_cant_be_ended(submitted: VideoRequest, omar: Account) -> None:
    for act in (actions.close, actions.withdraw):
        with pytest.raises(Refused) as refused:
            act(officer=officer(omar), ref=submitted.ref)
        assert refused.value.problems[0].value == "submitted"


def test_a_closed_request_is_closed_once(opened: VideoRequest, omar: Account) -> None:
    actions.close(officer=officer(omar), ref=opened.ref)
    with pytest.raises(Refused):
        actions.close(officer=officer(omar), ref=opened.ref)
    assert ledger.entries(kind="request.closed").count() == 1


def test_the_clock_closes_a_request_on_its_day(opened: VideoRequest, clock: source.SeededSource) -> None:
    assert opened.expires_at is not None
    VideoRequest.objects.update(expires_at=clock.now() + timedelta(seconds=1))
    assert actions.expire_due(10) == 0
    clock.advance(timedelta(seconds=1))
    assert actions.expire_due(10) == 1
    assert actions.expire_due(10) == 0
    entry = ledger.entries(kind="request.closed").get()
    assert entry.body is not None
    assert (entry.body["ended"], entry.body["ended_by"]) == ("expired", "")


def test_an_expired_request_takes_no_answers_even_before_the_worker_closed_it(opened: VideoRequest) -> None:
    assert opened.expires_at is not None
    assert opened.takes_answers(opened.expires_at - timedelta(seconds=1))
    assert not opened.takes_answers(opened.expires_at)


def test_a_request_that_its_agency_closed_meanwhile_isnt_expired_as_well(opened: VideoRequest, omar: Account) -> None:
    stale = VideoRequest.objects.get(pk=opened.pk)
    actions.close(officer=officer(omar), ref=opened.ref)
    assert not ending._expire(stale)
    assert ledger.entries(kind="request.closed").count() == 1


def test_no_more_than_the_limit_is_closed_at_once(opened: VideoRequest, clock: source.SeededSource) -> None:
    VideoRequest.objects.update(expires_at=clock.now() - timedelta(days=1))
    assert actions.expire_due(0) == 0
    assert actions.expire_due(1) == 1


def test_a_suspension_ends_the_agencys_open_requests(opened: VideoRequest, otto: Account) -> None:
    agencies.suspend(operator=otto, slug="northgate-police", reason="Asked for a rally.")
    opened.refresh_from_db()
    assert opened.state == "closed"
    closed, suspended = ledger.entries().order_by("-index")[:2][::-1]
    assert closed.body is not None
    assert (closed.kind, closed.body["ended"], suspended.kind) == ("request.closed", "suspended", "agency.suspended")


def test_the_public_sees_how_it_went(opened: VideoRequest, omar: Account, submitted: VideoRequest) -> None:
    seen = public.request(opened.ref)
    assert (seen.state, seen.agency_name, seen.incident_label) == ("open", "Northgate Police", "Vandalism")
    assert (seen.requested_by, seen.decided_by) == ("Officer 4411", "Sergeant 3102")
    actions.close(officer=officer(omar), ref=opened.ref)
    assert public.request(opened.ref).state == "closed"
    assert public.request(opened.ref).end_ledger_index is not None


def test_the_public_sees_no_detail(opened: VideoRequest) -> None:
    written = str(public.request(opened.ref))
    for private in (opened.case_number, opened.reason, opened.contact, str(opened.ranges[0][0])):
        assert private not in written


def test_the_public_list_is_filtered_and_paged(opened: VideoRequest) -> None:
    assert opened.ledger_index is not None
    assert [one.ref for one in public.requests()] == [opened.ref]
    assert [one.ref for one in public.requests(agency_slug="northgate-police", state="open", limit=5)] == [opened.ref]
    assert public.requests(agency_slug="harbor-sheriff") == []
    assert public.requests(state="closed") == []
    assert public.requests(before=opened.ledger_index) == []


def test_what_isnt_published_isnt_public(submitted: VideoRequest) -> None:
    assert public.requests() == []
    with pytest.raises(NotFound):
        public.request(submitted.ref)


def test_a_rejected_request_is_public(submitted: VideoRequest, ada: Account) -> None:
    actions.reject(officer=officer(ada), ref=submitted.ref, reason="Too wide an area.")
    assert public.request(submitted.ref).rejection_reason == "Too wide an area."
