"""What every template may know about the instance."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from goodfences.web import accounts


def instance(request: HttpRequest) -> dict[str, Any]:
    return {
        "instance_name": settings.INSTANCE_NAME,
        "site_url": settings.SITE_URL,
        "emergency_number": settings.EMERGENCY_NUMBER,
        "demo": settings.DEMO,
        "takes_passkeys": partial(accounts.takes_passkeys, request),
        "where_passkeys_are": partial(accounts.where_passkeys_are, request),
    }
