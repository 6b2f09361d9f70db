"""The neighborhood: a list, the same on a map, one's own posts and those that one keeps."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from goodfences.feed import access, cells, events, live, queries
from goodfences.feed.access import Reader
from goodfences.feed.queries import Shown
from goodfences.people.models import Account, Household
from goodfences.web.resident import stones
from goodfences.web.resident.feed_forms import FeedForm, read_place, written
from goodfences.web.resident.feed_live import live_of
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import show
from goodfences.web.resident.templatetags.resident import away
from goodfences.web.resident.views.moment import read_moment

SHOWN = 20
"""Posts on one page; the earlier ones are a link further."""
ON_MAP = 200
"""The newest posts that the map shows."""
_RADIUS = "feed_radius"
"""The cookie of the radius that was last chosen."""
_RADIUS_LASTS = 365 * 86_400


@require_GET
@settled
def feed(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """`q`, `kind`, `radius`, `order` choose; `before` is where the list goes on (`feed_forms.written`)."""
    form = _form(request)
    listens = live_of(request, radius_km=form.radius_km)
    reader = access.reader(account, household)
    found = _found(reader, form, request.GET.get("before", ""), SHOWN + 1)
    older = ""
    if len(found) > SHOWN:
        before = written(queries.place_in_list(found[SHOWN - 1]))
        older = f"{reverse('resident:feed')}?{urlencode({**form.kept, 'before': before})}#posts"
    context = {
        "household": household,
        "is_first": not request.GET.get("before"),
        "form": form,
        "shown": _with_removed(request, reader, form, found),
        "older": older,
        "live": listens,
        # New posts come on top of the newest, and of nothing else.
        "grows": not (request.GET.get("before") or form.words or form.nearest_first),
        "wider": _wider(form),
        "view": "list",
    }
    return _remembering(form, request, show(request, account, "feed/list.html", context))


@require_GET
@settled
def feed_map(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """The same as hexagons of at least 500 homes, never as points; and beside the map the same in words."""
    form = _form(request)
    found = _found(access.reader(account, household), form, "", ON_MAP)
    by_cell: dict[int, list[Shown]] = {}
    for one in found:
        by_cell.setdefault(one.post.cell, []).append(one)
    groups = sorted(by_cell.items(), key=lambda group: group[1][0].distance_km)
    parts: dict[str, list[Shown]] = {}
    for _cell, posts in groups:
        parts.setdefault(away(posts[0].distance_km), []).extend(posts)
    named = {words: f"part-{number}" for number, words in enumerate(parts, 1)}
    context = {
        "form": form,
        "groups": [{"id": named[words], "posts": posts} for words, posts in parts.items()],
        "geojson": _hexagons(account, groups, named),
        "most": ON_MAP if len(found) == ON_MAP else 0,
        "wider": _wider(form),
        "view": "map",
    }
    return _remembering(form, request, show(request, account, "feed/map.html", context))


@require_GET
@settled
def yours(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """One's own posts, with where each stands; and what was deleted a moment ago."""
    before = read_moment(request.GET.get("before", ""))
    posts = queries.own(account, before=before, limit=SHOWN + 1)
    older = f"?{urlencode({'before': posts[SHOWN - 1].written_at.isoformat()})}" if len(posts) > SHOWN else ""
    context = {"posts": posts[:SHOWN], "older": older, "deleted": queries.deleted(account), "view": "yours"}
    return show(request, account, "feed/yours.html", context)


@require_GET
@settled
def saved(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    return show(request, account, "feed/saved.html", {"shown": queries.saved(account, limit=200), "view": "saved"})


@require_GET
@settled
def since(request: HttpRequest, account: Account, household: Household) -> JsonResponse:
    """What changed since `since`, for a page without a stream: `{since, changes: [{what, post, comment}], reload}`.

    `radius` and `post` as of the stream.
    """
    number = live.unseal(request.GET.get("since", ""))
    upto = events.last_number()
    told: dict[str, Any] = {"since": live.seal(upto), "changes": [], "reload": False}
    if number is None or live.is_too_long_ago(number):
        return JsonResponse({**told, "reload": True})
    form = FeedForm(request.GET, usual_radius=queries.USUAL_RADIUS_KM)
    scope = live.scope_of(account, radius_km=form.radius_km, post_ref=request.GET.get("post", ""))
    missed = [change for change in live.after(number) if change.number <= upto and scope.has(change)]
    told["changes"] = [{"what": one.what, "post": one.post, "comment": one.comment} for one in missed]
    return JsonResponse(told)


def _form(request: HttpRequest) -> FeedForm:
    known = {str(km): km for km in queries.RADII_KM}
    return FeedForm(request.GET, usual_radius=known.get(request.COOKIES.get(_RADIUS, ""), queries.USUAL_RADIUS_KM))


def _remembering(form: FeedForm, request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """In a cookie rather than the session, so that looking around writes nothing."""
    if request.COOKIES.get(_RADIUS) != str(form.radius_km) and form.cleaned_data.get("radius"):
        response.set_cookie(
            _RADIUS,
            str(form.radius_km),
            max_age=_RADIUS_LASTS,
            path=reverse("resident:feed"),
            secure=settings.SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _found(reader: Reader, form: FeedForm, before: str, limit: int) -> list[Shown]:
    place = read_place(before)
    if form.words:
        ref = place.ref if place else ""
        return queries.search(reader, form.words, radius_km=form.radius_km, kinds=form.kinds, before=ref, limit=limit)
    return queries.near(
        reader,
        radius_km=form.radius_km,
        kinds=form.kinds,
        nearest_first=form.nearest_first,
        before=place,
        limit=limit,
    )


def _with_removed(request: HttpRequest, reader: Reader, form: FeedForm, found: list[Shown]) -> list[Any]:
    """The page's posts, and where one was removed among them, that it was. Not in what is found by words."""
    if form.words or form.nearest_first:
        stones.with_rulings([one.post for one in found[:SHOWN]])
        return list(found[:SHOWN])
    is_first, is_last = not request.GET.get("before"), len(found) <= SHOWN
    given: dict[str, Any] = {
        "radius_km": form.radius_km,
        "kinds": form.kinds,
        "is_first": is_first,
        "is_last": is_last,
    }
    return list(stones.among(reader, found[:SHOWN], **given))


def _wider(form: FeedForm) -> str:
    """The same with the next larger radius, where there is one."""
    larger = [km for km in queries.RADII_KM if km > form.radius_km]
    return f"?{urlencode({**form.kept, 'radius': larger[0]})}" if larger else ""


def _hexagons(account: Account, groups: list[tuple[int, list[Shown]]], named: dict[str, str]) -> dict[str, Any]:
    """Each cell leads to the part of the page that names its distance. What is for all of town is said in words."""
    place = access.place_of(account)
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "geometry": cells.outline(cell),
            "properties": {"kind": "place", "name": _said(posts), "url": f"#{named[away(posts[0].distance_km)]}"},
        }
        for cell, posts in groups
        if not cells.is_town_wide(cell, place)
    ]
    own = {"kind": "area", "name": _("Your part of town")}
    features.append({"type": "Feature", "geometry": cells.outline(place), "properties": own})
    return {"type": "FeatureCollection", "features": features}


def _said(posts: list[Shown]) -> str:
    count = ngettext("%(count)d post", "%(count)d posts", len(posts)) % {"count": len(posts)}
    return f"{count}: {posts[0].post.title}"


urls = [
    path("neighbors/", feed, name="feed"),
    path("neighbors/map/", feed_map, name="feed_map"),
    path("neighbors/yours/", yours, name="feed_yours"),
    path("neighbors/since/", since, name="feed_since"),
    path("neighbors/saved/", saved, name="feed_saved"),
]
