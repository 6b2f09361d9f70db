"""The API's description of itself (OpenAPI): which status may come of which call, refusals included."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from goodfences.web.api import errors

_TEXT = {"type": "string"}
_PROBLEM = {
    "title": "Problem",
    "type": "object",
    "required": ["rule", "field", "message", "limit", "value"],
    "properties": dict.fromkeys(("rule", "field", "message", "limit", "value"), _TEXT),
    "additionalProperties": False,
}
_PROBLEMS = {
    "title": "Problems",
    "description": "Problem details (RFC 9457); every problem that was found stands in `errors`",
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        **dict.fromkeys(("type", "title", "detail"), _TEXT),
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Problem"}},
    },
    "additionalProperties": False,
}
_BESIDES = {
    ("pair", "post"): (404, 429),
    ("clips", "post"): (404,),
    ("finish", "post"): (409, 422, 503),
    ("health", "put"): (404,),
    ("asks", "get"): (422,),
    ("share", "post"): (409,),
    ("decline", "post"): (409,),
}
"""By the last word of the address and the method: what nothing in the call's own description tells."""


class DescribedAPI(NinjaAPI):
    """An API that also says how it refuses."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        document["components"]["schemas"].update(Problem=_PROBLEM, Problems=_PROBLEMS)
        for path, calls in document["paths"].items():
            for method, call in calls.items():
                statuses = _statuses(call) | set(_BESIDES.get((path.rpartition("/")[2], method), ()))
                call["responses"].update((str(status), _refusal(status)) for status in sorted(statuses))
        return document


def _statuses(call: dict[str, Any]) -> set[int]:
    found = {401} if call.get("security") else set()
    if "requestBody" in call:
        found |= {400, 413, 422}
    if any(each["in"] == "path" for each in call["parameters"]):
        found |= {404}
    return found


def _refusal(status: int) -> dict[str, Any]:
    content = {errors.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problems"}}}
    return {"description": errors.title(status), "content": content}
