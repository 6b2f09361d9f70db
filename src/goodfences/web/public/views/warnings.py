"""Official warnings, for anyone: pages, the files as they came, and a feed that other sites can follow."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.feedgenerator import Enclosure
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goodfences.alerts import public
from goodfences.alerts.models import OfficialWarning
from goodfences.ledger import queries as ledger
from goodfences.web.public import atom
from goodfences.web.public.open_data import MINUTE, for_everyone
from goodfences.web.warnings import Shown, shown

CAP_TYPE = "application/cap+xml"


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
    if found.agency is not None:
        context["entries"] = ledger.entries(subject=f"warning:{found.ref}")
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
    title = _("%(name)s: official warnings") % {"name": settings.INSTANCE_NAME}
    made = atom.feed(title, page="public:warnings", own="public:warnings_feed", language=get_language())
    for one in public.latest():
        _add(made, one)
    return atom.answer(made)


def _add(made: atom.Feed, one: OfficialWarning) -> None:
    told: Shown = shown(one)
    file = Enclosure(atom.absolute("public:warning_cap", one.ref), str(len(bytes(one.original))), CAP_TYPE)
    made.add_item(
        title=told.headline,
        link=atom.absolute("public:warning", one.ref),
        description="\n\n".join(part for part in (told.description, told.instruction) if part),
        unique_id=atom.absolute("public:warning", one.ref),
        author_name=told.by,
        pubdate=one.sent_at,
        updateddate=one.received_at,
        categories=told.categories,
        enclosures=[file],
    )
