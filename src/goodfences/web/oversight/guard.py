"""Who comes in: the people of oversight bodies, with a second factor, as officers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers

from goodfences.oversight import access
from goodfences.web import second_factor

View = Callable[..., HttpResponseBase]


def overseer(view: View) -> View:
    """Give `view(request, seat, ...)` the signed-in seat. Others who are signed in find no such page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        seat = access.seat_of(request.user.pk)
        if not second_factor.was_shown(request):
            return redirect(second_factor.way(request, "/oversight/", setting_up="mfa_index"))
        response = view(request, seat, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return guarded
