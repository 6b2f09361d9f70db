"""Agencies' own posts, for anyone."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goodfences.feed import public
from goodfences.web.public.open_data import MINUTE, for_everyone


@require_safe
def posts(request: HttpRequest) -> HttpResponse:
    return render(request, "public/agency_posts.html", {"posts": public.of_agencies()})


@require_safe
def post(request: HttpRequest, ref: str) -> HttpResponse:
    return render(request, "public/agency_post.html", {"post": public.post(ref)})


@require_safe
def feed(request: HttpRequest) -> HttpResponseBase:
    """Atom (RFC 4287)."""
    made = Atom1Feed(
        title=_("%(name)s: posts of agencies") % {"name": settings.INSTANCE_NAME},
        link=_absolute("public:agency_posts"),
        description="",
        feed_url=_absolute("public:agency_posts_feed"),
        author_name=settings.INSTANCE_NAME,
    )
    for one in public.of_agencies():
        assert one.agency is not None
        parts = [one.outcome and _("How it ended: %(outcome)s") % {"outcome": one.outcome}, one.text]
        made.add_item(
            title=one.title,
            link=_absolute("public:agency_post", one.ref),
            description="\n\n".join(part for part in parts if part),
            unique_id=_absolute("public:agency_post", one.ref),
            author_name=one.agency.name,
            pubdate=one.written_at,
            updateddate=max(one.written_at, one.resolved_at or one.written_at),
            categories=[one.get_kind_display()],
        )
    return for_everyone(HttpResponse(made.writeString("utf-8"), content_type=made.content_type), seconds=MINUTE)


def _absolute(page: str, *arguments: str) -> str:
    return settings.SITE_URL + reverse(page, args=arguments)
