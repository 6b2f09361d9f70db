"""Each module of views brings a list of its own."""

from django.urls import URLPattern, URLResolver

from goodfences.web.portal.views import (
    aftermath,
    agency,
    appeals,
    auditing,
    coming_in,
    deciding,
    key,
    posts,
    provider,
    provider_settings,
    requests,
    shared,
    warnings,
    writing,
)

app_name = "portal"

# Writing comes first: `requests/new/` is no reference of a request.
urlpatterns: list[URLPattern | URLResolver] = [
    *writing.urls,
    *requests.urls,
    *deciding.urls,
    *shared.urls,
    *aftermath.urls,
    *appeals.urls,
    *posts.urls,
    *warnings.urls,
    *provider.urls,
    *provider_settings.urls,
    *agency.urls,
    *key.urls,
    *auditing.urls,
    *coming_in.urls,
]
