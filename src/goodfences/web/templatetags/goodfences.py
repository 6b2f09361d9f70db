"""The tags of the design system. `{% load goodfences %}`; docs/design-system.md says how to use each."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_vite.core.asset_loader import DjangoViteAssetLoader
from django_vite.core.exceptions import DjangoViteAssetNotFoundError, DjangoViteManifestError

from goodfences import places
from goodfences.people import browsers
from goodfences.web import moments, navigation, showing, splash

register = template.Library()
logger = logging.getLogger(__name__)

ENTRY = "src/main.ts"
_FONTS = "node_modules/@fontsource-variable/"
PRELOADED = (
    _FONTS + "atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2",
    _FONTS + "fraunces/files/fraunces-latin-wght-normal.woff2",
)
_said_missing = False


@register.simple_tag
def frontend() -> SafeString:
    """Links to the built styles, fonts and scripts.

    A server whose front end was never built still answers, with bare pages: the log says how to build it.
    """
    loader = DjangoViteAssetLoader.instance()
    try:
        fonts = format_html_join(
            "\n",
            '<link rel="preload" as="font" type="font/woff2" href="{}" crossorigin>',
            ((loader.generate_vite_asset_url(font),) for font in PRELOADED),
        )
        # django-vite escapes what it puts in these elements.
        return SafeString(fonts + "\n" + loader.generate_vite_asset(ENTRY))
    except (DjangoViteManifestError, DjangoViteAssetNotFoundError) as error:
        _say_missing(error)
        return SafeString()


@register.simple_tag
def theme_colors() -> SafeString:
    """The color of what a browser draws around the page."""
    metas = ((color, scheme) for scheme, color in splash.GROUNDS.items())
    return format_html_join("", '<meta name="theme-color" content="{}" media="(prefers-color-scheme: {})">', metas)


@register.simple_tag(takes_context=True)
def splashes(context: template.Context) -> SafeString:
    """What an iPhone shows while the app opens from its home screen; nothing, and so no weight, for all others."""
    request = context.get("request")
    if request is None or "iPhone" not in request.headers.get("User-Agent", ""):
        return SafeString()
    pictures = ((static(f"icons/{each.name}.png"), each.media) for each in splash.SPLASHES)
    links = format_html_join("", '<link rel="apple-touch-startup-image" href="{}" media="{}">', pictures)
    standalone = ((name,) for name in ("mobile-web-app-capable", "apple-mobile-web-app-capable"))
    return format_html("{}{}", format_html_join("", '<meta name="{}" content="yes">', standalone), links)


@register.simple_tag
def frontend_styles() -> SafeString:
    """Links to the built styles and fonts alone, for a page that runs no script."""
    return SafeString("\n".join(re.findall(r"<link (?![^>]*modulepreload)[^>]+>", frontend())))


def _say_missing(error: Exception) -> None:
    global _said_missing
    if not _said_missing:
        logger.error("Pages have no styles or scripts: run `npm ci && npm run build` in frontend/. (%s)", error)
        _said_missing = True


@register.inclusion_tag("components/nav.html", takes_context=True)
def site_nav(context: template.Context) -> dict[str, Any]:
    """The links of the bar, for the reader's kind. A view may put `nav_counts` in the context."""
    request = context.get("request")
    kind = navigation.kind_of(request)
    user = getattr(request, "user", None)
    name = getattr(user, "name", "") or getattr(user, "email", "")
    return {
        "kind": kind,
        "links": navigation.links(request, context.get("nav_counts") or {}),
        "account_url": navigation.address(navigation.ACCOUNT[kind]),
        "initials": initials(name),
        "waiting": sum((context.get("nav_counts") or {}).values()),
        "path": request.path if request is not None else "",
    }


def initials(name: str) -> str:
    """At most two letters that stand for a person in a circle."""
    words = name.split("@")[0].replace(".", " ").replace("_", " ").split()
    if not words:
        return ""
    letters = words[0][:2] if len(words) == 1 else words[0][0] + words[-1][0]
    return letters.upper()


@register.simple_tag
def address(url_name: str) -> str:
    """The path of a page, or nothing where this instance has no such page."""
    return navigation.address(url_name)


@register.inclusion_tag("components/seal.html")
def seal(text: str, url: str = "") -> dict[str, str]:
    """The mark of something that the public ledger proves."""
    return {"text": text, "url": url}


@register.simple_tag
def square_miles(square_meters: float) -> SafeString:
    """An area in square miles, with square kilometers on hover."""
    miles = _figure(square_meters / places.SQUARE_METERS_A_SQUARE_MILE)
    words = _("%(miles)s square miles") % {"miles": miles}
    return format_html('<span title="{} km²">{}</span>', _figure(square_meters / 1_000_000), words)


@register.simple_tag
def area(square_meters: float) -> SafeString:
    """An area in the reader's own unit, with the other on hover."""
    if showing.counts_in_miles():
        return square_miles(square_meters)
    kilometers = _figure(square_meters / 1_000_000)
    miles = _figure(square_meters / places.SQUARE_METERS_A_SQUARE_MILE)
    other = _("%(miles)s square miles") % {"miles": miles}
    words = _("%(kilometers)s square kilometers") % {"kilometers": kilometers}
    return format_html('<span title="{}">{}</span>', other, words)


def _figure(value: float) -> str:
    # Rounded first: Django's number_format cuts the digits off.
    return number_format(places.rounded(value), 3 if value < 0.1 else 2)


@register.simple_tag
def when(at: datetime, style: str = "") -> SafeString:
    """A moment in the reader's zone. `style`: "" for the day's name, "short" for tables, "seconds" for custody."""
    text = showing.moment(at, short=style in ("short", "seconds"), seconds=style == "seconds")
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), text)


@register.simple_tag
def clock(at: datetime, style: str = "") -> SafeString:
    """The time of day alone, where the day is plain from the page. `style`: "" or "seconds"."""
    text = showing.clock(at, seconds=style == "seconds")
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), text)


@register.filter
def browser_name(name: str) -> str:
    """`Firefox on Linux`, in the reader's language."""
    return browsers.shown(name)


@register.filter
def near(meters: int) -> str:
    """A short distance, in the reader's unit."""
    return showing.near(meters)


@register.filter
def moment_text(at: datetime) -> str:
    """A moment as plain text, for attributes and translated sentences: `Tuesday, November 24, 2:10 am`."""
    return showing.moment(at)


@register.filter
def clock_text(at: datetime) -> str:
    """The time of day as plain text: `2:10 am`."""
    return showing.clock(at)


@register.simple_tag
def between(starts_at: datetime, ends_at: datetime, style: str = "") -> str:
    """A window: `Tuesday, November 24, 2:10 to 3:40 am`. Styles as in `when`."""
    return showing.window(starts_at, ends_at, short=style in ("short", "seconds"), seconds=style == "seconds")


@register.filter
def day(at: datetime) -> str:
    """`Tuesday, November 24` in the reader's zone."""
    return showing.day(at)


@register.filter
def length(milliseconds: int) -> str:
    """How long a clip is: `0:18`."""
    return showing.length(milliseconds)


@register.inclusion_tag("components/strip.html")
def strip(starts_at: datetime, ends_at: datetime, spans: Iterable[Any], label: str) -> dict[str, Any]:
    """The time line of a window.

    Each span has `starts_at`, `ends_at` and may have `label`, `chosen`, `gap` (attributes or keys). `label` says
    in words what the time line shows.
    """
    marks, ticks = showing.marks(starts_at, ends_at, spans), showing.ticks(starts_at, ends_at)
    return {"marks": marks, "ticks": ticks, "label": label}


@register.inclusion_tag("components/area_map.html")
def area_map(geojson: Any, label: str, *, url: str = "", fit: str = "data", id: str = "map-data") -> dict[str, Any]:
    """A map of GeoJSON: a dict, or with `url` what is fetched from there. docs/design-system.md lists its kinds.

    `label` is the map's accessible name. `id` must be unique on the page. `fit` is `data` or `town`.
    """
    return {"geojson": geojson, "label": label, "url": url, "fit": fit, "data_id": id}


@register.inclusion_tag("components/player.html")
def player(src: str, label: str, poster: str = "", id: str = "") -> dict[str, Any]:
    """A video with calm controls."""
    return {"src": src, "label": label, "poster": poster, "id": id}


@register.inclusion_tag("components/trim.html")
def trim(
    duration_ms: int,
    keyframes: list[int],
    starts_at: datetime,
    *,
    prefix: str = "",
    starts_ms: int = 0,
    ends_ms: int | None = None,
    exact: bool = False,
    exact_max_ms: int = 0,
    player: str = "",
    always_exact: bool = False,
) -> dict[str, Any]:
    """Two handles that choose what of a clip leaves; form fields `starts`, `ends`, `exact` behind `prefix`.

    The two are posted as people type them (`0:07.3`, see web/moments.py).

    `keyframes` are milliseconds into the clip, `starts_at` is when it begins, `player` the id of its player,
    `exact_max_ms` the longest exact cut; `always_exact` leaves no choice of key frames.
    """
    return {
        "duration_ms": duration_ms,
        "keyframes": json.dumps(keyframes),
        "starts_at": timezone.localtime(starts_at),
        "time_zone": timezone.get_current_timezone_name(),
        "prefix": prefix,
        "starts": moments.written(starts_ms),
        "ends": moments.written(duration_ms if ends_ms is None else ends_ms),
        "exact": exact,
        "exact_max_ms": exact_max_ms,
        "player": player,
        "always_exact": always_exact,
    }
