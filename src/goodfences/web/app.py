"""What makes the pages an app on a phone: the manifest, the worker at the root, and the page for no network."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

import goodfences
from goodfences.errors import NotFound
from goodfences.web.splash import GROUNDS
from goodfences.web.templatetags.goodfences import ENTRY, PRELOADED

WORKER = "src/sw.ts"


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """By which a phone installs the app (W3C, Web Application Manifest), in the reader's language."""
    told = {
        "id": "/",
        "name": settings.INSTANCE_NAME,
        "short_name": settings.INSTANCE_NAME[:12],
        "description": _("Your cameras, your clips, your choice."),
        "lang": translation.get_language(),
        "start_url": reverse("resident:today"),
        "scope": "/",
        "display": "standalone",
        "background_color": GROUNDS["light"],
        "theme_color": GROUNDS["light"],
        "categories": ["security", "utilities"],
        "icons": [
            _icon("app-192", 192),
            _icon("app-512", 512),
            _icon("maskable-512", 512, "maskable"),
        ],
        "shortcuts": [
            {"name": _("Requests"), "url": reverse("resident:asks")},
            {"name": _("Add a video"), "url": reverse("resident:upload_video")},
        ],
        "share_target": {
            "action": reverse("resident:upload_shared"),
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {"files": [{"name": "video", "accept": ["video/*", ".mp4", ".mov"]}]},
        },
    }
    return JsonResponse(told, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


def _icon(name: str, pixels: int, purpose: str = "any") -> dict[str, str]:
    size = f"{pixels}x{pixels}"
    return {"src": static(f"icons/{name}.png"), "sizes": size, "type": "image/png", "purpose": purpose}


@require_safe
@never_cache
def worker(request: HttpRequest) -> HttpResponse:
    """The worker, at the root so that it reaches every page, with what it may keep written before it."""
    try:
        script = settings.FRONTEND_DIST / _built(WORKER)["file"]
        shell = _shell()
    except (OSError, KeyError) as error:
        raise NotFound from error  # the front end was never built
    content = f"self.SHELL={json.dumps(shell)};\n{script.read_text()}"
    return HttpResponse(content, content_type="text/javascript; charset=utf-8")


def _shell() -> dict[str, Any]:
    built = _built(ENTRY)
    names = [built["file"], *built.get("css", []), *(_built(font)["file"] for font in PRELOADED)]
    files = [static(name) for name in names]
    told = json.dumps([files, translation.get_language(), goodfences.__version__])
    return {
        "version": hashlib.sha256(told.encode()).hexdigest()[:12],
        "offline": reverse("offline"),
        "day": reverse("resident:day_text"),
        "home": reverse("resident:today"),
        "shared": reverse("resident:upload_shared"),
        "upload": reverse("resident:upload_video"),
        "out": reverse("account_logout"),
        "files": files,
    }


def _built(source: str) -> dict[str, Any]:
    """What the build made of a source file, as its manifest says."""
    manifest = json.loads((settings.FRONTEND_DIST / "manifest.json").read_text())
    found: dict[str, Any] = manifest[source]
    return found


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the app shows where there is no network and it has nothing of that page."""
    return render(request, "offline.html")


urlpatterns = [
    path("app.webmanifest", manifest, name="manifest"),
    path("sw.js", worker, name="worker"),
    path("offline/", offline, name="offline"),
]
