"""Requests for real cases: several drafts, copies, deleted ones that come back, several areas, the urgent flag."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.errors import NotFound, Refused
from goodfences.ledger import actions as signing
from goodfences.ledger import queries as ledger
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.places import area_from_geojson, cells_of, jurisdiction
from goodfences.video_requests import actions, matching, portal, public, tasks
from goodfences.video_requests.actions import drafts
from goodfences.video_requests.details import details, details_hash
from goodfences.video_requests.fields import fields_of
from goodfences.video_requests.models.request import VideoRequest
from tests.persons import OLIVES_PLACE, officer
from tests.places.shapes import box
from tests.video_requests.conftest import add_homes, fields

WHY = "A child is missing since noon and it will freeze tonight."
URGENT = {"urgent": True, "urgent_reason": WHY}


def refs(found: object) -> list[str]:
    return [one.ref for one in found]  # type: ignore[attr-defined]


def test_an_officer_keeps_several_drafts_and_tells_them_apart_by_name(omar: Account, ada: Account) -> None:
    first = actions.save_draft(officer=officer(omar), fields=fields(draft_name="The river path"))
    second = actions.save_draft(officer=officer(omar), fields=fields(draft_name="The station"))
    found = portal.drafts_of(officer(omar))
    assert {one.draft_name for one in found} == {"The river path", "The station"}
    assert set(refs(found)) == {first.ref, second.ref}
    assert not portal.drafts_of(officer(ada)).exists()


def test_drafts_are_at_most_fifty(omar: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
    first = actions.save_draft(officer=officer(omar), fields=fields())
    for again in (
        lambda: actions.save_draft(officer=officer(omar), fields=fields()),
        lambda: actions.copy(officer=officer(omar), ref=first.ref),
    ):
        with pytest.raises(Refused):
            again()
    actions.save_draft(officer=officer(omar), fields=fields(draft_name="Still the first"), ref=first.ref)


def test_a_deleted_draft_comes_back_for_a_day(draft: VideoRequest, omar: Account, clock: source.SeededSource) -> None:
    actions.discard_draft(officer=officer(omar), ref=draft.ref)
    assert not portal.drafts_of(officer(omar)).exists()
    assert refs(portal.discarded_of(officer(omar))) == [draft.ref]
    with pytest.raises(NotFound):
        actions.submit(officer=officer(omar), ref=draft.ref)
    clock.advance(timedelta(hours=23))
    assert tasks.run_due(10) == 0
    assert actions.restore_draft(officer=officer(omar), ref=draft.ref) == draft
    assert refs(portal.drafts_of(officer(omar))) == [draft.ref]
    assert actions.restore_draft(officer=officer(omar), ref=draft.ref) == draft


def test_after_a_day_a_deleted_draft_is_erased(
    draft: VideoRequest, omar: Account, clock: source.SeededSource
) -> None:
    actions.discard_draft(officer=officer(omar), ref=draft.ref)
    clock.advance(timedelta(days=1))
    assert not portal.discarded_of(officer(omar)).exists()
    with pytest.raises(NotFound):
        actions.restore_draft(officer=officer(omar), ref=draft.ref)
    assert tasks.run_due(10) == 1
    assert not VideoRequest.objects.exists()


def test_a_colleague_neither_deletes_nor_restores(draft: VideoRequest, omar: Account, ada: Account) -> None:
    actions.discard_draft(officer=officer(omar), ref=draft.ref)
    with pytest.raises(NotFound):
        actions.restore_draft(officer=officer(ada), ref=draft.ref)
    assert not portal.discarded_of(officer(ada)).exists()


def test_a_copy_says_what_the_other_says_but_for_who_asks_and_why_it_cant_wait(
    policy_published: None, omar: Account, ada: Account
) -> None:
    given = fields(**URGENT)
    ref = actions.save_draft(officer=officer(omar), fields=given).ref
    submitted = actions.submit(officer=officer(omar), ref=ref)
    copied = actions.copy(officer=officer(ada), ref=submitted.ref)
    assert (copied.state, copied.requester, copied.contact) == ("draft", officer(ada), officer(ada).contact)
    assert (copied.urgent, copied.urgent_reason, copied.ref != submitted.ref) == (False, "", True)
    assert copied.details_salt != submitted.details_salt
    assert (copied.case_number, copied.reason, copied.ranges) == (
        submitted.case_number,
        submitted.reason,
        submitted.ranges,
    )


def test_a_colleagues_draft_and_anothers_request_arent_copied(
    draft: VideoRequest, submitted: VideoRequest, ada: Account, sam: Account, audrey: Account, omar: Account
) -> None:
    for stranger in (sam, audrey):
        with pytest.raises(NotFound):
            actions.copy(officer=officer(stranger), ref=submitted.ref)
    own = actions.save_draft(officer=officer(omar), fields=fields())
    with pytest.raises(NotFound):
        actions.copy(officer=officer(ada), ref=own.ref)


def two_boxes(side: int = 400) -> dict[str, object]:
    lat, lon = OLIVES_PLACE
    boxes = [box(lat, lon, side), box(lat, lon + 0.02, side)]
    return {"type": "MultiPolygon", "coordinates": [one["coordinates"] for one in boxes]}


def test_several_areas_are_kept_and_owners_in_each_of_them_are_asked(
    policy_published: None, omar: Account, ada: Account
) -> None:
    area = area_from_geojson(two_boxes())
    given = fields(area=area)
    draft = actions.save_draft(officer=officer(omar), fields=given)
    assert fields_of(VideoRequest.objects.get(ref=draft.ref)) == given
    west, east = (area_from_geojson(box(OLIVES_PLACE[0], OLIVES_PLACE[1] + by, 400)) for by in (0, 0.02))
    assert set(cells_of(area.ranges)) == set(cells_of(west.ranges)) | set(cells_of(east.ranges))
    assert actions.submit(officer=officer(omar), ref=draft.ref).area_parts == list(area.parts)


def test_one_of_several_areas_that_is_too_small_stops_the_request(omar: Account) -> None:
    small = two_boxes()
    small["coordinates"][1] = box(OLIVES_PLACE[0], OLIVES_PLACE[1] + 0.02, 120)["coordinates"]  # type: ignore[index]
    problems = actions.check(officer=officer(omar), fields=fields(area=area_from_geojson(small)))
    assert [problem.rule for problem in problems] == ["area.min"]


@pytest.fixture
def urgent(policy_published: None, omar: Account, ada: Account) -> VideoRequest:
    draft = actions.save_draft(officer=officer(omar), fields=fields(**URGENT))
    actions.submit(officer=officer(omar), ref=draft.ref)
    return actions.approve(officer=officer(ada), ref=draft.ref)


def test_urgent_is_public_and_why_it_is_stays_with_owners(urgent: VideoRequest) -> None:
    (entry,) = ledger.entries(kind="request.opened")
    assert entry.body["urgent"] is True
    assert WHY not in str(entry.body)
    assert details(urgent)["urgent_reason"] == WHY
    assert entry.body["details_sha256"] == details_hash(urgent)
    assert public.request(urgent.ref).urgent
    assert (public.figures().urgent, public.figures("northgate-police").urgent, public.figures("none").urgent) == (
        1,
        1,
        0,
    )


def test_an_ordinary_request_commits_to_what_it_always_did(opened: VideoRequest) -> None:
    assert "urgent_reason" not in details(opened)
    assert public.figures().urgent == 0


def test_urgent_changes_the_subject_and_no_rule_of_who_is_asked(urgent: VideoRequest) -> None:
    signing.sign_checkpoint()
    homes = add_homes(12, urgent)
    assert matching.fan_out(urgent.pk) == len(homes)
    message = OutboxMessage.objects.select_related("common").first()
    assert message is not None and message.common is not None
    assert message.common.context["urgent"] == "yes"
    assert message.not_before is None or message.not_before >= source.now()


def test_urgent_requests_of_a_month_are_counted(
    urgent: VideoRequest, omar: Account, clock: source.SeededSource
) -> None:
    VideoRequest.objects.filter(pk=urgent.pk).update(state="closed")
    for number in range(2):
        draft = actions.save_draft(officer=officer(omar), fields=fields(case_number=f"26-07{number}0", **URGENT))
        actions.submit(officer=officer(omar), ref=draft.ref)
    fourth = actions.save_draft(officer=officer(omar), fields=fields(case_number="26-0999", **URGENT))
    with pytest.raises(Refused) as refused:
        actions.submit(officer=officer(omar), ref=fourth.ref)
    assert [problem.rule for problem in refused.value.problems] == ["urgent.requests"]
    clock.advance(timedelta(days=30, minutes=1))
    later = fields(case_number="26-0999", **URGENT)
    assert actions.check(officer=officer(omar), fields=later, ref=fourth.ref) == []


def test_urgent_ones_wait_on_top(submitted: VideoRequest, omar: Account, ada: Account) -> None:
    draft = actions.save_draft(officer=officer(omar), fields=fields(case_number="26-0777", **URGENT))
    actions.submit(officer=officer(omar), ref=draft.ref)
    assert refs(portal.waiting_for(officer(ada))) == [draft.ref, submitted.ref]
    assert portal.waiting_for(officer(omar)) == []


def test_a_reason_without_the_flag_isnt_kept(omar: Account) -> None:
    draft = actions.save_draft(officer=officer(omar), fields=fields(urgent=False, urgent_reason=WHY))
    assert draft.urgent_reason == ""


def test_a_place_that_the_agency_no_longer_serves_can_be_kept_as_a_draft_but_not_asked_about(
    opened: VideoRequest, omar: Account, ada: Account, northgate: Agency
) -> None:
    elsewhere = fields(case_number="26-0500")
    waiting = actions.submit(
        officer=officer(omar), ref=actions.save_draft(officer=officer(omar), fields=elsewhere).ref
    )
    lat, lon = OLIVES_PLACE
    Agency.objects.filter(pk=northgate.pk).update(area=jurisdiction(box(lat + 0.5, lon, 5000)))
    copied = actions.copy(officer=officer(omar), ref=opened.ref)
    told = actions.check(officer=officer(omar), fields=fields_of(copied), ref=copied.ref)
    assert [problem.rule for problem in told] == ["area.jurisdiction"]
    for act in (
        lambda: actions.submit(officer=officer(omar), ref=copied.ref),
        lambda: actions.approve(officer=officer(ada), ref=waiting.ref),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert [problem.rule for problem in refused.value.problems] == ["area.jurisdiction"]
    waiting.refresh_from_db()
    assert waiting.state == VideoRequest.State.SUBMITTED
