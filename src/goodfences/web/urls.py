"""Every address of the instance. tests/web/test_routes_by_role.py fails when one has no row."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from goodfences.web import (
    alive,
    app,
    hand_in,
    language,
    links,
    mail_events,
    media,
    metrics,
    schemas,
    signing_in,
    styleguide,
    tiles,
)
from goodfences.web.api import scim

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("goodfences.web.public.urls")),
    path("", include("goodfences.web.resident.urls")),
    path("apply/", include("goodfences.web.joining.urls")),
    path("oversight/", include("goodfences.web.oversight.urls")),
    path("portal/", include("goodfences.web.portal.urls")),
    path("staff/", include("goodfences.web.staff.urls")),
    path("api/v1/", include("goodfences.web.api.urls")),
    path("api/scim/v2/<path:path>", scim.serve, name="scim"),
    *signing_in.urlpatterns,
    *links.urlpatterns,
    *hand_in.urlpatterns,
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("language/", language.choose, name="language"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("map/town.pmtiles", tiles.town, name="map_tiles"),
    *media.urlpatterns,
    *mail_events.urlpatterns(),
    *metrics.urlpatterns,
    *alive.urlpatterns,
    *app.urlpatterns,
    *schemas.urlpatterns,
    path("styleguide/", styleguide.show, name="styleguide"),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("goodfences.demo.urls")))
