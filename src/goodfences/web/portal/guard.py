"""Who comes in: the portal exists for officers alone, and shows times by the clock of their agency."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from goodfences.agencies import access
from goodfences.agencies.models import Officer

View = Callable[..., HttpResponseBase]


def officer(view: View) -> View:
    """Give `view(request, officer, ...)` the signed-in officer. Others who are signed in find no such page."""
    return _guarded(view, access.officer_of)


def admin(view: View) -> View:
    """As `officer`, for the agency's admins alone."""
    return _guarded(view, access.admin_of)


def reader_of_log(view: View) -> View:
    """As `officer`, for the agency's auditors and admins alone."""
    return _guarded(view, access.reader_of_log)


def _guarded(view: View, who: Callable[[int | None], Officer]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        acting = who(request.user.pk)
        with timezone.override(zoneinfo.ZoneInfo(acting.agency.time_zone)):
            return view(request, acting, *args, **kwargs)

    return guarded
