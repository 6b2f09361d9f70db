"""How the instance does, in the text form of Prometheus: sums over everybody, for its operator alone.

No value is of one home, one agency or one request; nothing counts asks, shares or decisions.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

import goodfences
from goodfences.agencies.access import require_operator
from goodfences.clips import queries as clips
from goodfences.errors import NotFound
from goodfences.health import queries as hubs
from goodfences.ledger import queries as ledger
from goodfences.mail import queries as mail
from goodfences.vault import backed_up, slowly
from goodfences.web.staff.views import overview


@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever brings the operator's token (GOODFENCES_METRICS_TOKEN), or is signed in as one."""
    if not _brings_token(request):
        if not request.user.is_authenticated:
            raise NotFound
        require_operator(request.user)
    registry = CollectorRegistry()
    registry.register(_Instance())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _brings_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    return (
        bool(wanted) and scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), wanted.encode())
    )


class _Instance(Collector):
    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("goodfences", "This program", {"version": goodfences.__version__})
        worker, disk = overview.worker(), overview.disk()
        if worker["seen_at"]:
            yield _gauge(
                "worker_seen_timestamp_seconds", "When a worker was last at work", worker["seen_at"].timestamp()
            )
        yield _gauge("disk_free_bytes", "On the disk of the state folder", disk["free"])
        yield _gauge("disk_bytes", "The whole of it", disk["total"])
        yield from self._mail()
        yield from self._scrub()
        yield from self._backups()
        yield _gauge("ledger_signed_entries", "Entries that the newest checkpoint vouches for", ledger.signed_size())
        yield _gauge("clips_to_check", "Clips that wait for their check", clips.to_check())
        heard = hubs.counts()
        yield _by(
            "hubs", "Hubs that told of themselves", {"heard": heard.hubs - heard.silent, "silent": heard.silent}
        )
        yield _gauge(
            "cameras_lost", "Cameras that give their hub no picture, where somebody is told of it", heard.lost
        )

    def _scrub(self) -> Iterator[Metric]:
        found = slowly.last()
        if found is None or found.ended_at is None:
            return
        text = "When the store was last read back to its end"
        yield _gauge("scrub_ended_timestamp_seconds", text, found.ended_at.timestamp())
        yield _gauge("scrub_read_files", "Files that were read back then", found.read)
        states = {"missing": found.missing, "broken": found.broken, "orphan": found.orphans}
        yield _by("scrub_files", "Files of which something was wrong then", states)

    def _backups(self) -> Iterator[Metric]:
        """Of each kind that there was: one that never was has no line."""
        found = [one for kind in (backed_up.WHOLE, backed_up.RECENT) if (one := backed_up.last(kind)) is not None]
        made = {one.kind: one.made_at.timestamp() for one in found if one.made_at}
        failed = {one.kind: one.failed_at.timestamp() for one in found if one.failed_at}
        yield _by("backup_made_timestamp_seconds", "When the last backup was finished", made, "kind")
        yield _by("backup_failed_timestamp_seconds", "When a backup was last tried in vain", failed, "kind")

    def _mail(self) -> Iterator[Metric]:
        found = mail.health()
        yield _by("mail_messages", "Messages of the outbox", found.counts)
        yield _gauge("mail_suppressed_addresses", "Addresses that nothing is sent to", found.suppressed)
        if found.oldest_due_at:
            text = "Since when the oldest message that waits is due"
            yield _gauge("mail_oldest_due_timestamp_seconds", text, found.oldest_due_at.timestamp())


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"goodfences_{name}", text, value=value)


def _by(name: str, text: str, values: Mapping[str, float], label: str = "state") -> Metric:
    found = GaugeMetricFamily(f"goodfences_{name}", text, labels=[label])
    for state, value in values.items():
        found.add_metric([state], value)
    return found


urlpatterns = [path("metrics", metrics, name="metrics")]
