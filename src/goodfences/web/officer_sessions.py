"""How long officers stay signed in: shorter than anybody else, whatever page they are on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.agencies import actions as agencies

SINCE, SEEN = "officer_since", "officer_seen"
SEEN_EVERY = timedelta(minutes=1)
"""A page view is written into the session at most so often."""


def connect() -> None:
    """Listen to Django; called once the apps are loaded."""
    user_logged_in.connect(_signed_in, dispatch_uid="goodfences.officer_sessions")


def _is_officer(user: Any) -> bool:
    return getattr(user, "kind", "") == "officer"


def _signed_in(request: HttpRequest | None, user: Any, **_: Any) -> None:
    if request is not None and _is_officer(user):
        request.session[SINCE] = request.session[SEEN] = source.now().timestamp()
        agencies.signed_in(user.pk)


def is_over(session: SessionBase) -> bool:
    """Whether an officer's session has lasted too long, or nothing was done in it for too long. Else it goes on."""
    now = source.now().timestamp()
    since, seen = session.get(SINCE), session.get(SEEN)
    if since is None or seen is None:
        return True  # it began before there were such limits
    if now - since > settings.OFFICER_SESSION_HOURS * 3600 or now - seen > settings.OFFICER_IDLE_MINUTES * 60:
        return True
    if now - seen >= SEEN_EVERY.total_seconds():
        session[SEEN] = now
    return False


class OfficerSessionMiddleware:
    """Signs an officer out whose session is over; the page then answers as to anybody who isn't signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and _is_officer(request.user) and is_over(request.session):
            logout(request)
            messages.info(request, _("You were signed out: officers’ sessions are short. Sign in again."))
        return self.get_response(request)
