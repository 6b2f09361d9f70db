"""What all of the resident's pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from goodfences.errors import Refused
from goodfences.neighbor_requests import queries as neighbors
from goodfences.people.models import Account
from goodfences.video_requests import queries as requests
from goodfences.web.forms import add_problems
from goodfences.web.resident.way import left_of

INVALID = 422


def show(
    request: HttpRequest, account: Account, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page of `resident/`, with the number of undecided asks beside its link in the bar.

    What only the bar or a banner shows is looked up when they do: parts of pages have neither.
    """
    given = {
        "nav_counts": SimpleLazyObject(lambda: _counts(account)),
        "setting_up": SimpleLazyObject(lambda: left_of(account)),
        **(context or {}),
    }
    return render(request, f"resident/{template}", given, status=status)


def _counts(account: Account) -> dict[str, int]:
    return {"asks": requests.undecided_asks(account.pk).count() + neighbors.undecided(account).count()}


def attempt(form: forms.Form, act: Callable[..., Any], **arguments: Any) -> bool:
    """Do `act(**cleaned fields, **arguments)` if the form is valid; what it refuses stands beside the fields.

    The act is told of a posted field only if the form has it. Returns whether it was done.
    """
    if not form.is_valid():
        return False
    try:
        act(**{**form.cleaned_data, **arguments})
    except Refused as refused:
        add_problems(form, refused)
        return False
    return True


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
