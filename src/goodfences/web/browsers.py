"""Remembers in which browsers an account is signed in, by a cookie of ours, and where each session went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from goodfences import source
from goodfences.people import browsers
from goodfences.people.models import Account

COOKIE = "browser"
_LASTS = 400 * 86_400  # what browsers keep a cookie at most


def token_of(request: HttpRequest) -> str:
    """The cookie of this browser, given to it now or before; empty where it has none."""
    given: str = getattr(request, "browser_token", "") or request.COOKIES.get(COOKIE, "")
    return given[:64]


def connect() -> None:
    """Listen to Django; called once the apps are loaded."""
    user_logged_in.connect(_signed_in, dispatch_uid="goodfences.browsers")
    user_logged_out.connect(_signed_out, dispatch_uid="goodfences.browsers")
    for changed in (password_changed, password_set, password_reset):
        changed.connect(_password_changed, dispatch_uid="goodfences.browsers")


def _signed_in(request: HttpRequest | None, user: Any, **_: Any) -> None:
    if request is None or not request.META.get("REMOTE_ADDR") or not isinstance(user, Account):
        return  # a program signed somebody in, and no browser
    token = token_of(request) or source.new_token("browser")
    request.browser_token = token  # type: ignore[attr-defined]
    if request.session.session_key is None:
        request.session.save()
    browsers.signed_in(
        account=user,
        token=token,
        agent=request.META.get("HTTP_USER_AGENT", "")[:500],
        session_key=request.session.session_key or "",
    )


def _signed_out(request: HttpRequest | None, user: Any, **_: Any) -> None:
    if request is not None and user is not None and request.session.session_key:
        browsers.signed_out(request.session.session_key)


def _password_changed(request: HttpRequest, user: Any, **_: Any) -> None:
    # By now Django may have given this session another key; the row still has the one that the browser sent.
    here = {request.session.session_key or "", request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")}
    browsers.sign_out_others(account=user, but_sessions=here)


class BrowserMiddleware:
    """Gives a browser its cookie at a sign-in, and follows its session when Django gives it another key.

    Where a page asks for the password or key once more, it leads there, and back to the page: allauth would keep all
    that was posted in the session meanwhile, whatever it is (P9).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = request.session.session_key
        response = self.get_response(request)
        if before and request.session.accessed and request.user.is_authenticated:
            after = request.session.session_key
            if after and after != before:
                browsers.session_renamed(before, after)
            elif caches["process"].add(f"seen:{before}", 1, int(browsers.SEEN_EVERY.total_seconds())):
                browsers.seen(before)
        token = getattr(request, "browser_token", "")
        if token:
            response.set_cookie(
                COOKIE, token, max_age=_LASTS, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ReauthenticationRequired):
            return None
        methods = get_adapter().get_reauthentication_methods(request.user)
        way = methods[0]["url"] if methods else reverse("account_login")
        return redirect(f"{way}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}")
