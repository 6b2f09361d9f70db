"""The town's mailbox: every message that the demo has sent, for anyone to read. Demo mode only."""

from __future__ import annotations

import email
import mailbox
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from goodfences.demo.catcher import FOLDER
from goodfences.web.headers import CONTENT_SECURITY_POLICY

SHOWN = 200
# A message is somebody else's page: no script, no form, nothing loaded; its links lead out of the frame.
MESSAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-top-navigation-by-user-activation"
)


@dataclass(frozen=True)
class Letter:
    """One message as it arrived. `ref` is the left side of its Message-ID: of an ask's mail, the ask's reference."""

    key: str
    to: str
    subject: str
    at: datetime
    ref: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]


def letters(*, to: str = "", limit: int | None = None) -> list[Letter]:
    """What has arrived, the newest first; with `to`, what went to addresses that hold these letters."""
    found: list[Letter] = []
    for key in _newest_first():
        if limit is not None and len(found) >= limit:
            break
        letter = _letter(key)
        if letter is not None and to.lower() in letter.to.lower():
            found.append(letter)
    return found


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All messages, or those to one address."""
    to = request.GET.get("to", "").strip()
    return render(request, "demo/mailbox.html", {"letters": letters(to=to, limit=SHOWN), "to": to, "shown": SHOWN})


@require_safe
def message(request: HttpRequest, key: str) -> HttpResponse:
    """One message: as a mail program shows it, as plain text, and its headers."""
    response = render(request, "demo/letter.html", {"letter": _letter_or_404(key)})
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


@require_safe
def html(request: HttpRequest, key: str) -> HttpResponse:
    """The HTML twin as it is, but for links that open outside of the frame."""
    letter = _letter_or_404(key)
    page = letter.html.replace("<head>", '<head><base target="_top">', 1)
    response = HttpResponse(page or "<!doctype html><p>This message has no HTML.")
    response.headers["Content-Security-Policy"] = MESSAGE_POLICY
    return response


def _newest_first() -> list[str]:
    folder = Path(settings.STATE) / FOLDER
    if not folder.is_dir():
        return []
    arrived = [path for part in ("new", "cur") for path in (folder / part).iterdir()]
    return [path.name.partition(":")[0] for path in sorted(arrived, key=lambda path: -path.stat().st_mtime_ns)]


def _letter(key: str) -> Letter | None:
    """The message under `key`, or None if there is none."""
    try:
        raw = mailbox.Maildir(Path(settings.STATE) / FOLDER, create=False).get_bytes(key)
    except (KeyError, OSError):
        return None
    parsed = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return Letter(
        key=key,
        to=str(parsed["To"]),
        subject=str(parsed["Subject"]),
        at=parsedate_to_datetime(str(parsed["Date"])) if parsed["Date"] else datetime.now(UTC),
        ref=str(parsed["Message-ID"]).strip("<>").partition("@")[0],
        text=_body(parsed, "plain"),
        html=_body(parsed, "html"),
        headers=tuple((name, str(value)) for name, value in parsed.items()),
    )


def _body(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _letter_or_404(key: str) -> Letter:
    letter = _letter(key) if key in _newest_first() else None
    if letter is None:
        raise Http404
    return letter


urlpatterns: list[URLPattern] = [
    path("mail/", index, name="mailbox"),
    path("mail/<str:key>/", message, name="letter"),
    path("mail/<str:key>/html/", html, name="letter_html"),
]
