"""The agency's own key: its admin names a recipient, shows that they hold its key, and ends it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from goodfences.agencies.models import Officer
from goodfences.errors import Refused
from goodfences.evidence import agency_keys
from goodfences.web.forms import add_problems
from goodfences.web.portal.forms import RecipientForm, WordForm
from goodfences.web.portal.guard import admin, shown_again

INVALID = 422


@require_http_methods(["GET", "POST"])
@never_cache
@admin
@shown_again
def key(request: HttpRequest, acting: Officer) -> HttpResponse:
    """Name a recipient; the answer is a word sealed to it."""
    form = RecipientForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = agency_keys.challenge(officer=acting, recipient=form.cleaned_data["recipient"])
        except Refused as refused:
            add_problems(form, refused)
        else:
            return _ask(
                request, acting, WordForm(initial={"token": asked.token, "sealed": asked.sealed}), asked.sealed
            )
    context = {"agency": acting.agency, "form": form, "held": agency_keys.in_force(acting.agency)}
    return render(request, "portal/key.html", context, status=INVALID if form.errors else 200)


@require_http_methods(["POST"])
@never_cache
@admin
def confirm(request: HttpRequest, acting: Officer) -> HttpResponse:
    """The word, opened: from now on the key is in force."""
    form = WordForm(request.POST)
    if form.is_valid():
        told: dict[str, Any] = form.cleaned_data
        try:
            agency_keys.confirm(officer=acting, token=told["token"], word=told["word"])
        except Refused as refused:
            add_problems(form, refused)
        else:
            messages.success(request, _("From now on, what is shared is sealed to this key."))
            return redirect("portal:key")
    return _ask(request, acting, form, request.POST.get("sealed", ""))


def _ask(request: HttpRequest, acting: Officer, form: WordForm, sealed: str) -> HttpResponse:
    context = {"agency": acting.agency, "form": form, "sealed": sealed}
    return render(request, "portal/key_word.html", context, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@admin
def end(request: HttpRequest, acting: Officer) -> HttpResponse:
    if request.method == "POST":
        agency_keys.end(officer=acting)
        return redirect("portal:key")
    question = {
        "agency": acting.agency,
        "title": _("Go without a key of your own?"),
        "words": [
            _("What is shared from then on is sealed to a key that this instance holds, and plays in the portal."),
            _("What was sealed to your key stays so: keep it."),
        ],
        "button": _("End the key"),
    }
    return render(request, "portal/confirm.html", {**question, "back": reverse("portal:key")})


urls = [
    path("key/", key, name="key"),
    path("key/word/", confirm, name="key_word"),
    path("key/end/", end, name="key_end"),
]
