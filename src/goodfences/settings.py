"""Settings of an instance. Every choice an operator has is an environment variable named GOODFENCES_*.

State (database, sealed footage, keys, the last signed checkpoint) lives under one folder,
GOODFENCES_STATE, unless DATABASE_URL or a blob store setting says otherwise.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from goodfences.env import env_bool, env_int, env_list, secret_file
from goodfences.mail import providers

PACKAGE = Path(__file__).resolve().parent
STATE = Path(os.environ.get("GOODFENCES_STATE", "state")).resolve()
DEMO = env_bool("GOODFENCES_DEMO", False)
DEBUG = False

SITE_URL = os.environ.get("GOODFENCES_URL", "http://127.0.0.1:8000").rstrip("/")
INSTANCE_NAME = os.environ.get("GOODFENCES_NAME", "Goodfences")
SECRET_KEY = os.environ.get("GOODFENCES_SECRET_KEY") or secret_file(STATE / "secret_key")
ALLOWED_HOSTS = env_list("GOODFENCES_HOSTS", [urlsplit(SITE_URL).hostname or "", "127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    # First, so that its templates win over those that packages bring along.
    "goodfences.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_htmx",
    "django_vite",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "goodfences.ledger",
    "goodfences.vault",
    "goodfences.mail",
    "goodfences.people",
    "goodfences.agencies",
    "goodfences.cameras",
    "goodfences.health",
    "goodfences.clips",
    "goodfences.redaction",
    "goodfences.video_requests",
    "goodfences.evidence",
    "goodfences.links",
    "goodfences.neighbor_requests",
    "goodfences.push",
    "goodfences.feed",
    "goodfences.moderation",
    "goodfences.alerts",
    "goodfences.web.resident",
    "goodfences.web.portal",
    "goodfences.web.public",
    "goodfences.web.staff",
    "goodfences.web.api",
]
if DEMO:
    INSTALLED_APPS.append("goodfences.demo")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Before what answers with static files: a worker obeys the policy that came with its own script.
    "goodfences.web.headers.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "goodfences.web.browsers.BrowserMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "goodfences.web.reader.ReaderMiddleware",
    "goodfences.web.errors.NotFoundMiddleware",
]

ROOT_URLCONF = "goodfences.web.urls"
WSGI_APPLICATION = "goodfences.wsgi.application"

FORM_RENDERER = "goodfences.web.forms.FormRenderer"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "goodfences.web.context.instance",
            ],
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL", f"sqlite:///{STATE / 'goodfences.sqlite3'}"),
        conn_max_age=60,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # synchronous=FULL: what was acknowledged must survive a power loss (P8), at the price of an fsync a commit.
    # secure_delete: what was deleted is overwritten, a destroyed key above all (P7).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA secure_delete=ON;"
            "PRAGMA mmap_size=268435456;PRAGMA journal_size_limit=67108864;PRAGMA cache_size=-32000"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/welcome/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "goodfences.web.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "goodfences.web.accounts.CodeOrPasswordForm",
    "request_login_code": "goodfences.web.accounts.CodeForm",
}
# An emailed code may wait in the outbox and in a slow mailbox.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "goodfences.web.accounts.KeyAdapter"
MFA_TOTP_ISSUER = INSTANCE_NAME
MFA_TOTP_TOLERANCE = 1
# Browsers give passkeys to https alone, and to this very machine.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE

LANGUAGE_CODE = "en-us"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = os.environ.get("GOODFENCES_TIME_ZONE", "UTC")
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = STATE / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a missing folder; an empty one is fine.
FRONTEND_DIST = Path(os.environ.get("GOODFENCES_FRONTEND", PACKAGE.parent.parent / "frontend" / "dist"))
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.is_dir() else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/assets/.+-[\w-]{8}\.\w+$"
DJANGO_VITE = {"default": {"dev_mode": False, "manifest_path": FRONTEND_DIST / "manifest.json"}}

BLOBS = os.environ.get("GOODFENCES_BLOBS", str(STATE / "blobs"))
KEYS = STATE / "keys"
LEDGER_STATE = STATE / "ledger"
LEDGER_ORIGIN = os.environ.get("GOODFENCES_LEDGER_ORIGIN", SITE_URL.split("://", 1)[1] + "/ledger")
MAP_TILES = Path(os.environ.get("GOODFENCES_MAP", PACKAGE / "demo" / "map" / "town.pmtiles"))

EMAIL_BACKEND = "goodfences.mail.backend.OutboxBackend"
MAIL_PROVIDER = os.environ.get("GOODFENCES_MAIL_PROVIDER", "")
MAIL_PROVIDER_SECRET = os.environ.get("GOODFENCES_MAIL_PROVIDER_SECRET", "")
MAIL_PROVIDER_URL = os.environ.get("GOODFENCES_MAIL_PROVIDER_URL", "")
MAIL_WEBHOOK_SECRET = os.environ.get("GOODFENCES_MAIL_WEBHOOK_SECRET", "")
if MAIL_PROVIDER and (trouble := providers.problem(MAIL_PROVIDER, MAIL_PROVIDER_SECRET)):
    raise ImproperlyConfigured(trouble)
ANYMAIL = providers.webhook_settings(MAIL_WEBHOOK_SECRET, os.environ.get("GOODFENCES_MAIL_WEBHOOK_KEY", ""))
MAIL_TRANSPORT = os.environ.get(
    "GOODFENCES_MAIL_TRANSPORT",
    "goodfences.mail.provider.ProviderTransport" if MAIL_PROVIDER else "goodfences.mail.smtp.SmtpTransport",
)
EMAIL_HOST = os.environ.get("GOODFENCES_SMTP_HOST", "127.0.0.1")
EMAIL_PORT = env_int("GOODFENCES_SMTP_PORT", 25)
EMAIL_HOST_USER = os.environ.get("GOODFENCES_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("GOODFENCES_SMTP_PASSWORD", "")
EMAIL_USE_TLS = env_bool("GOODFENCES_SMTP_TLS", False)
EMAIL_USE_SSL = env_bool("GOODFENCES_SMTP_SSL", False)
MAIL_CONNECTIONS = env_int("GOODFENCES_SMTP_CONNECTIONS", 4)
# Where bounces go; must take bounces+anything@... and hand each to `goodfences mail-in`.
MAIL_BOUNCES = os.environ.get("GOODFENCES_BOUNCES", "")
DEFAULT_FROM_EMAIL = os.environ.get("GOODFENCES_FROM", "Goodfences <hello@goodfences.example>")

SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0

POLICY = Path(os.environ.get("GOODFENCES_POLICY", PACKAGE / "policy" / "policy.toml"))

QUOTA_BYTES = env_int("GOODFENCES_QUOTA_BYTES", 20 * 1024**3)
UPLOADS_AT_ONCE = env_int("GOODFENCES_UPLOADS", 32)
CLIP_MAX_BYTES = env_int("GOODFENCES_CLIP_MAX_BYTES", 512 * 1024**2)
CLIP_MAX_SECONDS = env_int("GOODFENCES_CLIP_MAX_SECONDS", 3600)
CLIP_KEPT_DAYS = env_int("GOODFENCES_CLIP_KEPT_DAYS", 30)
# Whether notifications may go to any address at all: a demo town's and a test's push service is on this machine.
PUSH_ANYWHERE = DEMO
METRICS_TOKEN = os.environ.get("GOODFENCES_METRICS_TOKEN", "")
# How many homes there are on a square kilometer where they are few: how coarse a post's place is follows from it.
HOMES_PER_KM2 = env_int("GOODFENCES_HOMES_PER_KM2", 700)
EMERGENCY_NUMBER = os.environ.get("GOODFENCES_EMERGENCY_NUMBER", "911")
# Where pages of the feed hear of changes: nowhere (they ask from time to time); `proxy`, where a proxy passes
# /neighbors/live/ on to `goodfences live`; or its port on this host.
NEWS = os.environ.get("GOODFENCES_NEWS", "")
if NEWS not in ("", "proxy") and not NEWS.isdecimal():
    raise ImproperlyConfigured(f"GOODFENCES_NEWS is {NEWS!r}; write proxy, a port, or nothing.")
# How often hubs say how they do.
HEALTH_SECONDS = env_int("GOODFENCES_HEALTH_SECONDS", 60)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("GOODFENCES_LOG", "INFO")},
    "filters": {"route_alone": {"()": "goodfences.web.logs.RouteAlone"}},
    "loggers": {
        # They log whole addresses, and some of ours carry a token.
        "httpx": {"level": "WARNING"},
        "django.request": {"filters": ["route_alone"]},
        "django.security.csrf": {"filters": ["route_alone"]},
    },
}
