"""Settings of an instance. Every choice an operator has is an environment variable named GOODFENCES_*.

State (database, sealed footage, keys, the last signed checkpoint) lives under one folder,
GOODFENCES_STATE, unless DATABASE_URL or a blob store setting says otherwise.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from goodfences import databases, proxies
from goodfences.env import env_bool, env_int, env_list, env_positive, lines_of, secret_file
from goodfences.mail import providers, rates

PACKAGE = Path(__file__).resolve().parent
STATE = Path(os.environ.get("GOODFENCES_STATE", "state")).resolve()
STATE.mkdir(parents=True, exist_ok=True, mode=0o700)
DEMO = env_bool("GOODFENCES_DEMO", False)
if not DEMO and os.geteuid() == 0 and STATE.stat().st_uid != 0:
    raise ImproperlyConfigured(
        f"{STATE} belongs to another account, which couldn't read what root makes there. Run this as that account: "
        "as-goodfences goodfences … (docs/operating.md, “As services”)."
    )
DEBUG = False

SITE_URL = os.environ.get("GOODFENCES_URL", "http://127.0.0.1:8000").rstrip("/")
INSTANCE_NAME = os.environ.get("GOODFENCES_NAME", "Goodfences")
SECRET_KEY = os.environ.get("GOODFENCES_SECRET_KEY") or secret_file(STATE / "secret_key")
# Those before it: they open what they sealed, know addresses that bounced, and hold the links of old emails.
SECRETS_BEFORE = env_list("GOODFENCES_SECRET_KEY_BEFORE", lines_of(STATE / "secret_key.before"))
ALLOWED_HOSTS = env_list("GOODFENCES_HOSTS", [urlsplit(SITE_URL).hostname or "", "127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE = SITE_URL.startswith("https://")
# The proxies in front: what these say of who asks is believed, and nobody else's word.
try:
    PROXIES = proxies.read(env_list("GOODFENCES_PROXIES", []))
except ValueError as error:
    raise ImproperlyConfigured(f"GOODFENCES_PROXIES: {error}.") from error

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
    "goodfences.work",
    "goodfences.ledger",
    "goodfences.vault",
    "goodfences.mail",
    "goodfences.people",
    "goodfences.agencies",
    "goodfences.joining",
    "goodfences.oversight",
    "goodfences.officers",
    "goodfences.cameras",
    "goodfences.health",
    "goodfences.clips",
    "goodfences.redaction",
    "goodfences.video_requests",
    "goodfences.evidence",
    "goodfences.auditing",
    "goodfences.links",
    "goodfences.neighbor_requests",
    "goodfences.appeals",
    "goodfences.legal_demands",
    "goodfences.push",
    "goodfences.feed",
    "goodfences.moderation",
    "goodfences.alerts",
    "goodfences.web.resident",
    "goodfences.web.portal",
    "goodfences.web.joining",
    "goodfences.web.oversight",
    "goodfences.web.public",
    "goodfences.web.staff",
    "goodfences.web.api",
]
if DEMO:
    INSTALLED_APPS.append("goodfences.demo")

MIDDLEWARE = [
    "goodfences.web.peers.PeerMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Before what answers with static files: a worker obeys the policy that came with its own script.
    "goodfences.web.headers.SecurityHeadersMiddleware",
    "goodfences.web.alive.AliveMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "goodfences.web.steady.SteadyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "goodfences.web.browsers.BrowserMiddleware",
    "goodfences.web.officer_sessions.OfficerSessionMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "goodfences.web.reader.ReaderMiddleware",
    "goodfences.web.errors.NotFoundMiddleware",
    "goodfences.web.floods.FloodMiddleware",
]

# Where traces go, as OTLP over HTTP: http://collector:4318/v1/traces.
TRACES = os.environ.get("GOODFENCES_TRACES", "")
if TRACES and find_spec("opentelemetry") is None:
    raise ImproperlyConfigured("GOODFENCES_TRACES needs the packages of requirements/traces.txt.")
if TRACES:
    MIDDLEWARE.insert(0, "goodfences.web.traces.TraceMiddleware")

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

DATABASES = {"default": databases.of(os.environ.get("DATABASE_URL", ""), folder=STATE)}
# A PostgreSQL that follows the first one, and how old what it says may be.
REPLICA_LAG_SECONDS = env_positive("GOODFENCES_REPLICA_LAG_SECONDS", 10.0)
if REPLICA_URL := os.environ.get("DATABASE_REPLICA_URL", ""):
    DATABASES["replica"] = databases.replica(REPLICA_URL)
    DATABASE_ROUTERS = ["goodfences.replica.router.Router"]
    MIDDLEWARE.append("goodfences.web.replica.ReplicaMiddleware")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    # allauth's limits and the codes that were used: the same for every process, on every machine.
    "default": {"BACKEND": "goodfences.people.remembered.SharedCache"},
    # What spares a process work that another may do once more.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}

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
# Besides these, how much mail of this kind one address gets is limited where it is written (web/accounts.py).
# What allauth counts by an address of mail alone would let anybody keep its owner out.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip,3/m/key,10/h/key",
    "reset_password": "20/m/ip",
    "confirm_email": None,
}
# An emailed code may wait in the outbox and in a slow mailbox.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "goodfences.web.accounts.CodeOnceForm",
    "reauthenticate": "goodfences.web.accounts.CodeOnceMoreForm",
}
MFA_ADAPTER = "goodfences.web.accounts.KeyAdapter"
MFA_TOTP_ISSUER = INSTANCE_NAME
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "goodfences.web.accounts.OutwardAdapter"
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
# In a checkout its own; installed (`make install`), beside the version's programs, so that two versions have two.
_CHECKOUT = PACKAGE.parent.parent / "frontend"
_BUILT = _CHECKOUT / "dist" if _CHECKOUT.is_dir() else Path(sys.prefix) / "frontend"
FRONTEND_DIST = Path(os.environ.get("GOODFENCES_FRONTEND", _BUILT))
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.is_dir() else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/assets/.+-[\w-]{8}\.\w+$"
DJANGO_VITE = {"default": {"dev_mode": False, "manifest_path": FRONTEND_DIST / "manifest.json"}}

BLOBS = os.environ.get("GOODFENCES_BLOBS", str(STATE / "blobs"))
# Where blobs still come from, while `goodfences store move` brings them over.
BLOBS_BEFORE = os.environ.get("GOODFENCES_BLOBS_BEFORE", "")
# How fast the worker reads the store back; 0 switches it off.
SCRUB_MB_A_SECOND = env_int("GOODFENCES_SCRUB_MB_A_SECOND", 2)
KEYS = STATE / "keys"
LEDGER_STATE = STATE / "ledger"
LEDGER_ORIGIN = os.environ.get("GOODFENCES_LEDGER_ORIGIN", SITE_URL.split("://", 1)[1] + "/ledger")
# Who is asked to cosign what the ledger signs: `URL KEY`, separated by commas.
WITNESSES = env_list("GOODFENCES_WITNESSES", [])
# Whether a witness may be on this machine or in its network: only a demo town's and a test's are.
WITNESSES_ANYWHERE = DEMO
# Whether an agency's provider of sign-ins may be: the same.
PROVIDERS_ANYWHERE = DEMO
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
# How fast mail may leave, over all machines: 14/second, 50000/day and the like; the strictest one counts.
try:
    MAIL_RATES = rates.read(env_list("GOODFENCES_MAIL_RATE", []))
except ValueError as error:
    raise ImproperlyConfigured(f"GOODFENCES_MAIL_RATE: {error}.") from error
# Where bounces go; must take bounces+anything@... and hand each to `goodfences mail-in`.
MAIL_BOUNCES = os.environ.get("GOODFENCES_BOUNCES", "")
DEFAULT_FROM_EMAIL = os.environ.get("GOODFENCES_FROM", "Goodfences <hello@goodfences.example>")

SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = "Lax"
# Officers alone; that they need a second factor is no setting.
OFFICER_SESSION_HOURS = env_int("GOODFENCES_OFFICER_SESSION_HOURS", 12)
OFFICER_IDLE_MINUTES = env_int("GOODFENCES_OFFICER_IDLE_MINUTES", 30)
OFFICER_RECHECK_DAYS = env_int("GOODFENCES_OFFICER_RECHECK_DAYS", 30)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0

POLICY = Path(os.environ.get("GOODFENCES_POLICY", PACKAGE / "policy" / "policy.toml"))
# How much a quarter's totals of asked and declined may tell of one home; each release says it in public.
EPSILON = env_positive("GOODFENCES_EPSILON", 1.0)

QUOTA_BYTES = env_int("GOODFENCES_QUOTA_BYTES", 20 * 1024**3)
UPLOADS_AT_ONCE = env_int("GOODFENCES_UPLOADS", 32)
# Processes of `goodfences serve` where --workers doesn't say.
SERVE_WORKERS = env_int("GOODFENCES_SERVE_WORKERS", 1)
CLIP_MAX_BYTES = env_int("GOODFENCES_CLIP_MAX_BYTES", 512 * 1024**2)
CLIP_MAX_SECONDS = env_int("GOODFENCES_CLIP_MAX_SECONDS", 3600)
# The virus scanner that looks at what anybody hands in: clamd's socket (/run/clamav/clamd.ctl), or host:port.
CLAMD = os.environ.get("GOODFENCES_CLAMD", "")
CLIP_KEPT_DAYS = env_int("GOODFENCES_CLIP_KEPT_DAYS", 30)
# Whether notifications may go to any address at all: a demo town's and a test's push service is on this machine.
PUSH_ANYWHERE = DEMO
# A server of RFC 3161 time stamps for evidence packages, and the root certificate that its answers hold under.
TSA_URL = os.environ.get("GOODFENCES_TSA_URL", "")
TSA_CA = os.environ.get("GOODFENCES_TSA_CA", "")
if TSA_URL and not Path(TSA_CA).is_file():
    raise ImproperlyConfigured("GOODFENCES_TSA_URL needs GOODFENCES_TSA_CA, a file with its root certificate.")
# The age recipients that backups are sealed to; whoever has the identity of one can restore them.
BACKUP_RECIPIENTS = env_list("GOODFENCES_BACKUP_RECIPIENTS", [])
METRICS_TOKEN = os.environ.get("GOODFENCES_METRICS_TOKEN", "")
# How many homes there are on a square kilometer where they are few: how coarse a post's place is follows from it.
HOMES_PER_KM2 = env_int("GOODFENCES_HOMES_PER_KM2", 700)
EMERGENCY_NUMBER = os.environ.get("GOODFENCES_EMERGENCY_NUMBER", "911")
# Where pages of the feed hear of changes: nowhere (they ask from time to time); `proxy`, where a proxy passes
# /neighbors/live/ on to `goodfences live`; or its port on this host.
NEWS = os.environ.get("GOODFENCES_NEWS", "")
if NEWS not in ("", "proxy") and not NEWS.isdecimal():
    raise ImproperlyConfigured(f"GOODFENCES_NEWS is {NEWS!r}; write proxy, a port, or nothing.")
# How many days an agency's agreement is announced, for everyone to comment on, before it takes effect. Without any
# the operator admits agencies at once.
NOTICE_DAYS = env_int("GOODFENCES_NOTICE_DAYS", 0 if DEMO else 14)
# Who is asked for the record by which an agency proves its domain: host or host:port; empty asks the system's own.
DNS_RESOLVER = os.environ.get("GOODFENCES_DNS", "")
# How often hubs say how they do.
HEALTH_SECONDS = env_int("GOODFENCES_HEALTH_SECONDS", 60)

LOG_FORMAT = os.environ.get("GOODFENCES_LOG_FORMAT", "line")
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured(f"GOODFENCES_LOG_FORMAT is {LOG_FORMAT!r}; write line or json.")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "goodfences.logs.Line", "format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {"()": "goodfences.logs.JsonLine"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("GOODFENCES_LOG", "INFO")},
    "filters": {"route_alone": {"()": "goodfences.web.logs.RouteAlone"}},
    "loggers": {
        # They log whole addresses, and some of ours carry a token.
        "httpx": {"level": "WARNING"},
        # boto3 and what it stands on: they tell of every object.
        **{name: {"level": "WARNING"} for name in ("boto3", "botocore", "s3transfer", "urllib3")},
        "django.request": {"filters": ["route_alone"]},
        "django.security.csrf": {"filters": ["route_alone"]},
    },
}
