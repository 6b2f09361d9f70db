"""`/healthz` and `/readyz`, for whoever restarts programs and sends them visitors: yes or no, and nothing else."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.urls import path, resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from goodfences.vault import blobs

logger = logging.getLogger("goodfences.ready")

_AGAIN_SECONDS = 5.0
"""Anybody may ask: the database and the store are asked this often at most."""


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """This program answers. Whoever hears nothing restarts it."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    """Database, migrations and store are there, so that visitors can be sent here; 503 while they aren't."""
    ready = _readiness.asked()
    return HttpResponse("ok\n" if ready else "not ready\n", status=200 if ready else 503, content_type="text/plain")


class Readiness:
    """Asks at most every few seconds, one thread at a time. Migrations that were there once aren't asked about again:
    those of a newer version, beside which this one still runs, are none of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._ready = self._migrated = False

    def asked(self) -> bool:
        with self._lock:
            if time.monotonic() - self._asked_at >= _AGAIN_SECONDS:
                self._ready = self._look()
                self._asked_at = time.monotonic()
            return self._ready

    def _look(self) -> bool:
        try:
            self._migrated = self._migrated or _is_migrated()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            blobs.store().folders("ready")
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody should be sent here
            logger.error("not ready: %s", type(error).__name__)
            return False
        return self._migrated


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


_readiness = Readiness()


class AliveMiddleware:
    """Answers both under whatever name: a balancer or a service manager asks by an address, which
    `GOODFENCES_HOSTS` need not hold.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = {"/healthz": healthz, "/readyz": readyz}.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        request.resolver_match = resolve(request.path_info)  # by which logs and traces call it
        return answer(request)


urlpatterns = [path("healthz", healthz, name="healthz"), path("readyz", readyz, name="readyz")]
