"""What is private answers as what doesn't exist, and readers read in their own zone and language."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from goodfences.errors import NotFound
from goodfences.people.models import Account
from goodfences.web.errors import NotFoundMiddleware
from goodfences.web.reader import ReaderMiddleware


def test_not_found_is_the_page_of_a_missing_thing(client: Client, db: None) -> None:
    missing = client.get("/there-is-no-such-page/")
    response = NotFoundMiddleware(lambda request: HttpResponse()).process_exception(
        RequestFactory().get("/"), NotFound()
    )
    assert response is not None and response.status_code == missing.status_code == 404


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
