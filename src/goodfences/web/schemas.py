"""What a person's export means, for any program that reads one."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from goodfences.people import export


@require_safe
@cache_control(public=True, max_age=3600)
def export_schema(request: HttpRequest) -> JsonResponse:
    """The JSON Schema of an export."""
    return JsonResponse(export.schema(), content_type="application/schema+json", json_dumps_params={"indent": 2})


urlpatterns = [path(export.SCHEMA_PATH.lstrip("/"), export_schema, name="export_schema")]
