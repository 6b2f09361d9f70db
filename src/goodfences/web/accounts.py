"""Signing up and in, by allauth: what is ours in it."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.forms import LoginForm, RequestLoginCodeForm
from allauth.account.utils import filter_users_by_email
from allauth.core import context, ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from goodfences.people import browsers
from goodfences.people.models import Account
from goodfences.web.browsers import token_of


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

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Whoever guesses at an account uses up their own tries: the owner's browsers have tries of their own."""
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return key + known_browser(request, str(credentials.get("email", "")))

    def format_email_subject(self, subject: str) -> str:
        return subject


class CodeOrPasswordForm(LoginForm):  # type: ignore[misc] # allauth has no types
    """Signs in with a password, or without one sends a code; allauth offers a password only where signing up does."""

    def _setup_password_field(self) -> None:
        self.fields["password"].required = False
        self.fields["password"].help_text = ""

    def _clean_without_password(self, email: str | None, phone: str | None) -> Any:
        """As allauth's, with our form: a code is sent to the browsers of the owner whatever others ask for."""
        form = CodeForm({"email": email})
        if not form.is_valid():
            for error in form.errors.get("email", []):
                self.add_error("login", error)
        else:
            self.user = form._user
        return self.cleaned_data


class CodeForm(RequestLoginCodeForm):  # type: ignore[misc] # allauth has no types
    """Asks for a code by email. How often an address may ask is counted for the owner's browsers apart."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        users = filter_users_by_email(email, is_active=True, prefer_verified=True)
        key = email.lower() + known_browser(context.request, email)
        if not ratelimit.consume(context.request, action="request_login_code", key=key):
            raise get_adapter().validation_error("too_many_login_attempts")
        self._user = users[0] if users else None
        return email


class KeyAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Passkeys, the codes of an app, and recovery codes. What is secret of them isn't kept in the clear."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: Account, type: Any) -> str:
        return browsers.name_of(context.request.META.get("HTTP_USER_AGENT", ""))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """By the instance's own name, whatever name the request came to; on this very machine by the latter."""
        host = (
            urlsplit(settings.SITE_URL).hostname if settings.SECURE else context.request.get_host().partition(":")[0]
        )
        return {"id": host or "", "name": settings.INSTANCE_NAME}


def known_browser(request: HttpRequest, email: str) -> str:
    """What to add to the key of a limit: this browser's own mark, where the account of `email` signed in in it."""
    token = token_of(request)
    return f"/{browsers.digest(token)}" if browsers.is_known(email, token) else ""


def _box() -> Fernet:
    secret = HKDF(SHA256(), 32, None, b"goodfences.mfa").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(secret))


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
