"""What makes an instance hard to get into: `goodfences doctor --security`. Each check is a function."""

from __future__ import annotations

import base64
import hashlib
import os
import resource
import stat
from collections.abc import Mapping
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from goodfences import databases
from goodfences.operating.doctor.finding import Check, Finding, fault, ok, warning
from goodfences.proxies import Proxies

_LOCAL = ("", "127.0.0.1", "localhost", "::1", "[::1]")
_SECRETS = ("GOODFENCES_SECRET_KEY", "GOODFENCES_METRICS_TOKEN", "GOODFENCES_MAIL_WEBHOOK_SECRET")
_SHORTEST = 24
_SETTINGS_FILE = Path("/etc/goodfences/goodfences.env")


def debugging() -> Finding:
    """Pages must never show what failed, and a demo town has no secrets."""
    if settings.DEBUG:
        return fault("DEBUG is on: errors show settings and rows to anybody.", "Take DEBUG out of your settings.")
    if settings.DEMO:
        return fault("This is a demo town: anybody can sign in as anybody.", "Take GOODFENCES_DEMO away.")
    return ok("Errors show nothing.")


def hosts() -> Finding:
    """Links in emails are made of the host's name."""
    loose = [name for name in settings.ALLOWED_HOSTS if name == "*" or name.startswith(".")]
    if loose:
        return fault(f"It answers to any host ({', '.join(loose)}).", "Name your hosts in GOODFENCES_HOSTS.")
    return ok(f"It answers to {', '.join(filter(None, settings.ALLOWED_HOSTS))}.")


def cookies() -> Finding:
    """Sessions go over TLS alone."""
    if settings.SECURE and settings.SESSION_COOKIE_SECURE and settings.SECURE_HSTS_SECONDS:
        return ok("Cookies go over https alone.")
    if settings.SITE_URL.partition("://")[2].partition(":")[0] in _LOCAL:
        return warning(
            "Cookies go over http, on this machine's own address.", "For others set GOODFENCES_URL to https://…."
        )
    return fault(
        "Cookies go over http.", "Put a proxy with a certificate in front, and say https:// in GOODFENCES_URL."
    )


def proxies() -> Finding:
    """Limits of tries count a client, and not the proxy that all clients come by."""
    if settings.SECURE and Proxies() == settings.PROXIES:
        return fault(
            "All visitors come by a proxy and count as one: whoever guesses locks everybody out.",
            "Name the proxy in GOODFENCES_PROXIES (127.0.0.1), and have it send X-Forwarded-For.",
        )
    return ok("Limits count each visitor.")


def private_files() -> Finding:
    """Keys and state are this user's alone."""
    state, kept = Path(settings.STATE), Path(settings.KEYS)
    wanted = [kept, *(path for path in kept.glob("*") if path.is_file())]
    if _open(state):
        wanted += [state / "secret_key", Path(settings.LEDGER_STATE)]
        if connection.vendor == "sqlite":
            wanted.append(Path(settings.DATABASES["default"]["NAME"]))
    if loose := [path for path in wanted if _open(path)]:
        names = " ".join(str(path) for path in loose)
        return fault(f"Others on this machine can read {names}.", f"chmod go= {state} {names}")
    return ok("Keys and state are this user's alone.")


def _open(path: Path) -> bool:
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def settings_file() -> Finding:
    """Where the service reads its settings, secrets are."""
    if _SETTINGS_FILE.exists() and stat.S_IMODE(_SETTINGS_FILE.stat().st_mode) & 0o007:
        return fault(f"Anybody on this machine can read {_SETTINGS_FILE}.", f"chmod o= {_SETTINGS_FILE}")
    return ok("Settings are in nobody else's reach.")


def secrets() -> Finding:
    """Secrets that somebody chose are long. No command takes one as an argument, where everybody could read it."""
    short = [name for name in _SECRETS if 0 < len(os.environ.get(name, "")) < _SHORTEST]
    if len(settings.SECRET_KEY) < _SHORTEST:
        short.append("secret_key")
    if short:
        mend = "Make each anew: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'."
        return fault(f"{', '.join(sorted(set(short)))}: too short.", mend)
    return ok("Secrets are long, and come from files or the environment.")


def metrics_token() -> Finding:
    """Whoever reads the metrics is known."""
    if not settings.METRICS_TOKEN:
        return ok("Metrics are for signed-in operators alone.")
    if len(settings.METRICS_TOKEN) < _SHORTEST:
        return fault("GOODFENCES_METRICS_TOKEN is too short.", f"Make it {_SHORTEST} characters or more.")
    return ok("Metrics need a token.")


def lines() -> Finding:
    """What goes to other machines is encrypted."""
    names = {
        "default": "the database (DATABASE_URL",
        "replica": "the replica (DATABASE_REPLICA_URL",
        "direct": "the database past the pool (DATABASE_DIRECT_URL",
    }
    all_of_them = {**settings.DATABASES, "direct": _past_the_pool()}
    loose = [f"{names[it]}: ?sslmode=verify-full)" for it, where in all_of_them.items() if _is_open_line(where)]
    plain_mail = not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL or settings.MAIL_PROVIDER)
    if plain_mail and settings.EMAIL_HOST not in _LOCAL:
        loose.append("the mail server (GOODFENCES_SMTP_TLS=1)")
    if os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://") and str(settings.BLOBS).startswith("s3://"):
        loose.append("the store (AWS_ENDPOINT_URL=https://…)")
    if loose:
        return fault(f"These lines aren't encrypted for certain: {', '.join(loose)}.", "Set what stands in brackets.")
    return ok("Lines to other machines are encrypted.")


def _past_the_pool() -> Mapping[str, Any]:
    """Where `migrate`, `backup` and `restore` go, which no program that runs all day does."""
    url = os.environ.get("DATABASE_DIRECT_URL", "")
    return databases.of(url, folder=Path()) if url else {}


def _is_open_line(database: Mapping[str, Any]) -> bool:
    host = database.get("HOST", "")
    mode = database.get("OPTIONS", {}).get("sslmode", "prefer")
    return host not in _LOCAL and not host.startswith("/") and mode not in ("require", "verify-ca", "verify-full")


def user() -> Finding:
    if os.geteuid() == 0:
        return warning("This runs as root.", "Give it a user of its own: packaging/goodfences.sysusers.")
    return ok("It runs as a user of its own.")


def memory() -> Finding:
    """Plain footage is in memory while it is checked and cut."""
    swaps = Path("/proc/swaps")
    if swaps.exists() and len(swaps.read_text().splitlines()) > 1 and not _encrypted(swaps.read_text()):
        return warning(
            "Memory may be swapped to a disk.", "swapoff, or encrypt the swap: plain footage is in memory."
        )
    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        return warning(
            "A crash may write memory to a disk.", "LimitCORE=0 in the service (packaging/ has it), or ulimit -c 0."
        )
    return ok("Memory stays in memory.")


def _encrypted(swaps: str) -> bool:
    return all(line.startswith(("/dev/dm-", "/dev/zram")) for line in swaps.splitlines()[1:])


def packages() -> Finding:
    """Installed packages are, file by file, what was installed: each by the hash that its installer wrote down."""
    changed: list[str] = []
    unknown: list[str] = []
    for package in distributions():
        files = [file for file in package.files or () if file.hash is not None]
        if not files:
            unknown.append(package.name)
        elif any(_changed(package, file) for file in files):
            changed.append(package.name)
    if changed:
        names = ", ".join(sorted(set(changed)))
        return fault(
            f"These packages aren't what was installed: {names}.",
            "Make the environment anew from requirements/runtime.txt.",
        )
    if unknown:
        names = ", ".join(sorted(set(unknown)))
        return warning(
            f"Nobody can tell whether these are what was installed: {names}.",
            "Install from requirements/runtime.txt with --require-hashes.",
        )
    return ok("Every installed package has the hashes that it was installed with.")


def _changed(package: Distribution, file: PackagePath) -> bool:
    if file.hash is None or file.hash.mode != "sha256" or file.suffix == ".pyc":
        return False
    path = Path(str(package.locate_file(file)))
    try:
        digest = hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return True
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value


CHECKS: dict[str, Check] = {
    "debugging": debugging,
    "hosts": hosts,
    "cookies": cookies,
    "proxies": proxies,
    "private files": private_files,
    "settings file": settings_file,
    "secrets": secrets,
    "metrics": metrics_token,
    "lines": lines,
    "user": user,
    "memory": memory,
    "packages": packages,
}
