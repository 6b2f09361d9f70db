"""What the session holds of a sign-in through the agency's provider."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from goodfences.officers.models import Provider
from goodfences.officers.providers import Said

METHOD = "provider"


def keep(request: HttpRequest, account: Any, provider: Provider, said: Said, *, again: bool) -> None:
    """Write down, where allauth keeps such things, that they came from there."""
    more = {"provider": provider.ref, "factor": said.has_factor, "reauthenticated": again or None}
    record_authentication(request, account, METHOD, **more)


def came(request: HttpRequest, provider: Provider | None) -> bool:
    """Whether this session came in by this provider."""
    return bool(_records(request, provider))


def factor_counts(request: HttpRequest, provider: Provider | None) -> bool:
    """Whether it saw a second factor then, and the agency's admin says that it counts: now, not then."""
    records = _records(request, provider)
    return provider is not None and provider.counts_factor and any(one.get("factor") for one in records)


def signed_out(request: HttpRequest | None, user: Any) -> None:
    """Whoever signs out here may still be signed in at the provider, and by one click here again: it is said."""
    if request is None or request.resolver_match is None or request.resolver_match.view_name != "account_logout":
        return
    records = get_authentication_records(request, user)
    refs = [one["provider"] for one in records if one.get("method") == METHOD]
    provider = Provider.objects.filter(ref__in=refs).first() if refs else None
    if provider is not None:
        words = _("You may still be signed in at %(where)s. On a computer that others use, sign out there, too.")
        messages.info(request, words % {"where": urlsplit(provider.sso_url or provider.issuer).hostname})


def _records(request: HttpRequest, provider: Provider | None) -> list[dict[str, Any]]:
    records = get_authentication_records(request, request.user)
    ref = provider.ref if provider is not None else None
    return [one for one in records if one.get("method") == METHOD and one.get("provider") == ref]
