"""Errors as problem details (RFC 9457): what was wrong, in which field, and the limit that it broke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from goodfences.errors import NotFound, Problem, Refused
from goodfences.people.limits import TooOften
from goodfences.vault.errors import StoreTrouble
from goodfences.web.errors import come_again, is_nul

BUSY_SECONDS = 5
CONTENT_TYPE = "application/problem+json"
_STATUS = {
    "upload.offset": 409,
    "upload.state": 409,
    "upload.missing": 409,
    "upload.incomplete": 409,
    "upload.checksum": 460,
    "quota": 413,
    "health.camera": 404,
}
_TITLES = {
    400: "This is not JSON",
    401: "The token is missing, unknown or revoked",
    404: "There is no such thing here",
    409: "This is not where the upload stands",
    412: "Another version of the protocol is needed",
    413: "This is more than may be kept",
    415: "Another content type is needed",
    422: "This was refused, and nothing was kept",
    429: "That was tried too often",
    460: "The checksum doesn't match",
    503: "The server is busy",
}


def title(status: int) -> str:
    return _TITLES.get(status, "This can't be done")


def answer(status: int, problems: Sequence[Problem] = (), *, detail: str = "") -> JsonResponse:
    """One problem document. `problems` stand in it one by one under `errors`."""
    body = {
        "type": "about:blank",
        "title": title(status),
        "status": status,
        "detail": detail or " ".join(problem.message for problem in problems),
        "errors": [
            {
                "rule": problem.rule,
                "field": problem.field,
                "message": problem.message,
                "limit": problem.limit,
                "value": problem.value,
            }
            for problem in problems
        ],
    }
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)


def refused(error: Refused) -> JsonResponse:
    """What an act refused, under the status that fits its first problem."""
    if isinstance(error, TooOften):
        response = answer(429, error.problems)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    return answer(_STATUS.get(error.problems[0].rule, 422), error.problems)


def not_found() -> JsonResponse:
    """The same answer for what isn't there and for what isn't this device's."""
    return answer(404, detail="There is no such thing for this device.")


def unauthorized() -> JsonResponse:
    response = answer(401, detail="Pair the device again: the resident's page shows a code.")
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def busy() -> JsonResponse:
    response = answer(
        503, detail="As many uploads as the server takes at once are under way. Nothing of this one came in."
    )
    response.headers["Retry-After"] = str(BUSY_SECONDS)
    return response


def store_away(trouble: StoreTrouble) -> HttpResponse:
    return come_again(answer(503, detail="The server can't keep files now. What it acknowledged is safe."), trouble)


def too_large() -> JsonResponse:
    limit = f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes"
    return answer(413, [Problem("body.size", "body", f"The body has at most {limit}.", limit=limit)])


def install(api: NinjaAPI) -> None:
    """Answer every error of `api` in this form."""

    @api.exception_handler(Refused)
    def _refused(_request: HttpRequest, error: Refused) -> JsonResponse:
        return refused(error)

    @api.exception_handler(NotFound)
    def _not_found(_request: HttpRequest, _error: NotFound) -> JsonResponse:
        return not_found()

    @api.exception_handler(DataError)
    def _named_with_a_nul(_request: HttpRequest, error: DataError) -> JsonResponse:
        if is_nul(error):
            return not_found()
        raise error

    @api.exception_handler(AuthenticationError)
    def _unauthorized(_request: HttpRequest, _error: AuthenticationError) -> JsonResponse:
        return unauthorized()

    @api.exception_handler(StoreTrouble)
    def _store_away(_request: HttpRequest, error: StoreTrouble) -> HttpResponse:
        return store_away(error)

    @api.exception_handler(RequestDataTooBig)
    def _too_large(_request: HttpRequest, _error: RequestDataTooBig) -> JsonResponse:
        return too_large()

    @api.exception_handler(HttpError)
    def _unreadable(_request: HttpRequest, error: HttpError) -> JsonResponse:
        return answer(error.status_code, detail=f"{error}.")

    @api.exception_handler(ValidationError)
    def _invalid(_request: HttpRequest, error: ValidationError) -> JsonResponse:
        return invalid(error.errors)


def invalid(found: Sequence[Mapping[str, Any]]) -> JsonResponse:
    """What pydantic found wrong with the fields."""
    return answer(422, [_problem(each) for each in found])


def _problem(error: Mapping[str, Any]) -> Problem:
    place = error.get("loc")
    field = str(place[-1]) if isinstance(place, list | tuple) and place else ""
    return Problem("body.invalid", field, f"{field}: {error.get('msg', 'is not valid')}.")
