"""Each module of views brings a list of its own."""

from django.urls import URLPattern, URLResolver

from goodfences.web.staff.views import agencies, moderation, overview, warnings

app_name = "staff"

urlpatterns: list[URLPattern | URLResolver] = [*overview.urls, *agencies.urls, *moderation.urls, *warnings.urls]
