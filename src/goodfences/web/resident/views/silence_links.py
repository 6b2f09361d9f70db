"""The page behind the links of the mails about silent cameras: stop them, or let them come again.

As with the links of asks, the signed token is the permission, and fetching the page decides nothing.
"""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from goodfences.health import letters, silences
from goodfences.people import access as people
from goodfences.people.models import Account, Household
from goodfences.web.resident.holding import for_the_holder_of, switch_emails


def _owner_of(household: Household) -> Account:
    return people.owner_of(household.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_holder_of(letters.STOP, silences.household_of_link, _owner_of)
def silence(request: HttpRequest, household: Household, token: str) -> HttpResponse:
    """GET shows one button. POST switches."""
    if request.method != "POST":
        is_on = silences.choice_of(household).is_on
        return render(request, "resident/email_silence.html", {"is_on": is_on})
    switch = partial(silences.switch, household_ref=household.ref)
    return switch_emails(request, switch, stopped="You won't get such emails any more.")


urls = [path("e/silence/<str:token>/", silence, name="email_silence")]
