"""What both kinds of providers have in common: a way there that one answer ends, and what can go wrong on it."""

from __future__ import annotations

import time
from typing import Any

from allauth.socialaccount.internal import statekit
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from goodfences.officers.models import Provider

SKEW_SECONDS = 60
"""How far a provider's clock may be from ours."""


class Away(Exception):
    """The provider doesn't answer."""


class Wrong(Exception):
    """The provider's answer isn't believed. The words are for whoever set it up."""


def remember(request: HttpRequest, provider: Provider, state: dict[str, Any], *, name: str | None = None) -> str:
    """Keep in the session what the answer must fit; allauth names it, or it has the name of what was sent."""
    kept = {**state, "asked_at": time.time()}
    return str(statekit.stash_state(request, provider_id=provider.ref, state=kept, state_id=name))


def recall(request: HttpRequest, provider: Provider, name: str) -> dict[str, Any]:
    """What was kept, this once and for ten minutes. Raises Wrong: nobody here asked, or it was answered before."""
    state = statekit.unstash_state(request, provider_id=provider.ref, state_id=name) if name else None
    if state is None:
        raise Wrong("It answers nothing that this browser asked, or was used before.")
    return dict(state)


def is_fresh(state: dict[str, Any], at: float) -> bool:
    """Whether they showed who they are after this was asked."""
    return at >= float(state["asked_at"]) - SKEW_SECONDS


def address(provider: Provider, name: str) -> str:
    """A page of ours that the provider knows; by the instance's own name, whatever name the request came to."""
    return f"{settings.SITE_URL}{reverse(f'portal:{name}', args=[provider.agency.slug])}"
