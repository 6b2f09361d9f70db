"""Each module of views brings a list of its own."""

from django.urls import URLPattern, URLResolver

from goodfences.web.staff.views import (
    agencies,
    applications,
    demands,
    moderation,
    neighbors,
    oversight,
    overview,
    warnings,
)

app_name = "staff"

urlpatterns: list[URLPattern | URLResolver] = [
    *overview.urls,
    *agencies.urls,
    *applications.urls,
    *oversight.urls,
    *demands.urls,
    *moderation.urls,
    *neighbors.urls,
    *warnings.urls,
]
