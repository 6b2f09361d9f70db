"""Agencies' public appeals for video, for anyone."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goodfences import places
from goodfences.appeals import public
from goodfences.ledger import queries as ledger
from goodfences.web.public import atom


@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    return render(request, "public/appeals.html", {"appeals": public.appeals()})


@require_safe
def appeal(request: HttpRequest, ref: str) -> HttpResponse:
    found = public.appeal(ref)
    assert found.ledger_index is not None
    context = {
        "appeal": found,
        "takes_video": public.takes_video(found),
        "signed": ledger.is_signed(found.ledger_index),
        "area": places.coarse_place(found.place_cells),
    }
    return render(request, "public/appeal.html", context)


@require_safe
def feed(request: HttpRequest) -> HttpResponseBase:
    """Atom (RFC 4287)."""
    title = _("%(name)s: public appeals for video") % {"name": settings.INSTANCE_NAME}
    made = atom.feed(title, page="public:video_appeals", own="public:video_appeals_feed")
    for one in public.appeals():
        if one.opened_at is None:
            continue
        made.add_item(
            title=one.title,
            link=atom.absolute("public:video_appeal", one.ref),
            description=one.words,
            unique_id=atom.absolute("public:video_appeal", one.ref),
            author_name=one.agency.name,
            pubdate=one.opened_at,
            updateddate=one.ended_at or one.opened_at,
            categories=[one.incident_type],
        )
    return atom.answer(made)
