"""How the instance is doing, and the mail that an operator has to decide on."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from goodfences import source
from goodfences.agencies.queries import former_partners, partners
from goodfences.errors import NotFound
from goodfences.ledger import queries as ledger
from goodfences.mail import actions as mail
from goodfences.mail.queries import health, troubles
from goodfences.people import browsers
from goodfences.web.media import account_of
from goodfences.web.staff.guard import operator
from goodfences.worker import beat_file

WORKER_IS_LATE = timedelta(minutes=1)


@require_GET
@operator
def overview(request: HttpRequest) -> HttpResponse:
    context = {
        "mail": health(),
        "troubles": troubles(limit=50),
        "worker": worker(),
        "disk": disk(),
        "partners": partners().count(),
        "suspended": former_partners().count(),
        "checkpoint": ledger.latest_checkpoint(),
    }
    return render(request, "staff/overview.html", context)


@require_POST
@operator
def settle_mail(request: HttpRequest, ref: str, how: str) -> HttpResponse:
    """What an operator found in the mail server's log about a message whose fate was uncertain."""
    acts = {"sent": mail.count_as_sent, "again": mail.send_again}
    if how not in acts:
        raise NotFound
    address = acts[how](ref=ref)
    browsers.glance(staff=account_of(request), address=address, what=f"mail-{how}")
    messages.success(request, _("Counted as sent.") if how == "sent" else _("It will be sent again."))
    return redirect("staff:overview")


def worker() -> dict[str, Any]:
    """When a worker was last at work: `seen_at` is None where none ever was."""
    try:
        seen_at = datetime.fromtimestamp(beat_file().stat().st_mtime, UTC)
    except FileNotFoundError:
        return {"seen_at": None, "late": True}
    return {"seen_at": seen_at, "late": source.now() - seen_at > WORKER_IS_LATE}


def disk() -> dict[str, Any]:
    """Bytes on the disk that holds the state folder."""
    usage = shutil.disk_usage(settings.STATE)
    return {"free": usage.free, "total": usage.total, "scarce": usage.free < usage.total // 10}


urls = [
    path("", overview, name="overview"),
    path("mail/<str:ref>/<slug:how>/", settle_mail, name="settle_mail"),
]
