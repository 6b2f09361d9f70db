"""Signing up and in, by allauth: what is ours in it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from goodfences.people.models import Account


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Whoever signs up becomes a resident. Officers, moderators and operators are never made by signing up."""

    def save_user(self, request: HttpRequest, user: Account, form: Any, commit: bool = True) -> Account:
        user.kind = Account.Kind.RESIDENT
        user.language = spoken(get_language())
        user.time_zone = settings.TIME_ZONE
        saved: Account = super().save_user(request, user, form, commit)
        return saved

    def clean_email(self, email: str) -> str:
        return email.strip().lower()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Whatever name the request came to, the email knows the instance by its own."""
        super().send_mail(template_prefix, email, {**context, **_at_home(context)})

    def format_email_subject(self, subject: str) -> str:
        return subject


class CodeOrPasswordForm(LoginForm):  # type: ignore[misc] # allauth has no types
    """Signs in with a password, or without one sends a code; allauth offers a password only where signing up does."""

    def _setup_password_field(self) -> None:
        self.fields["password"].required = False
        self.fields["password"].help_text = ""


def _at_home(context: dict[str, Any]) -> dict[str, Any]:
    """The addresses of an email of allauth's, which takes their host from the request, on this instance."""
    site = SimpleNamespace(domain=urlsplit(settings.SITE_URL).netloc, name=settings.INSTANCE_NAME)
    links = {key: url for key, url in context.items() if key.endswith("_url")}
    return {
        "current_site": site,
        **{key: urljoin(settings.SITE_URL, urlsplit(url).path) for key, url in links.items()},
    }


def spoken(language: str | None) -> str:
    """The one of our languages nearest to `language` (`es-mx` is `es`), else the first."""
    known = dict(settings.LANGUAGES)
    short = (language or "").split("-")[0]
    return short if short in known else next(iter(known))
