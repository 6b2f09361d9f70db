"""Signing up and in, by allauth: what is ours in it."""

from __future__ import annotations

import base64
from datetime import timedelta
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.forms import LoginForm, RequestLoginCodeForm
from allauth.account.utils import filter_users_by_email
from allauth.core import context, ratelimit
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings as mfa
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from requests import Session

from goodfences import boxes, outward, source
from goodfences.officers import providers
from goodfences.people import browsers, limits
from goodfences.people.models import Account
from goodfences.web import resealing
from goodfences.web.browsers import token_of
from goodfences.web.peers import peer_of
from goodfences.web.portal.provider.arrived import METHOD

MAILS_AN_HOUR, MAILS_OF_ALL_AN_HOUR = 10, 40
"""That one network address, and all of them, may have written to one address of mail."""
GUESSES_AN_HOUR = 50
"""At the password of one account, by all who guess from browsers that it doesn't know."""
_ANYBODY_ASKS_FOR = {
    f"account/email/{name}"
    for name in (
        *("login_code", "email_confirmation", "email_confirmation_signup", "password_reset_key"),
        *("unknown_account", "account_already_exists"),
    )
}


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
        if template_prefix not in _ANYBODY_ASKS_FOR or may_be_written_to(email):
            super().send_mail(template_prefix, email, {**context, **_at_home(context)})

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Whoever guesses at an account uses up their own tries: the owner's browsers have tries of their own."""
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return key + who_asks(request, str(credentials.get("email", "")))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """What all strangers together may guess at one account comes after what each of them may."""
        super().pre_authenticate(request, **credentials)
        email = str(credentials.get("email", ""))
        if not known_browser(request, email) and not _is_within("password", email.lower(), GUESSES_AN_HOUR):
            raise self.validation_error("too_many_login_attempts")

    def format_email_subject(self, subject: str) -> str:
        return subject

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """An officer whose agency has a provider can show there, too, who they are: at first, who came in by it."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if getattr(user, "kind", "") == Account.Kind.OFFICER and providers.is_on_for(user.pk):
            words, url = _("Sign in at your agency’s provider once more"), reverse("portal:provider_again")
            first = any(one.get("method") == METHOD for one in get_authentication_records(context.request, user))
            methods.insert(0 if first else len(methods), {"id": "provider", "description": words, "url": url})
        return methods


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
        key = email.lower() + who_asks(context.request, email)
        if not ratelimit.consume(context.request, action="request_login_code", key=key):
            raise get_adapter().validation_error("too_many_login_attempts")
        self._user = users[0] if users else None
        return email


class _EachOnce:
    """A code of an app is taken once. allauth marks it for one period of thirty seconds, but takes it in three."""

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc] # of the form that this is mixed into
        one = self.authenticator  # type: ignore[attr-defined]
        takes_s = mfa.TOTP_PERIOD * (2 * mfa.TOTP_TOLERANCE + 1)
        mark = f"code-used|{one.pk}|{normalize_user_code(code)}"
        if one.type == Authenticator.Type.TOTP and not cache.add(mark, 1, timeout=takes_s):
            raise get_mfa_adapter().validation_error("incorrect_code")
        return code


class CodeOnceForm(_EachOnce, AuthenticateForm):  # type: ignore[misc] # allauth has no types
    """Asks for a code after the password."""


class CodeOnceMoreForm(_EachOnce, ReauthenticateForm):  # type: ignore[misc] # allauth has no types
    """Asks for another code where somebody is signed in already."""


class KeyAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Passkeys, the codes of an app, and recovery codes. What is secret of them isn't kept in the clear."""

    def encrypt(self, text: str) -> str:
        return boxes.seal(resealing.PURPOSE, text)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return boxes.unseal(resealing.PURPOSE, encrypted_text)
        except InvalidToken:
            # The instance's secret was lost: this app has to be set up anew, and no code fits until then.
            return base64.b32encode(source.random_bytes("mfa", 20)).decode()

    def generate_authenticator_name(self, user: Account, type: Any) -> str:
        return browsers.name_of(context.request.META.get("HTTP_USER_AGENT", ""))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": passkeys_of(context.request), "name": settings.INSTANCE_NAME}


def passkeys_of(request: HttpRequest) -> str:
    """By the instance's own name, whatever name the request came to; on this very machine by the latter."""
    return (urlsplit(settings.SITE_URL).hostname or "") if settings.SECURE else _host(request)


def takes_passkeys(request: HttpRequest) -> bool:
    """Whether a browser offers passkeys on this page: where it was opened by their name, and not in figures."""
    name, host = passkeys_of(request), _host(request)
    return not _is_figures(name) and (host == name or host.endswith(f".{name}"))


def where_passkeys_are(request: HttpRequest) -> str:
    """The same page by the instance's name; empty where it has none, or where passkeys work already."""
    if takes_passkeys(request) or _is_figures(urlsplit(settings.SITE_URL).hostname or ""):
        return ""
    return settings.SITE_URL + request.get_full_path()


def _host(request: HttpRequest) -> str:
    return urlsplit(f"//{request.get_host()}").hostname or ""


def _is_figures(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return not host
    return True


class OutwardAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # allauth has no types
    """For allauth's client of OpenID providers, whose addresses agencies choose. It makes no account of anybody."""

    def get_requests_session(self) -> Session:
        return outward.session(lambda: settings.PROVIDERS_ANYWHERE)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False


def known_browser(request: HttpRequest, email: str) -> str:
    """What to add to the key of a limit: this browser's own mark, where the account of `email` signed in in it."""
    token = token_of(request)
    return f"/{source.token_digest(token)}" if browsers.is_known(email, token) else ""


def who_asks(request: HttpRequest, email: str) -> str:
    """The same; in a browser that the account doesn't know the network address, so that each stranger has a count."""
    return known_browser(request, email) or f"@{peer_of(request)}"


def may_be_written_to(email: str) -> bool:
    """Whether one more email goes to an address for which anybody may ask: nobody's mailbox is filled by it.

    The page tells nothing of it. In a browser that the account knows, strangers use up nothing.
    """
    name, request = email.lower(), context.request
    if not _is_within("account-mail", name + who_asks(request, email), MAILS_AN_HOUR):
        return False
    return bool(known_browser(request, email)) or _is_within("account-mail", name, MAILS_OF_ALL_AN_HOUR)


def _is_within(what: str, who: str, limit: int) -> bool:
    try:
        limits.count(what, who, limit=limit, period=timedelta(hours=1))
    except limits.TooOften:
        return False
    return True


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
