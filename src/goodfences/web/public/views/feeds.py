"""Requests as Atom feeds (RFC 4287): all, one agency's, or those of a part of town or a town."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goodfences.agencies import queries as agencies
from goodfences.places import wide_cell_from_hex
from goodfences.video_requests import public
from goodfences.web.public import atom, words

SHOWN = 50


@require_safe
def all_requests(request: HttpRequest) -> HttpResponseBase:
    made = atom.feed(_title(settings.INSTANCE_NAME), page="public:requests", own="public:requests_feed")
    return _filled(made, public.requests(limit=SHOWN))


@require_safe
def of_agency(request: HttpRequest, slug: str) -> HttpResponseBase:
    title = _title(agencies.agency(slug).name)
    made = atom.feed(title, page=("public:agency", slug), own=("public:agency_feed", slug))
    return _filled(made, public.requests(agency_slug=slug, limit=SHOWN))


@require_safe
def of_place(request: HttpRequest, cell: str) -> HttpResponseBase:
    """Of an H3 cell of resolution 5 to 8: half a mile across, a town, or all around it."""
    try:
        place = wide_cell_from_hex(cell)
    except ValueError as error:
        raise Http404(str(error)) from error
    made = atom.feed(_title(cell), page="public:requests", own=("public:place_feed", cell))
    return _filled(made, public.requests_around(place, limit=SHOWN))


def _title(name: str) -> str:
    return _("%(name)s: requests for video") % {"name": name}


def _filled(made: atom.Feed, found: list[public.PublicRequest]) -> HttpResponseBase:
    for one in found:
        at = one.opened_at or one.ended_at
        assert at is not None
        what = words.incident(one.incident_type)
        window = words.long_window(one.starts_at, one.ends_at, one.time_zone)
        parts = [f"{one.place_name}, {window}", str(words.STATES.get(one.state, one.state)), one.rejection_reason]
        made.add_item(
            title=f"{one.agency_name}: {what}, {one.place_name}",
            link=atom.absolute("public:request", one.ref),
            description="\n\n".join(part for part in parts if part),
            unique_id=atom.absolute("public:request", one.ref),
            author_name=one.agency_name,
            pubdate=at,
            updateddate=one.ended_at or at,
            categories=[what],
        )
    return atom.answer(made)
