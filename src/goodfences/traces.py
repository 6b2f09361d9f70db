"""Traces by OpenTelemetry, where the operator names a collector (GOODFENCES_TRACES); else nothing of it is imported.

A span is a request, or a batch of the worker's work, named by its route or its duty. It holds what stands in the code
(route, duty, type of an error), status and times, and nothing that anybody brought.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from django.conf import settings

import goodfences


def began() -> int:
    """When something begins, for `tell`."""
    return time.time_ns()


def tell(name: str, began_at: int, **facts: str | int) -> None:
    """That `name` was done from then until now. Does nothing where no traces are wanted.

    `facts` are OpenTelemetry's own names, with `__` for each dot: http__route is http.route.
    """
    if not settings.TRACES:
        return
    attributes = {key.replace("__", "."): value for key, value in facts.items()}
    _tracer().start_span(name, start_time=began_at, attributes=attributes).end()


@cache
def _tracer() -> Any:
    """One exporter a process, made at its first span: after the server has split into its processes."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # Not Resource.create(), which tells of this machine.
    resource = Resource({"service.name": "goodfences", "service.version": goodfences.__version__})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.TRACES)))
    return provider.get_tracer("goodfences")
