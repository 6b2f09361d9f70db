"""Agreements that are announced before they take effect, and what residents say about them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goodfences.agencies import queries
from goodfences.agencies.models import Agreement
from goodfences.errors import NotFound
from goodfences.joining import public
from goodfences.joining.models import Application
from goodfences.ledger import keys
from goodfences.web.public import atom, words
from goodfences.web.public.open_data import MINUTE, for_everyone, geojson


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    return render(request, "public/notices.html", {"notices": public.notices()[:100]})


@require_safe
def notice(request: HttpRequest, ref: str) -> HttpResponse:
    found = public.notice(ref)
    context = {
        "notice": found,
        "given": found.particulars,
        "stricter": words.stricter(found.stricter),
        "changes": public.changes(found),
        "remarks": public.remarks(found),
        "key": keys.public_key(),
    }
    return render(request, "public/notice.html", context)


@require_safe
def notice_area(request: HttpRequest, ref: str) -> HttpResponseBase:
    found = public.notice(ref)
    return _outline(found.name, found.particulars["area"])


@require_safe
def notice_agreement(request: HttpRequest, ref: str) -> HttpResponseBase:
    """The signed text, for `goodfences verify agreement`."""
    return _signed(public.notice(ref))


@require_safe
def agency_area(request: HttpRequest, slug: str) -> HttpResponseBase:
    agency = queries.agency(slug)
    if agency.area is None:
        raise NotFound
    return _outline(agency.name, agency.area)


@require_safe
def agency_agreement(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The newest agreement that it signed with a key."""
    signed = next((one for one in queries.agreements(queries.agency(slug)) if one.signed), None)
    if signed is None:
        raise NotFound
    return _signed(signed)


@require_safe
def feed(request: HttpRequest) -> HttpResponseBase:
    """Atom (RFC 4287)."""
    title = _("%(name)s: announced agreements") % {"name": settings.INSTANCE_NAME}
    made = atom.feed(title, page="public:notices", own="public:notices_feed")
    for one in public.notices()[:50]:
        until = words.day(one.notice_until) if one.notice_until else ""
        made.add_item(
            title=one.name,
            link=atom.absolute("public:notice", one.ref),
            description=_("Takes effect on %(day)s.") % {"day": until} + f"\n\n{one.text}",
            unique_id=atom.absolute("public:notice", one.ref),
            author_name=one.name,
            pubdate=one.notice_from,
            updateddate=one.ended_at or one.notice_from,
        )
    return atom.answer(made)


def _outline(name: str, area: dict[str, Any]) -> HttpResponseBase:
    return geojson([{"type": "Feature", "geometry": area, "properties": {"kind": "area", "name": name}}])


def _signed(one: Application | Agreement) -> HttpResponseBase:
    response = JsonResponse(one.signed)
    response.headers["Content-Disposition"] = f'attachment; filename="agreement-{one.version}.json"'
    return for_everyone(response, seconds=MINUTE)
