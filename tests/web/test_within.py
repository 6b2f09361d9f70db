"""A page that leads on to where its reader came from: to a path of this instance, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from goodfences.people.models import Account
from goodfences.web import within

ClientOf = Callable[[Account], Client]
PATHS = ["/", "/requests/?page=2#there", "/calle%20mayor/"]
ELSEWHERE = [
    "",
    "there",
    "resident:messages",
    "..",
    "a/b",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
]


@pytest.mark.parametrize("given", PATHS)
def test_a_path_is_kept(given: str) -> None:
    assert within.path(given, otherwise="/home/") == given


@pytest.mark.parametrize("given", [*ELSEWHERE, "javascript:alert(1)", "\0", "\r\nX: y", "/\t/evil.example"])
def test_anything_else_is_not(given: str) -> None:
    assert within.path(given, otherwise="/home/") == "/home/"


@pytest.mark.django_db
@pytest.mark.parametrize("given", ELSEWHERE)
def test_pages_lead_to_their_own_place_instead(client_of: ClientOf, olive: Account, given: str) -> None:
    answered = client_of(olive).post(reverse("resident:neighbor_mute"), {"next": given})
    assert (answered.status_code, answered["Location"]) == (302, reverse("resident:messages"))
    chosen = Client().get(reverse("language"), {"next": given})
    assert '<input type="hidden" name="next" value="/">' in chosen.content.decode()
