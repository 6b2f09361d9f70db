"""Each module of views brings a list of its own."""

from django.urls import URLPattern, URLResolver

from goodfences.web.portal.views import agency, deciding, posts, requests, shared, writing

app_name = "portal"

# Writing comes first: `requests/new/` is no reference of a request.
urlpatterns: list[URLPattern | URLResolver] = [
    *writing.urls,
    *requests.urls,
    *deciding.urls,
    *shared.urls,
    *posts.urls,
    *agency.urls,
]
