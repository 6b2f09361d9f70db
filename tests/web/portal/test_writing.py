"""An officer draws, fills in, is told every broken rule, saves and submits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from goodfences.agencies.models import Agency
from goodfences.people.models import Account
from goodfences.places import area_from_geojson, contains, jurisdiction
from goodfences.video_requests.models.request import VideoRequest
from goodfences.web.portal.fields import LocalTimeField
from tests.persons import OLIVES_PLACE, cell
from tests.web.portal.conftest import HELSINKI, form, square

ClientOf = Callable[[Account], Client]
NEW = "/portal/requests/new/"
CHECK = "/portal/requests/check/"


def text(response: Any) -> str:
    return response.content.decode()


def test_the_page_has_the_map_and_the_agencys_limits(client_of: ClientOf, omar: Account) -> None:
    page = text(client_of(omar).get(NEW))
    assert 'data-island="draw"' in page
    assert 'data-min-sq-mi="0.025"' in page
    assert 'data-max-sq-mi="0.5"' in page
    assert "Europe/Helsinki" in page
    assert 'value="omar@northgate-police.example"' in page


def test_a_submitted_request_has_what_was_posted(client_of: ClientOf, omar: Account) -> None:
    response = client_of(omar).post(NEW, form(submit="1"))
    request = VideoRequest.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/portal/requests/{request.ref}/")
    assert (request.state, request.case_number, request.place_name) == ("submitted", "26-0412", "Oak Street")
    assert request.starts_at == datetime(2026, 11, 23, 20, 0, tzinfo=HELSINKI)
    assert contains(request.ranges, cell(OLIVES_PLACE))


def test_a_draft_is_saved_half_finished(client_of: ClientOf, omar: Account) -> None:
    response = client_of(omar).post(NEW, {"case_number": "26-0412", "save": "1"})
    request = VideoRequest.objects.get()
    assert response["Location"] == f"/portal/requests/{request.ref}/edit/"
    assert (request.state, request.has_area, request.has_window) == ("draft", False, False)


def test_a_refused_submission_says_everything_and_keeps_the_draft(client_of: ClientOf, omar: Account) -> None:
    given = form(submit="1", reason="Because.", ends_at="2026-11-24T20:00", area=square(0.012), case_number="")
    response = client_of(omar).post(NEW, given)
    page = text(response)
    assert response.status_code == 422
    for words in (
        "must be at most 0.5 square miles",
        "which is still to come",
        "at most 12 hours",
        "it needs at least 40",
    ):
        assert words in page, words
    draft = VideoRequest.objects.get()
    assert (draft.state, draft.reason) == ("draft", "Because.")
    assert f'action="/portal/requests/{draft.ref}/edit/"' in page
    assert "It was not submitted. It is kept as a draft." in page
    assert "Nothing was saved" not in page


def begun(client: Client) -> str:
    """What the form of a new request brings along for its draft."""
    return str(client.get(NEW).context["begun"])


def test_a_form_that_is_sent_again_and_again_makes_one_draft(client_of: ClientOf, omar: Account) -> None:
    client = client_of(omar)
    given = form(submit="1", reason="Because.", begun=begun(client))
    for reason in ("Because.", "Because.", "So."):
        page = client.post(NEW, {**given, "reason": reason})
        assert page.status_code == 422
    draft = VideoRequest.objects.get()
    assert (draft.state, draft.reason) == ("draft", "So.")
    client.post(f"/portal/requests/{draft.ref}/edit/", form(submit="1"))
    assert VideoRequest.objects.get().state == "submitted"
    again = client.post(NEW, {**given, "reason": form()["reason"]})
    assert again["Location"] == f"/portal/requests/{draft.ref}/"
    assert VideoRequest.objects.count() == 1


def test_two_forms_make_two_drafts(client_of: ClientOf, omar: Account) -> None:
    client = client_of(omar)
    for _time in range(2):
        client.post(NEW, form(save="1", begun=begun(client)))
    assert VideoRequest.objects.count() == 2


def test_another_officers_form_says_nothing_about_ones_own_draft(
    client_of: ClientOf, omar: Account, ada: Account, draft: VideoRequest
) -> None:
    for brought in (begun(client_of(omar)), draft.ref, "made:up"):
        client_of(ada).post(NEW, form(save="1", begun=brought))
    assert VideoRequest.objects.filter(requester__account=ada).count() == 3
    assert not VideoRequest.objects.filter(ref="made").exists()


@pytest.mark.parametrize("button", ["submit", "save"])
def test_an_empty_form_leaves_no_draft(client_of: ClientOf, omar: Account, button: str) -> None:
    client = client_of(omar)
    empty = {"contact": "omar@northgate.example", "reason": " ", "begun": begun(client), button: "1"}
    page = text(client.post(NEW, empty))
    assert not VideoRequest.objects.exists()
    assert ("It was not submitted, and nothing of it was saved." if button == "submit" else "nothing to keep") in page


def test_what_is_too_long_to_keep_is_said_not_to_be_kept(client_of: ClientOf, omar: Account) -> None:
    page = text(client_of(omar).post(NEW, form(submit="1", case_number="4" * 41)))
    assert "It was not submitted, and nothing of it was saved." in page
    assert not VideoRequest.objects.exists()


def test_a_window_that_ends_before_it_begins_is_told_as_that(client_of: ClientOf, omar: Account) -> None:
    page = text(client_of(omar).post(NEW, form(submit="1", ends_at="2026-11-23T19:00")))
    assert "The window ends before it begins" in page
    assert "Say when the window begins" not in page
    draft = VideoRequest.objects.get()
    assert 'value="2026-11-23T19:00"' in text(client_of(omar).get(f"/portal/requests/{draft.ref}/edit/"))


def test_what_cant_be_read_is_told_with_the_broken_rules(client_of: ClientOf, omar: Account) -> None:
    response = client_of(omar).post(NEW, form(submit="1", starts_at="yesterday", area="{", case_number="x"))
    page = text(response)
    assert response.status_code == 422
    assert "such as 2026-11-24T20:30" in page
    assert "This is not GeoJSON" in page
    assert "Give the number of the case on file" in page
    assert "Draw the area on the map" not in page
    assert "It was not submitted, and nothing of it was saved." in page
    assert not VideoRequest.objects.exists()


def test_a_draft_with_something_unreadable_isnt_saved(client_of: ClientOf, omar: Account) -> None:
    response = client_of(omar).post(NEW, form(save="1", ends_at="2026-11-24T20:00:00Z"))
    assert response.status_code == 422
    assert "Give the number" not in text(response)
    assert not VideoRequest.objects.exists()


def test_a_draft_is_shown_again_as_it_was(client_of: ClientOf, omar: Account) -> None:
    client = client_of(omar)
    client.post(NEW, form(save="1"))
    draft = VideoRequest.objects.get()
    page = text(client.get(f"/portal/requests/{draft.ref}/edit/"))
    assert 'value="2026-11-23T20:00"' in page
    assert 'value="26-0412"' in page
    assert "&quot;Polygon&quot;" in page


def test_an_area_that_wasnt_redrawn_keeps_its_size(client_of: ClientOf, omar: Account) -> None:
    client = client_of(omar)
    client.post(NEW, form(save="1"))
    draft = VideoRequest.objects.get()
    shown = client.get(f"/portal/requests/{draft.ref}/edit/").context["form"]["area"].value()
    client.post(f"/portal/requests/{draft.ref}/edit/", form(save="1", area=shown, place_name="Elm Street"))
    again = VideoRequest.objects.get()
    assert (again.ranges, again.area_m2, again.place_name) == (draft.ranges, draft.area_m2, "Elm Street")
    client.post(f"/portal/requests/{draft.ref}/edit/", form(save="1", area=square(0.003)))
    assert VideoRequest.objects.get().area_m2 < draft.area_m2


def test_a_draft_can_be_submitted_later(client_of: ClientOf, omar: Account, draft: VideoRequest) -> None:
    client_of(omar).post(f"/portal/requests/{draft.ref}/edit/", form(submit="1"))
    draft.refresh_from_db()
    assert draft.state == "submitted"


def test_what_was_submitted_is_shown_and_not_edited(
    client_of: ClientOf, omar: Account, submitted: VideoRequest
) -> None:
    response = client_of(omar).get(f"/portal/requests/{submitted.ref}/edit/")
    assert response["Location"] == f"/portal/requests/{submitted.ref}/"


def test_a_draft_is_deleted_after_a_question(client_of: ClientOf, omar: Account, draft: VideoRequest) -> None:
    client = client_of(omar)
    assert "Delete this draft?" in text(client.get(f"/portal/requests/{draft.ref}/discard/"))
    assert VideoRequest.objects.exists()
    client.post(f"/portal/requests/{draft.ref}/discard/")
    assert client.get(f"/portal/requests/{draft.ref}/edit/").status_code == 404
    page = text(client.get("/portal/"))
    assert f'action="/portal/requests/{draft.ref}/restore/"' in page
    back = client.post(f"/portal/requests/{draft.ref}/restore/")
    assert back["Location"] == f"/portal/requests/{draft.ref}/edit/"
    assert client.get(back["Location"]).status_code == 200


def test_what_was_submitted_isnt_deleted(client_of: ClientOf, omar: Account, submitted: VideoRequest) -> None:
    assert client_of(omar).post(f"/portal/requests/{submitted.ref}/discard/").status_code == 404
    assert VideoRequest.objects.exists()


def test_while_writing_only_what_was_filled_in_is_judged(client_of: ClientOf, omar: Account) -> None:
    answer = text(client_of(omar).post(CHECK, {"reason": "Because."}))
    assert "it needs at least 40" in answer
    assert "Draw the area" not in answer
    assert "Still empty:" in answer
    assert "Case number" in answer


def test_a_request_that_keeps_every_rule_is_told_so(client_of: ClientOf, omar: Account) -> None:
    answer = text(client_of(omar).post(CHECK, form()))
    assert "It keeps every rule." in answer
    assert not VideoRequest.objects.exists()


def test_so_far_everything_is_fine(client_of: ClientOf, omar: Account) -> None:
    assert "So far it keeps every rule." in text(client_of(omar).post(CHECK, form(case_number="")))


def test_a_saved_draft_is_checked_as_itself(
    client_of: ClientOf, omar: Account, sam: Account, draft: VideoRequest
) -> None:
    assert "It keeps every rule." in text(client_of(omar).post(CHECK, form(ref=draft.ref)))
    assert client_of(sam).post(CHECK, form(ref=draft.ref)).status_code == 404


def test_the_nearest_time_that_passes_is_one_button_away(client_of: ClientOf, omar: Account) -> None:
    client = client_of(omar)
    answer = text(client.post(CHECK, form(ends_at="2026-11-23T20:05")))
    assert 'value="ends_at=2026-11-23T20:15:00+02:00"' in answer
    used = client.post(NEW, form(ends_at="2026-11-23T20:05", use="ends_at=2026-11-23T20:15:00+02:00"))
    assert used.status_code == 200
    assert 'value="2026-11-23T20:15"' in text(used)
    assert "It keeps every rule." in text(used)
    assert not VideoRequest.objects.exists()


@pytest.mark.parametrize("use", ["ends_at=soon", "contact=2026-11-23T20:15:00+02:00", ""])
def test_another_value_to_use_changes_nothing(client_of: ClientOf, omar: Account, use: str) -> None:
    page = text(client_of(omar).post(NEW, form(use=use)))
    assert 'value="2026-11-23T22:00"' in page
    assert 'value="omar@northgate.example"' in page


def test_an_auditor_writes_nothing(client_of: ClientOf, audrey: Account) -> None:
    client = client_of(audrey)
    assert client.get(NEW).status_code == 404
    assert client.post(NEW, form(submit="1")).status_code == 404
    assert client.post(CHECK, form()).status_code == 404
    assert "New request" not in text(client.get("/portal/"))


def test_a_colleague_doesnt_find_a_draft(
    client_of: ClientOf, ada: Account, sam: Account, draft: VideoRequest
) -> None:
    for account in (ada, sam):
        client = client_of(account)
        for path in ("", "edit/", "discard/"):
            assert client.get(f"/portal/requests/{draft.ref}/{path}").status_code == 404
        assert draft.case_number not in text(client.get("/portal/"))


@pytest.mark.parametrize(
    ("later", "typed", "offset"),
    [(False, "2026-10-25T03:30", 3), (True, "2026-10-25T03:30", 2), (False, "2026-11-23T20:00", 2)],
)
def test_in_the_hour_that_comes_twice_a_window_is_the_wider_one(later: bool, typed: str, offset: int) -> None:
    with timezone.override(HELSINKI):
        moment = LocalTimeField(later=later).clean(typed)
    assert moment.utcoffset().total_seconds() == offset * 3600


@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "0001-01-01", "9999-12-31T23:59"])
def test_a_time_at_the_edge_of_every_calendar_is_an_error(typed: str) -> None:
    """Beside UTC it lies in no year that can be written."""
    for zone in ("Asia/Tokyo", "America/Los_Angeles"):
        with timezone.override(zone), pytest.raises(ValidationError, match="Write a date and a time"):
            LocalTimeField().clean(typed)


def test_an_hour_that_a_night_skipped_is_an_error(client_of: ClientOf, omar: Account) -> None:
    answer = text(client_of(omar).post(CHECK, form(starts_at="2026-03-29T03:30")))
    assert "There was no 03:30 that night" in answer


def test_without_javascript_a_button_checks_and_saves_nothing(client_of: ClientOf, omar: Account) -> None:
    page = text(client_of(omar).post(NEW, form(check="1", ends_at="2026-11-23T20:05")))
    assert "it must be at least 15 minutes" in page
    assert "0.31 square miles" in page or "square miles <span" in page
    assert "5 minutes <span" in page
    assert not VideoRequest.objects.exists()


def test_help_says_how_large_and_how_long_and_never_how_many_cameras(client_of: ClientOf, omar: Account) -> None:
    page = text(client_of(omar).post(CHECK, form()))
    assert "2 hours <span" in page
    assert "0.025 to 0.5 square miles" in page
    assert "camera" not in page.lower().replace("what a camera could show", "")


def test_a_circle_that_is_too_large_is_offered_the_radius_that_fits(client_of: ClientOf, omar: Account) -> None:
    lat, lon = OLIVES_PLACE
    circle = {"area": "", "area_lat": str(lat), "area_lon": str(lon), "area_radius_m": "900"}
    client = client_of(omar)
    page = text(client.post(CHECK, form(**circle)))
    offered = re.search(r'value="(area_radius_m=\d+)"', page)
    assert offered is not None, page
    fitted = text(client.post(NEW, form(**circle, use=offered[1])))
    assert "It keeps every rule." in fitted


def test_an_area_across_the_jurisdictions_edge_is_offered_the_part_inside(client_of: ClientOf, omar: Account) -> None:
    (ring,) = json.loads(square(0.02))["coordinates"]
    east = jurisdiction({"type": "Polygon", "coordinates": [[[max(x, OLIVES_PLACE[1]), y] for x, y in ring]]})
    Agency.objects.update(area=east)
    client = client_of(omar)
    assert 'data-inside="/record/agencies/northgate-police/area.geojson"' in text(client.get(NEW))
    page = text(client.post(CHECK, form()))
    assert "reaches beyond your agency&#x27;s jurisdiction: 50% outside" in page
    offered = re.search(r'value="(area=[^"]+)"', page)
    assert offered is not None, page
    fitted = client.post(NEW, form(use=unescape(offered[1])))
    assert "It keeps every rule." in text(fitted)
    kept = fitted.context["form"].given().area
    assert 0.4 < kept.square_miles / area_from_geojson(json.loads(square())).square_miles < 0.6
    Agency.objects.update(area=jurisdiction(json.loads(square(0.001))))
    assert "area={" not in unescape(text(client.post(CHECK, form()))), "What would be left is too small."


def test_words_to_begin_with_follow_the_type_and_are_put_behind_what_is_there(
    client_of: ClientOf, omar: Account
) -> None:
    client = client_of(omar)
    assert 'value="reason=vandalism.0.es"' in text(client.post(f"{CHECK}?words=1", form()))
    assert "reason=vandalism" not in text(client.post(f"{CHECK}?words=1", form(incident_type="")))
    page = text(client.post(NEW, form(use="reason=vandalism.0.en", reason="So far.")))
    assert "So far.\n\n[Two parked cars] had their windows broken" in page
    assert "Nothing left to fill in" in page
    assert text(client.post(NEW, form(use="reason=nonsense"))).count("[Two parked cars]") == 1


def test_an_urgent_request_says_why(client_of: ClientOf, omar: Account) -> None:
    client = client_of(omar)
    assert "Say in 40 to 500 characters why it can" in text(client.post(NEW, form(submit="1", urgent="on")))
    why = "A child is missing since noon and it will freeze tonight."
    client.post(NEW, form(submit="1", urgent="on", urgent_reason=why))
    asked = VideoRequest.objects.get(state="submitted")
    assert (asked.urgent, asked.urgent_reason) == (True, why)
    assert why in text(client.get(f"/portal/requests/{asked.ref}/"))


def test_a_request_is_copied_into_a_draft(client_of: ClientOf, omar: Account, submitted: VideoRequest) -> None:
    client = client_of(omar)
    response = client.post(f"/portal/requests/{submitted.ref}/copy/")
    copied = VideoRequest.objects.get(state="draft")
    assert response["Location"] == f"/portal/requests/{copied.ref}/edit/"
    assert copied.reason in text(client.get(response["Location"]))
