"""Traces are sent where the operator says, and hold routes and times alone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests import migrated
from tests.environment import child_environment

PROGRAM = """
import sys
import django
django.setup()
from django.conf import settings
from django.test import Client
from goodfences.worker import Duty, Worker
client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
theirs = {"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"}
client.get("/e/a-secret-token/?who=olive@example.org", headers=theirs)
client.get("/nowhere/olive@example.org/")
client.generic("olive@example.org", "/healthz")
def broken(limit):
    raise ValueError("olive@example.org")
Worker()._once(Duty("done", "", limit=1), lambda limit: 2)
Worker()._once(Duty("idle", "", limit=1), lambda limit: 0)
Worker()._once(Duty("broken", "", limit=1), broken)
if settings.TRACES:
    from goodfences import traces
    traces._tracer().span_processor.force_flush()
else:
    assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """A collector's address, and what it was sent."""
    sent: list[bytes] = []

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Takes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/traces", sent
    server.shutdown()
    server.server_close()


def run(state: Path, **environment: str) -> None:
    migrated.into(state)
    environment |= {"GOODFENCES_STATE": str(state), "DJANGO_SETTINGS_MODULE": "goodfences.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**child_environment(), **environment}, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()


def test_spans_name_routes_and_duties_and_nothing_that_anybody_brought(
    collector: tuple[str, list[bytes]], tmp_path: Path
) -> None:
    address, sent = collector
    run(tmp_path, GOODFENCES_TRACES=address)
    content = b"".join(sent)
    spans = [
        span
        for body in sent
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    named = {span.name for span in spans}
    assert named == {"GET /e/<str:token>/", "GET no address of ours", "_OTHER /healthz", "done", "broken"}
    assert all(span.end_time_unix_nano > span.start_time_unix_nano for span in spans)
    keys = {fact.key for span in spans for fact in span.attributes}
    assert keys == {"http.request.method", "http.route", "http.response.status_code", "worker.done", "error.type"}
    for brought in (b"olive", b"a-secret-token", b"a" * 32, os.uname().nodename.encode(), b"who="):
        assert brought not in content


def test_without_a_collector_nothing_of_it_is_imported(tmp_path: Path) -> None:
    run(tmp_path)
