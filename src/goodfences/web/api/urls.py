"""The device API, version 1. Its description is at /api/v1/openapi.json."""

from django.urls import URLPattern, URLResolver
from django.views.decorators.http import require_safe

from goodfences.web.api import asks, devices, errors, health, tus
from goodfences.web.api.described import DescribedAPI

app_name = "api"

api = DescribedAPI(
    title="Goodfences device API",
    version="1",
    description="For hubs and cameras. Uploads go over tus 1.0.0 at uploads/; docs/api.md walks through a whole one.",
    urls_namespace=app_name,
    docs_url=None,
    docs_decorator=require_safe,
)
api.add_router("", devices.router)
api.add_router("", health.router)
api.add_router("", asks.router)
errors.install(api)

# In this module's own namespace: ninja looks its addresses up by one name, and one inside another has two.
urlpatterns: list[URLPattern | URLResolver] = [*tus.urlpatterns, *api.urls[0]]
