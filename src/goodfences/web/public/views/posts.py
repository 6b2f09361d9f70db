"""Agencies' own posts, for anyone."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goodfences.feed import public
from goodfences.web.public import atom


@require_safe
def posts(request: HttpRequest) -> HttpResponse:
    return render(request, "public/agency_posts.html", {"posts": public.of_agencies()})


@require_safe
def post(request: HttpRequest, ref: str) -> HttpResponse:
    return render(request, "public/agency_post.html", {"post": public.post(ref)})


@require_safe
def feed(request: HttpRequest) -> HttpResponseBase:
    """Atom (RFC 4287)."""
    title = _("%(name)s: posts of agencies") % {"name": settings.INSTANCE_NAME}
    made = atom.feed(title, page="public:agency_posts", own="public:agency_posts_feed")
    for one in public.of_agencies():
        assert one.agency is not None
        parts = [one.outcome and _("How it ended: %(outcome)s") % {"outcome": one.outcome}, one.text]
        made.add_item(
            title=one.title,
            link=atom.absolute("public:agency_post", one.ref),
            description="\n\n".join(part for part in parts if part),
            unique_id=atom.absolute("public:agency_post", one.ref),
            author_name=one.agency.name,
            pubdate=one.written_at,
            updateddate=max(one.written_at, one.resolved_at or one.written_at),
            categories=[one.get_kind_display()],
        )
    return atom.answer(made)
