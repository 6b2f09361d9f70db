"""What becomes of the errors that acts raise and no view catches."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import cast

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import page_not_found

from goodfences.errors import NotFound
from goodfences.vault.errors import StoreTrouble

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 30
"""After which whoever met a store in trouble may come again."""


class NotFoundMiddleware:
    """A private thing that isn't the reader's answers exactly as one that doesn't exist: 404.

    So does whatever is named with a NUL: SQLite finds nothing by that name, PostgreSQL refuses to look. A store in
    trouble is nobody's fault who reads, and passes: 503.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, StoreTrouble):
            return come_again(render(request, "500.html", status=503), exception)
        return page_not_found(request, exception) if isinstance(exception, NotFound) or is_nul(exception) else None


def come_again(response: HttpResponse, trouble: StoreTrouble) -> HttpResponse:
    """The response, which says when to come again; the operator's log says what the store's trouble is."""
    logger.warning("%s", trouble)
    response.headers["Retry-After"] = str(AGAIN_SECONDS)
    return response


def is_nul(exception: Exception) -> bool:
    """Whether the database refused a text for its NUL characters, which no text that anybody types has."""
    refusal = cast(
        "tuple[type[Exception], str] | None", connection.features.prohibits_null_characters_in_text_exception
    )
    return refusal is not None and isinstance(exception, refusal[0]) and refusal[1] in str(exception)
