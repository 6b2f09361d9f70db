"""Who comes in: the portal exists for officers alone, and shows times by the clock of their agency.

Whoever hasn't followed the link of their invitation is told to. Where the agency wants everybody to come by its own
provider, whoever didn't is led there. Whoever hasn't shown a second factor in this session is led to showing it, or
to setting one up, and nowhere else.
"""

from __future__ import annotations

import time
import zoneinfo
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from goodfences.agencies import access
from goodfences.agencies.models import Officer
from goodfences.officers import providers
from goodfences.officers.models import Provider
from goodfences.web import second_factor
from goodfences.web.portal.provider import arrived

View = Callable[..., HttpResponseBase]


def officer(view: View) -> View:
    """Give `view(request, officer, ...)` the signed-in officer. Others who are signed in find no such page."""
    return _guarded(view, access.officer_of)


def officer_without_factor(view: View) -> View:
    """As `officer`, for the page that leads to a second factor alone."""
    return _guarded(view, access.officer_of, factor=False)


def admin(view: View) -> View:
    """As `officer`, for the agency's admins alone."""
    return _guarded(view, access.admin_of)


def admin_by_any_way(view: View) -> View:
    """As `admin`, for the page on which the agency's provider is set: the way in that is left when it is broken."""
    return _guarded(view, access.admin_of, required=False)


def reader_of_log(view: View) -> View:
    """As `officer`, for the agency's auditors and admins alone."""
    return _guarded(view, access.reader_of_log)


def shown_again(view: View) -> View:
    """Inside one of the above: anything but a look needs them to show once more who they are, these five minutes.

    allauth's own asks nobody who has no key here; an officer without one has the agency's provider.
    """

    @wraps(view)
    def asked(request: HttpRequest, acting: Officer, *args: Any, **kwargs: Any) -> HttpResponseBase:
        records = get_authentication_records(request, request.user)
        again = [float(one["at"]) for one in records if one.get("reauthenticated")]
        recent = bool(again) and time.time() - again[-1] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        if request.method != "GET" and not recent:
            raise ReauthenticationRequired
        return view(request, acting, *args, **kwargs)

    return asked


def has_factor(request: HttpRequest, provider: Provider | None) -> bool:
    """Whether a second factor was shown in this session: here, or at the provider where that counts."""
    return second_factor.was_shown(request) or arrived.factor_counts(request, provider)


def _guarded(view: View, who: Callable[[int | None], Officer], *, factor: bool = True, required: bool = True) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        acting = who(request.user.pk)
        if acting.accepted_at is None:
            return render(request, "portal/not_accepted.html", {"agency": acting.agency}, status=403)
        onward = request.get_full_path() if request.method == "GET" else reverse("portal:requests")
        provider = providers.in_force(acting.agency)
        if required and provider is not None and provider.required and not arrived.came(request, provider):
            context = {"agency": acting.agency, "acting": acting, "onward": onward}
            return render(request, "portal/provider_first.html", context, status=403)
        if factor and not has_factor(request, provider):
            return redirect(second_factor.way(request, onward))
        with timezone.override(zoneinfo.ZoneInfo(acting.agency.time_zone)):
            return view(request, acting, *args, **kwargs)

    return guarded
