"""The second factor of officers: nothing of the portal is shown to a session in which none was shown.

There is no setting for this. A passkey or the codes of an app count, and a recovery code in their place; the
account must still have one of the first two, so that taking the last one away ends what was signed in by it.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

KEYS = (Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP)


def connect() -> None:
    """Listen to allauth; called once the apps are loaded."""
    authenticator_added.connect(_added, dispatch_uid="goodfences.second_factor")


def was_shown(request: HttpRequest) -> bool:
    """Whether a second factor that the account still has was shown in this session."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records) and _has_one(request)


def way(request: HttpRequest, onward: str, *, setting_up: str = "portal:second_factor") -> str:
    """Where one is shown, or set up where there is none yet; from there `onward`."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    known = [method["url"] for method in methods if method["id"].startswith("mfa")]
    way = known[0] if known and _has_one(request) else reverse(setting_up)
    return f"{way}?{urlencode({REDIRECT_FIELD_NAME: onward})}"


def _has_one(request: HttpRequest) -> bool:
    return bool(Authenticator.objects.filter(user_id=request.user.pk, type__in=KEYS).exists())


def _added(request: HttpRequest, user: Any, authenticator: Authenticator, **_: Any) -> None:
    """Setting one up shows it: a code was typed or the key was touched, a moment ago."""
    if authenticator.type in KEYS:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
