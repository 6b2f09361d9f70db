"""The list, a request's page, and what officers decide there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from goodfences import source
from goodfences.people.models import Account
from goodfences.video_requests import actions, matching
from goodfences.video_requests.models.request import VideoRequest
from tests.persons import officer
from tests.video_requests.conftest import add_homes, fields

ClientOf = Callable[[Account], Client]


def text(response: Any) -> str:
    return response.content.decode()


def page_of(client: Client, asked: VideoRequest) -> str:
    response = client.get(f"/portal/requests/{asked.ref}/")
    assert response.status_code == 200
    return text(response)


def test_the_list_shows_the_agencys_requests_and_no_others(
    client_of: ClientOf, omar: Account, sam: Account, submitted: VideoRequest
) -> None:
    assert "26-0412" in text(client_of(omar).get("/portal/"))
    assert "26-0412" not in text(client_of(sam).get("/portal/"))
    assert "No request yet" in text(client_of(sam).get("/portal/"))


def test_what_waits_for_an_approver_is_on_top(
    client_of: ClientOf, omar: Account, ada: Account, submitted: VideoRequest
) -> None:
    assert "These wait for you" in text(client_of(ada).get("/portal/"))
    assert "These wait for you" not in text(client_of(omar).get("/portal/"))


def test_a_long_list_has_pages(client_of: ClientOf, omar: Account) -> None:
    for number in range(51):
        actions.save_draft(officer=officer(omar), fields=fields(case_number=f"26-{number:04}"))
        VideoRequest.objects.filter(state="draft").update(state="closed")
    client = client_of(omar)
    assert text(client.get("/portal/")).count("<th scope=") == 50
    assert text(client.get("/portal/?page=2")).count("<th scope=") == 1


@pytest.mark.parametrize("person", ["olive", "nadia", "max", "otto"])
def test_nobody_but_an_officer_comes_in(
    client_of: ClientOf, person: str, opened: VideoRequest, request: pytest.FixtureRequest
) -> None:
    client = client_of(request.getfixturevalue(person))
    for path in ("", "requests/new/", f"requests/{opened.ref}/", "agreement/", "officers/", "log/"):
        assert client.get(f"/portal/{path}").status_code == 404


def test_whoever_isnt_signed_in_is_sent_to_sign_in(client: Client, opened: VideoRequest) -> None:
    response = client.get(f"/portal/requests/{opened.ref}/")
    assert response["Location"] == f"/accounts/login/?next=/portal/requests/{opened.ref}/"


def test_an_officer_of_another_agency_finds_nothing(client_of: ClientOf, sam: Account, opened: VideoRequest) -> None:
    client = client_of(sam)
    for path in ("", "edit/", "close/", "withdraw/", "discard/"):
        assert client.get(f"/portal/requests/{opened.ref}/{path}").status_code == 404
    for path in ("approve/", "reject/", "close/", "withdraw/", "discard/"):
        assert client.post(f"/portal/requests/{opened.ref}/{path}").status_code == 404


def test_the_page_shows_what_was_asked_by_the_agencys_clock(
    client_of: ClientOf, audrey: Account, submitted: VideoRequest
) -> None:
    Account.objects.filter(pk=audrey.pk).update(time_zone="America/New_York")
    page = page_of(client_of(audrey), submitted)
    for words in ("26-0412", "Vandalism", "Oak Street", "10:00 pm", "Officer 4411", "Waits for a second officer"):
        assert words in page, words


def test_the_second_officer_opens_it_there(client_of: ClientOf, ada: Account, submitted: VideoRequest) -> None:
    client = client_of(ada)
    assert "Open this request" in page_of(client, submitted)
    response = client.post(f"/portal/requests/{submitted.ref}/approve/", follow=True)
    submitted.refresh_from_db()
    assert submitted.state == "open"
    assert "Sent to owners in the area, if any." in text(response)
    assert f"/record/ledger/{submitted.ledger_index}/" in text(response)


def test_the_author_and_an_auditor_have_no_such_button(
    client_of: ClientOf, omar: Account, audrey: Account, submitted: VideoRequest
) -> None:
    for account in (omar, audrey):
        client = client_of(account)
        assert "Open this request" not in page_of(client, submitted)
        assert client.post(f"/portal/requests/{submitted.ref}/approve/").status_code == 404
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_what_the_policy_refuses_by_then_is_told_and_stays_submitted(
    client_of: ClientOf, ada: Account, submitted: VideoRequest, clock: source.SeededSource
) -> None:
    clock.advance(timedelta(days=31))
    response = client_of(ada).post(f"/portal/requests/{submitted.ref}/approve/")
    assert response.status_code == 422
    assert "can’t begin" in text(response) or "can&#x27;t begin" in text(response)
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_a_rejection_needs_its_reason_beside_the_field(
    client_of: ClientOf, ada: Account, submitted: VideoRequest
) -> None:
    client = client_of(ada)
    path = f"/portal/requests/{submitted.ref}/reject/"
    for reason in ("", "No."):
        response = client.post(path, {"rejection_reason": reason})
        assert response.status_code == 422
        assert "the reason is published" in text(response)
        assert "This field is required" not in text(response)
    client.post(path, {"rejection_reason": "The area is wider than the case."})
    submitted.refresh_from_db()
    assert (submitted.state, submitted.rejection_reason) == ("rejected", "The area is wider than the case.")
    assert "The area is wider than the case." in page_of(client, submitted)


def test_rejecting_what_is_open_is_refused_in_words(client_of: ClientOf, ada: Account, opened: VideoRequest) -> None:
    response = client_of(ada).post(f"/portal/requests/{opened.ref}/reject/", {"rejection_reason": "Too late for it."})
    assert response.status_code == 422
    assert "this one is open" in text(response)


@pytest.mark.parametrize(("path", "state"), [("close", "closed"), ("withdraw", "withdrawn")])
def test_a_request_is_ended_after_a_question(
    client_of: ClientOf, omar: Account, opened: VideoRequest, path: str, state: str
) -> None:
    client = client_of(omar)
    url = f"/portal/requests/{opened.ref}/{path}/"
    assert "this request?" in text(client.get(url))
    opened.refresh_from_db()
    assert opened.state == "open"
    client.post(url)
    opened.refresh_from_db()
    assert opened.state == state
    assert client.get(url)["Location"] == f"/portal/requests/{opened.ref}/"
    assert client.post(url).status_code == 422
    assert "on its end" in page_of(client, opened)


def test_whether_anyone_was_asked_changes_no_byte_of_the_page(
    client_of: ClientOf, omar: Account, ada: Account, opened: VideoRequest
) -> None:
    client = client_of(omar)
    before = [client.get(path).content for path in ("/portal/", f"/portal/requests/{opened.ref}/")]
    add_homes(12, opened)
    assert matching.fan_out(opened.pk) == 12
    after = [client.get(path).content for path in ("/portal/", f"/portal/requests/{opened.ref}/")]
    assert _without_tokens(before) == _without_tokens(after)


def _without_tokens(pages: list[bytes]) -> list[bytes]:
    import re

    return [re.sub(rb'(csrfmiddlewaretoken" value=")[^"]+', rb"\1", page) for page in pages]


def test_an_officer_of_a_suspended_agency_is_out(client_of: ClientOf, omar: Account, otto: Account) -> None:
    from goodfences.agencies import actions as agencies

    client = client_of(omar)
    assert client.get("/portal/").status_code == 200
    agencies.suspend(operator=otto, slug="northgate-police", reason="Asked for a rally.")
    assert client.get("/portal/").status_code == 404


def test_its_author_takes_back_a_request_that_waits(
    client_of: ClientOf, omar: Account, ada: Account, submitted: VideoRequest
) -> None:
    path = f"/portal/requests/{submitted.ref}/"
    assert "Take it back" not in text(client_of(ada).get(path))
    assert "Take it back" in text(client_of(omar).get(path))
    page = client_of(omar).post(f"{path}take-back/", follow=True)
    assert page.redirect_chain == [(f"{path}edit/", 302)]
    assert "It is a draft again" in text(page)
    assert client_of(ada).get(path).status_code == 404


def test_what_was_opened_meanwhile_isnt_taken_back(client_of: ClientOf, omar: Account, opened: VideoRequest) -> None:
    page = client_of(omar).post(f"/portal/requests/{opened.ref}/take-back/")
    assert page.status_code == 422
    assert "this one is open" in text(page)
