"""Where the mail provider reports bounces and complaints. There without a provider and a secret: nothing."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, path
from django.utils.module_loading import import_string

from goodfences.mail.providers import PROVIDERS


def urlpatterns() -> list[URLPattern]:
    """The webhook's address. Anymail refuses calls without the secret (HTTP basic) before it reads them."""
    if not (settings.MAIL_PROVIDER and settings.MAIL_WEBHOOK_SECRET):
        return []
    return [
        path("mail/events/", import_string(PROVIDERS[settings.MAIL_PROVIDER].webhook).as_view(), name="mail_events")
    ]
