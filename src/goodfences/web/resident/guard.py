"""Who comes in: resident pages exist for residents alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers

from goodfences.errors import NotFound
from goodfences.people import access
from goodfences.people.models import Account

View = Callable[..., HttpResponseBase]


def resident(view: View) -> View:
    """Give `view(request, account, ...)` the signed-in resident. Others who are signed in find no such page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if request.user.kind != Account.Kind.RESIDENT:
            raise NotFound
        response = view(request, request.user, *args, **kwargs)
        # A private page is kept by no cache: not the browser's, where the next person could go back to it.
        add_never_cache_headers(response)
        return response

    return guarded


def settled(view: View) -> View:
    """Give `view(request, account, household, ...)` both; one who has no household yet is sent to settle first."""

    @resident
    @wraps(view)
    def guarded(request: HttpRequest, account: Account, *args: Any, **kwargs: Any) -> HttpResponseBase:
        household = access.household_of(account)
        if household is None:
            return redirect("resident:welcome")
        return view(request, account, household, *args, **kwargs)

    return guarded
