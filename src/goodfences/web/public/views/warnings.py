"""Official warnings, for anyone: pages, the files as they came, and a feed that other sites can follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Enclosure
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goodfences import source
from goodfences.alerts import public
from goodfences.alerts.models import OfficialWarning
from goodfences.web.public.open_data import MINUTE, for_everyone
from goodfences.web.warnings import Shown, shown

CAP_TYPE = "application/cap+xml"


class _Feed(Atom1Feed):
    def latest_post_date(self) -> datetime:
        """By our clock where there is nothing yet, as all that officers can read (P2)."""
        latest: datetime = super().latest_post_date() if self.items else source.now()
        return latest


@require_safe
def warnings(request: HttpRequest) -> HttpResponse:
    context = {
        "in_force": [shown(one) for one in public.in_force()],
        "tests": [shown(one) for one in public.tests_under_way()],
    }
    return render(request, "public/warnings.html", context)


@require_safe
def warning(request: HttpRequest, ref: str) -> HttpResponse:
    found = public.warning(ref)
    context: dict[str, Any] = {"warning": shown(found), "outline": public.outline(found) if found.cells else None}
    if found.ended_by is not None:
        context["successor"] = shown(found.ended_by)
    return render(request, "public/warning.html", context)


@require_safe
def cap_file(request: HttpRequest, ref: str) -> HttpResponseBase:
    """The file as its sender wrote it, with its signature where it has one."""
    found = public.warning(ref)
    response = HttpResponse(bytes(found.original), content_type=f"{CAP_TYPE}; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{found.ref}.xml"'
    return for_everyone(response, seconds=MINUTE)


@require_safe
def feed(request: HttpRequest) -> HttpResponseBase:
    """Atom (RFC 4287), in the reader's language where a warning has it."""
    made = _Feed(
        title=_("%(name)s: official warnings") % {"name": settings.INSTANCE_NAME},
        link=_absolute("public:warnings"),
        description="",
        language=get_language(),
        feed_url=_absolute("public:warnings_feed"),
        author_name=settings.INSTANCE_NAME,
    )
    for one in public.latest():
        _add(made, one)
    return for_everyone(HttpResponse(made.writeString("utf-8"), content_type=made.content_type), seconds=MINUTE)


def _add(made: Atom1Feed, one: OfficialWarning) -> None:
    told: Shown = shown(one)
    file = Enclosure(_absolute("public:warning_cap", one.ref), str(len(bytes(one.original))), CAP_TYPE)
    made.add_item(
        title=told.headline,
        link=_absolute("public:warning", one.ref),
        description="\n\n".join(part for part in (told.description, told.instruction) if part),
        unique_id=_absolute("public:warning", one.ref),
        author_name=told.by,
        pubdate=one.sent_at,
        updateddate=one.received_at,
        categories=told.categories,
        enclosures=[file],
    )


def _absolute(page: str, *arguments: str) -> str:
    return settings.SITE_URL + reverse(page, args=arguments)
