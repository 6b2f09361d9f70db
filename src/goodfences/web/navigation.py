"""What the bar at the top of a page leads to, for each kind of reader."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest
from django.urls import NoReverseMatch, URLResolver, get_resolver, get_script_prefix, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Item:
    """One link. `count` names an entry of the template variable `nav_counts`, shown beside the label.

    It is current on the pages below its own, and on those below `also`, which lie elsewhere.
    """

    label: str | Promise
    url_name: str
    count: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """An item as it is shown to one reader on one page."""

    label: str | Promise
    url: str
    current: str
    count: int
    nearness: int = 0


OF_THE_AGENCY = tuple(f"portal:{name}" for name in ("officers", "log", "reviews", "neighborhood", "key", "leave"))
ITEMS: dict[str, list[Item]] = {
    "public": [
        Item(_("Public record"), "public:requests"),
        Item(_("Agencies"), "public:agencies"),
        Item(_("Policy"), "public:policy"),
    ],
    "resident": [
        Item(_("Today"), "resident:today"),
        Item(_("Requests"), "resident:asks", count="asks"),
        Item(_("Cameras"), "resident:cameras"),
        Item(_("Neighbors"), "resident:feed"),
    ],
    "officer": [
        Item(_("Requests"), "portal:requests"),
        Item(_("Appeals"), "portal:appeals"),
        Item(_("Posts"), "portal:posts"),
        Item(_("Warnings"), "portal:warnings"),
        Item(_("Agency"), "portal:agency", also=OF_THE_AGENCY),
        Item(_("Public record"), "public:requests"),
    ],
    "moderator": [
        Item(_("Moderation"), "staff:reports", count="reports"),
        Item(_("Neighbors’ requests"), "staff:neighbors", count="neighbors"),
        Item(_("Public record"), "public:requests"),
    ],
    "operator": [
        Item(_("Overview"), "staff:overview"),
        Item(_("Agencies"), "staff:agencies", also=("staff:applications",)),
        Item(_("Legal demands"), "staff:demands"),
        Item(_("Warnings"), "staff:warnings"),
        Item(_("Public record"), "public:requests"),
    ],
    "overseer": [
        Item(_("Oversight"), "oversight:agencies"),
        Item(_("Public record"), "public:requests"),
    ],
}
# Leads back to the choice of people; the page exists in demo mode only.
DEMO = Item(_("Demo town"), "demo:guide")
ACCOUNT = {
    "public": "account_login",
    "resident": "resident:settings",
    **dict.fromkeys(("officer", "moderator", "operator", "overseer"), "signing_in"),
}


def kind_of(request: HttpRequest | None) -> str:
    """`resident`, `officer`, `moderator` or `operator` for a signed-in reader, `public` for everyone else."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return "public"
    kind: str = user.kind
    return kind


def address(url_name: str) -> str:
    """The path of `url_name`, or nothing where this instance has no such page."""
    return _address(url_name, get_script_prefix(), get_resolver(get_urlconf()))


@lru_cache(maxsize=1024)
def _address(url_name: str, prefix: str, pages: URLResolver) -> str:
    """Kept, as every page asks for those of all its links: the same for one prefix and one set of pages."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def links(request: HttpRequest | None, counts: dict[str, int]) -> list[Link]:
    """The reader's links; one whose page this instance does not have is left out."""
    path = request.path if request is not None else ""
    shown = []
    for item in (*ITEMS[kind_of(request)], DEMO):
        url = address(item.url_name)
        if url:
            above = [
                each for each in (url, *map(address, item.also)) if each not in ("", "/") and path.startswith(each)
            ]
            current = "page" if url == path else "true" if above else ""
            nearness = max(map(len, above), default=0)
            shown.append(Link(item.label, url, current, counts.get(item.count, 0), nearness))
    return _only_nearest(shown)


def _only_nearest(shown: list[Link]) -> list[Link]:
    """At most one link is current: the one with the longest path above this page's."""
    nearest = max((link for link in shown if link.current), key=lambda link: link.nearness, default=None)
    return [
        link if link is nearest or not link.current else Link(link.label, link.url, "", link.count) for link in shown
    ]
