"""SCIM 2.0 (RFC 7643, 7644) for an agency's directory: Users, and what describes them. docs/officers.md.

The models, the reading of patches and filters, and what may be returned are scim2-models'. Attributes that aren't in
our schema are ignored, but `employeeNumber` of the enterprise extension, which is a joiner's badge.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DataError, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from goodfences.agencies.models import Agency, Officer
from goodfences.errors import NotFound, Refused
from goodfences.officers import directory
from goodfences.web.errors import is_nul

if TYPE_CHECKING:
    from goodfences.web.api import scim_schema

CONTENT_TYPE = "application/scim+json"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
A_PAGE = 100


class _No(Exception):
    """An error document."""

    def __init__(self, status: int, detail: str, kind: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind


@csrf_exempt
@never_cache
def serve(request: HttpRequest, path: str) -> HttpResponse:
    """Every address of the service."""
    from goodfences.web.api import scim_schema as schema

    try:
        agency = _agency(request)
        with transaction.atomic(), schema.POLICY:
            return _answer(request, schema, agency, path.strip("/").split("/"))
    except _No as no:
        return _error(no.status, no.detail, no.kind)
    except NotFound:
        return _error(404, "There is no such resource.")
    except Refused as refused:
        taken = refused.problems[0].rule == "directory.taken"
        return _error(409 if taken else 400, str(refused), "uniqueness" if taken else "invalidValue")
    except DataError as error:
        if not is_nul(error):
            raise
        return _error(404, "There is no such resource.")
    except (ValueError, schema.SCIMException) as error:
        status = getattr(error, "status", 400)
        kind = getattr(error, "scim_type", "") or "invalidSyntax"
        return _error(int(status), str(error)[:300], kind)


def _agency(request: HttpRequest) -> Agency:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        return directory.agency_of(token.strip() if scheme.lower() == "bearer" else "")
    except NotFound:
        raise _No(401, "The token is missing, unknown or replaced.") from None


def _answer(request: HttpRequest, schema: Any, agency: Agency, parts: list[str]) -> HttpResponse:
    name, rest = parts[0], parts[1:]
    described = {"ServiceProviderConfig": schema.config, "ResourceTypes": schema.types, "Schemas": schema.schemas}
    if name in described and len(rest) < 2:
        _allow(request, "GET")
        return _described(described[name](_base()), rest[0] if rest else "")
    if name == ".search" and not rest:
        raise _No(501, "Search a resource type by GET.")
    if name != "Users" or len(rest) > 1:
        raise NotFound
    if not rest:
        _allow(request, "GET", "POST")
        return _list(request, schema, agency) if request.method == "GET" else _create(request, schema, agency)
    _allow(request, "GET", "PUT", "PATCH", "DELETE")
    officer = directory.person(agency, rest[0])
    if request.method == "DELETE":
        directory.remove(agency, officer.ref)
        return HttpResponse(status=204)
    if request.method != "GET":
        officer = _change(request, schema, agency, officer)
    return _json(_shown(request, schema, officer))


def _allow(request: HttpRequest, *methods: str) -> None:
    if request.method not in methods:
        raise _No(405, f"This takes {', '.join(methods)}.")


def _described(found: Any, which: str) -> HttpResponse:
    if not isinstance(found, list):
        if which:
            raise NotFound
        return _json(found)
    if not which:
        return _json(_many(found, len(found), 1))
    one = next((each for each in found if which in (each["id"], each.get("name"))), None)
    if one is None:
        raise NotFound
    return _json(one)


def _list(request: HttpRequest, schema: Any, agency: Agency) -> HttpResponse:
    try:
        asked = schema.SearchRequest[schema.User].model_validate(_asked(request))
    except ValueError as error:
        raise _No(400, str(error)[:300], "invalidFilter" if "filter" in request.GET else "invalidValue") from None
    people = [schema.user_of(officer, _base()) for officer in directory.people_of(agency).select_related("account")]
    if asked.filter:
        people = [one for one in people if asked.filter.match(one)]
    first = max(asked.start_index or 1, 1)
    count = A_PAGE if asked.count is None else max(0, min(asked.count, A_PAGE))
    page = people[first - 1 : first - 1 + count]
    return _json(_many([_dumped(one, schema, asked) for one in page], len(people), first))


def _asked(request: HttpRequest) -> dict[str, Any]:
    asked: dict[str, Any] = dict(request.GET.items())
    for name in ("attributes", "excludedAttributes"):
        if name in asked:
            asked[name] = asked[name].split(",")
    return asked


def _create(request: HttpRequest, schema: Any, agency: Agency) -> HttpResponse:
    body = _body(request)
    asked = schema.User.model_validate(body, scim_ctx=schema.Context.RESOURCE_CREATION_REQUEST)
    officer = directory.join(agency, schema.said_by(asked, badge=_badge(body)))
    shown = _shown(request, schema, officer)
    response = _json(shown, status=201)
    response.headers["Location"] = shown["meta"]["location"] if "meta" in shown else ""
    return response


def _change(request: HttpRequest, schema: Any, agency: Agency, officer: Officer) -> Officer:
    user = schema.user_of(officer, _base())
    if request.method == "PUT":
        body = _body(request)
        asked = schema.User.model_validate(body, scim_ctx=schema.Context.RESOURCE_REPLACEMENT_REQUEST)
        asked.replace(user)
        return directory.change(agency, officer.ref, schema.said_by(asked, badge=_badge(body)))
    patch = schema.PatchOp[schema.User].model_validate(_body(request), scim_ctx=schema.Context.RESOURCE_PATCH_REQUEST)
    patch.patch(user)
    return directory.change(agency, officer.ref, schema.said_by(user))


def _badge(body: dict[str, Any]) -> str:
    extension = body.get(ENTERPRISE)
    return str(extension.get("employeeNumber", "")) if isinstance(extension, dict) else ""


def _shown(request: HttpRequest, schema: Any, officer: Officer) -> dict[str, Any]:
    asked = schema.ResponseParameters[schema.User].model_validate(_asked(request))
    return _dumped(schema.user_of(officer, _base()), schema, asked)


def _dumped(user: scim_schema.User, schema: Any, asked: Any) -> dict[str, Any]:
    context = schema.Context.RESOURCE_QUERY_RESPONSE
    dumped: dict[str, Any] = user.model_dump(scim_ctx=context, response_parameters=asked)
    return dumped


def _many(resources: list[dict[str, Any]], total: int, first: int) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": first,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):  # what is nested too deep to be read
        raise _No(400, "This is not JSON.", "invalidSyntax") from None
    if not isinstance(body, dict):
        raise _No(400, "This is no resource.", "invalidSyntax")
    return body


def _base() -> str:
    return f"{settings.SITE_URL}/api/scim/v2"


def _json(content: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(json.dumps(content), status=status, content_type=CONTENT_TYPE)


def _error(status: int, detail: str, kind: str = "") -> HttpResponse:
    content = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    response = _json({**content, **({"scimType": kind} if (kind and status == 400) or status == 409 else {})}, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
