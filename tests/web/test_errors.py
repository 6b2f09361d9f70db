"""What is private answers as what doesn't exist, and readers read in their own zone and language."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from goodfences.cameras.models import Device
from goodfences.errors import NotFound
from goodfences.people.models import Account
from goodfences.vault.errors import StoreTrouble
from goodfences.web.errors import NotFoundMiddleware
from goodfences.web.reader import ReaderMiddleware
from tests.persons import OLIVES_TOKEN


def test_not_found_is_the_page_of_a_missing_thing(client: Client, db: None) -> None:
    missing = client.get("/there-is-no-such-page/")
    response = NotFoundMiddleware(lambda request: HttpResponse()).process_exception(
        RequestFactory().get("/"), NotFound()
    )
    assert response is not None and response.status_code == missing.status_code == 404


def test_a_store_in_trouble_is_no_missing_thing(db: None, caplog: pytest.LogCaptureFixture) -> None:
    response = NotFoundMiddleware(lambda request: HttpResponse()).process_exception(
        RequestFactory().get("/"), StoreTrouble("The store doesn't answer.")
    )
    assert response is not None and response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert "The store doesn't answer." in caplog.text


def test_another_error_is_left_alone() -> None:
    middleware = NotFoundMiddleware(lambda request: HttpResponse("fine"))
    assert middleware.process_exception(RequestFactory().get("/"), ValueError()) is None
    assert middleware(RequestFactory().get("/")).content == b"fine"


def as_read_by(account: Account, **cookies: str) -> tuple[str, str | None]:
    seen: list[tuple[str, str | None]] = []

    def page(request: HttpRequest) -> HttpResponse:
        seen.append((timezone.get_current_timezone_name(), translation.get_language()))
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user, request.COOKIES = account, cookies
    ReaderMiddleware(page)(request)
    return seen[0]


def test_a_page_speaks_the_accounts_language_and_zone(olive: Account) -> None:
    olive.language = "es"
    assert as_read_by(olive) == ("Europe/Helsinki", "es")


def test_a_language_chosen_in_the_browser_comes_first(olive: Account) -> None:
    olive.language = "es"
    with translation.override("en"):
        assert as_read_by(olive, django_language="en")[1] == "en"


@pytest.mark.parametrize(
    ("person", "path", "posted"),
    [
        ("olive", "/home/clips/a%00b/", None),
        ("olive", "/cameras/%00/", None),
        ("olive", "/requests/%00/share/", {}),
        ("omar", "/portal/requests/%00/", None),
        ("omar", "/portal/requests/check/", {"ref": "\0"}),
        ("otto", "/staff/mail/%00/sent/", {}),
    ],
)
def test_what_is_named_with_a_nul_is_not_found_on_any_database(
    person: str, path: str, posted: dict[str, str] | None, request: pytest.FixtureRequest, client_of: Any
) -> None:
    client = client_of(request.getfixturevalue(person))
    response = client.get(path) if posted is None else client.post(path, posted)
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("path", "status"), [("/record/requests/%00/", 404), ("/record/?agency=%00", 200), ("/record/?state=%00", 200)]
)
def test_a_nul_in_the_record_breaks_no_page(client: Client, db: None, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_a_nul_in_a_devices_document_is_refused_in_words(client: Client, olives_device: Device) -> None:
    body = {"camera": "\0", "starts_at": "2026-11-24T12:00:00Z", "duration_ms": 1, "kind": "\0", "size": 1}
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {OLIVES_TOKEN}"
    for path, document in (("clips", {**body, "sha256": "\0"}), ("pair", {"code": "\0", "name": "\0"})):
        response = client.post(f"/api/v1/{path}", document, content_type="application/json")
        assert response.status_code in (404, 422)
        assert response["Content-Type"] == "application/problem+json"


def test_a_nul_in_the_address_of_an_upload_is_refused_in_words(client: Client, olives_device: Device) -> None:
    headers = {"Authorization": f"Bearer {OLIVES_TOKEN}", "Tus-Resumable": "1.0.0"}
    response = client.head("/api/v1/uploads/%00", headers=headers)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
