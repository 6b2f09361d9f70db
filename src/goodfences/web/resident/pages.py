"""What all of the resident's pages share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from goodfences.neighbor_requests import queries as neighbors
from goodfences.people import access as people
from goodfences.people.models import Account
from goodfences.video_requests import queries as requests
from goodfences.web.resident.way import left_of

INVALID = 422


def show(
    request: HttpRequest, account: Account, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page of `resident/`, with the number of undecided asks beside its link in the bar.

    What only the bar, a banner or some pages show is looked up when they do: parts of pages have neither.
    """
    given = {
        "nav_counts": SimpleLazyObject(lambda: _counts(account)),
        "setting_up": SimpleLazyObject(lambda: left_of(account)),
        "is_member": SimpleLazyObject(lambda: people.is_member(account)),
        **(context or {}),
    }
    return render(request, f"resident/{template}", given, status=status)


def _counts(account: Account) -> dict[str, int]:
    return {"asks": requests.undecided_asks(account.pk).count() + neighbors.undecided(account).count()}


def confirm(
    request: HttpRequest,
    account: Account,
    *,
    title: str,
    words: list[str],
    button: str,
    back: str,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    """A page that says exactly what will happen, with one button that does it and a way back."""
    context = {"title": title, "words": words, "button": button, "back": back, "problem": problem}
    return show(request, account, "confirm.html", context, status)
