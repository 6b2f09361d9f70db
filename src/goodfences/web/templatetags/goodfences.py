"""The tags of the design system. `{% load goodfences %}`; docs/design-system.md says how to use each."""

from __future__ import annotations

import logging
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_vite.core.asset_loader import DjangoViteAssetLoader
from django_vite.core.exceptions import DjangoViteAssetNotFoundError, DjangoViteManifestError

from goodfences.web import navigation

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
        "account_url": navigation.address(navigation.ACCOUNT.get(kind, "account_login")),
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
    miles = square_meters / 2_589_988.110336
    return format_html(
        '<span title="{} km²">{} square miles</span>', _figure(square_meters / 1_000_000), _figure(miles)
    )


def _figure(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
