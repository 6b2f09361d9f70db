"""A draft is kept as far as it was filled in, and is nobody else's business."""

from __future__ import annotations

import pytest

from goodfences.errors import NotFound, Problem, Refused
from goodfences.people.models import Account
from goodfences.places import contains
from goodfences.video_requests import actions, portal
from goodfences.video_requests.fields import RequestFields, fields_of
from goodfences.video_requests.models.request import VideoRequest
from tests.persons import OLIVES_PLACE, cell, officer
from tests.video_requests.conftest import AREA, fields


def rules(problems: list[Problem] | tuple[Problem, ...]) -> set[str]:
    return {problem.rule for problem in problems}


def test_a_draft_keeps_every_field(omar: Account) -> None:
    given = fields()
    draft = actions.save_draft(officer=officer(omar), fields=given)
    assert fields_of(VideoRequest.objects.get(ref=draft.ref)) == given
    assert (draft.state, draft.time_zone, draft.is_published) == ("draft", "Europe/Helsinki", False)


def test_an_area_is_kept_as_cells_and_never_as_coordinates(omar: Account) -> None:
    draft = actions.save_draft(officer=officer(omar), fields=fields())
    assert contains(draft.ranges, cell(OLIVES_PLACE))
    assert "60.17" not in str(draft.__dict__)


def test_an_empty_draft_is_kept_too(omar: Account) -> None:
    draft = actions.save_draft(officer=officer(omar), fields=RequestFields())
    assert fields_of(draft) == RequestFields()
    assert (draft.has_area, draft.has_window) == (False, False)


def test_half_a_window_is_no_window(omar: Account) -> None:
    draft = actions.save_draft(officer=officer(omar), fields=fields(ends_at=None))
    assert fields_of(draft) == fields(starts_at=None, ends_at=None)


def test_a_draft_can_be_changed(draft: VideoRequest, omar: Account) -> None:
    actions.save_draft(officer=officer(omar), fields=fields(case_number="26-0500"), ref=draft.ref)
    draft.refresh_from_db()
    assert draft.case_number == "26-0500"
    assert VideoRequest.objects.count() == 1


def test_what_is_too_long_to_keep_is_refused_at_once(omar: Account) -> None:
    with pytest.raises(Refused) as refused:
        actions.save_draft(officer=officer(omar), fields=fields(case_number="4" * 41, place_name="x" * 81))
    assert rules(refused.value.problems) == {"case_number.length", "place_name.length"}
    assert not VideoRequest.objects.exists()


def test_an_auditor_writes_no_drafts(audrey: Account) -> None:
    with pytest.raises(NotFound):
        actions.save_draft(officer=officer(audrey), fields=fields())
    with pytest.raises(NotFound):
        actions.check(officer=officer(audrey), fields=fields())


def test_a_colleague_doesnt_see_or_change_a_draft(draft: VideoRequest, ada: Account, audrey: Account) -> None:
    for colleague in (ada, audrey):
        with pytest.raises(NotFound):
            portal.request(officer(colleague), draft.ref)
        with pytest.raises(NotFound):
            actions.save_draft(officer=officer(colleague), fields=fields(), ref=draft.ref)
        with pytest.raises(NotFound):
            actions.discard_draft(officer=officer(colleague), ref=draft.ref)


def test_an_officer_of_another_agency_finds_nothing(draft: VideoRequest, sam: Account) -> None:
    with pytest.raises(NotFound):
        actions.save_draft(officer=officer(sam), fields=fields(), ref=draft.ref)
    assert list(portal.requests_of(officer(sam))) == []


def test_a_submitted_request_cant_be_edited_or_discarded(submitted: VideoRequest, omar: Account) -> None:
    with pytest.raises(Refused):
        actions.save_draft(officer=officer(omar), fields=fields(), ref=submitted.ref)
    with pytest.raises(Refused):
        actions.discard_draft(officer=officer(omar), ref=submitted.ref)


def test_a_colleagues_submitted_request_isnt_a_draft_of_ones_own(submitted: VideoRequest, ada: Account) -> None:
    with pytest.raises(NotFound):
        actions.discard_draft(officer=officer(ada), ref=submitted.ref)


def test_an_author_who_became_an_auditor_edits_nothing(draft: VideoRequest, omar: Account) -> None:
    author = officer(omar)
    author.role = "auditor"
    author.save()
    with pytest.raises(NotFound):
        actions.discard_draft(officer=author, ref=draft.ref)


def test_a_discarded_draft_is_gone(draft: VideoRequest, omar: Account) -> None:
    actions.discard_draft(officer=officer(omar), ref=draft.ref)
    with pytest.raises(NotFound):
        portal.request(officer(omar), draft.ref)


def test_checking_tells_every_broken_rule_and_changes_nothing(omar: Account) -> None:
    problems = actions.check(officer=officer(omar), fields=RequestFields(place_name="x"))
    assert {
        "area.given",
        "window.given",
        "case_number.format",
        "incident_type.listed",
        "place_name.missing",
    } <= rules(problems)
    assert not VideoRequest.objects.exists()


def test_checking_a_saved_draft_doesnt_count_it_against_itself(draft: VideoRequest, omar: Account) -> None:
    assert actions.check(officer=officer(omar), fields=fields(), ref=draft.ref) == []


def test_checking_under_anothers_reference_finds_nothing(draft: VideoRequest, sam: Account) -> None:
    with pytest.raises(NotFound):
        actions.check(officer=officer(sam), fields=fields(), ref=draft.ref)


def test_what_places_refused_is_told_with_the_rest(omar: Account) -> None:
    crossing = Problem("area.crosses", "area", "The outline crosses itself.")
    problems = actions.check(officer=officer(omar), fields=fields(area=None, area_problems=(crossing,)))
    assert problems == [crossing]


@pytest.mark.parametrize(
    "name", ["12 Oak Street", "12b Oak Street", "  7 Elm Avenue", "60.1712, 24.9450", "near 60.17123"]
)
def test_a_place_name_with_a_house_number_or_a_coordinate_is_refused(omar: Account, name: str) -> None:
    problems = actions.check(officer=officer(omar), fields=fields(place_name=name))
    assert rules(problems) == {"text.address"}


@pytest.mark.parametrize("name", ["Oak Street", "5th Avenue", "100 block of Main Street", "3 Mile Road", "Route 66"])
def test_a_street_with_a_number_in_its_name_is_fine(omar: Account, name: str) -> None:
    assert actions.check(officer=officer(omar), fields=fields(place_name=name)) == []


def test_a_deactivated_officer_saves_nothing(omar: Account) -> None:
    gone = officer(omar)
    type(gone).objects.filter(pk=gone.pk).update(active=False)
    with pytest.raises(NotFound):
        actions.save_draft(officer=gone, fields=fields(area=AREA))
