"""Tells the people concerned, and the public, when nothing forbids it any more. Rows are the worker's queue.

What decides is the stored moment against the clock, and that nobody was told before. A mark outside the database says
who was told: a database that was set back to a backup doesn't tell anybody twice.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.ledger import actions as ledger
from goodfences.ledger import durable, tree
from goodfences.legal_demands import actions, committing
from goodfences.legal_demands.models import DemandCount, DemandSubject, LegalDemand
from goodfences.legal_demands.public import KINDS
from goodfences.mail import outbox
from goodfences.people.models import Account

TEMPLATE = "legal-demand"
_ONCE = "legal-demand"


def tell_due(limit: int) -> int:
    """Tell everybody concerned in at most `limit` demands; returns how many."""
    found = _due().filter(told_at__isnull=True)
    return sum(_tell(pk) for pk in found.values_list("pk", flat=True)[:limit])


def publish_due(limit: int) -> int:
    """Publish at most `limit` demands whose people were told; nothing while the ledger lacks signed entries."""
    found = list(_due().filter(told_at__isnull=False, published_at__isnull=True).values_list("pk", flat=True)[:limit])
    if not found or ledger.is_behind():
        return 0
    return sum(_publish(pk) for pk in found)


def count_due() -> int:
    """The month's entry of counts, from the first demand of a year on."""
    year = source.now().year
    if not DemandCount.objects.filter(year=year).exists() or not actions.has_moved(year) or ledger.is_behind():
        return 0
    with transaction.atomic():
        tree.lock()
        return int(actions.count_if_moved(year) is not None)


def mark_sent(keys: list[str]) -> None:
    """The mail of these keys went out: write it down outside the database, at once and durably."""
    for key in keys:
        path = _mark(key)
        if not path.exists():
            durable.replace(path, _content(source.now()).encode())


def marks() -> dict[str, str]:
    """The marks of all whose mail went out as far as the database knows, by file name: on a machine whose worker
    didn't send it there is no file.
    """
    told = DemandSubject.objects.filter(told_at__isnull=False, account__isnull=False).select_related("demand")
    subjects = {_once(subject): subject for subject in told}
    unsent = outbox.unsent(subjects.keys())
    return {
        _mark(once).name: _content(subject.told_at)
        for once, subject in subjects.items()
        if once not in unsent and subject.told_at is not None
    }


def _due() -> QuerySet[LegalDemand]:
    """Confirmed, unfinished, and no order of silence holds any more; the longest due first."""
    over = Q(secret_until__isnull=True) | Q(secret_until__lte=source.now())
    return LegalDemand.objects.filter(over, confirmed_at__isnull=False, published_at__isnull=True).order_by("pk")


@transaction.atomic
def _tell(pk: int) -> bool:
    demand = LegalDemand.objects.select_for_update(no_key=True).filter(pk=pk, told_at__isnull=True).first()
    if demand is None:
        return False
    for subject in demand.subjects.filter(told_at__isnull=True).select_related("account"):
        if subject.account is not None:
            before = _told_before(subject)
            subject.told_at = before or source.now()
            if before is None:
                _write(subject.account, _once(subject), demand)
            subject.save(update_fields=["told_at"])
    demand.told_at = source.now()
    demand.save(update_fields=["told_at"])
    return True


@transaction.atomic
def _publish(pk: int) -> bool:
    demand = LegalDemand.objects.select_for_update(no_key=True).filter(pk=pk, published_at__isnull=True).first()
    if demand is None:
        return False
    assert demand.year is not None
    assert demand.slot is not None
    count = _covering(demand) or actions.write_count(demand.year)
    body = {
        **committing.details(demand),
        "salt": demand.salt,
        "counted_in": count.ledger_index,
        "slot": demand.slot,
        "path": committing.path(count, demand.slot),
    }
    demand.ledger_index = ledger.append(kind=actions.PUBLISHED, subject=f"legal-demand:{demand.ref}", body=body).index
    demand.published_at = source.now()
    demand.save(update_fields=["ledger_index", "published_at"])
    ledger.sign_after_commit()
    return True


def _covering(demand: LegalDemand) -> DemandCount | None:
    """The first entry of counts that committed to it."""
    assert demand.year is not None
    counts = DemandCount.objects.filter(year=demand.year).order_by("at", "pk")
    return next((count for count in counts if str(demand.slot) in count.leaves), None)


def _write(to: Account, once: str, demand: LegalDemand) -> None:
    with translation.override(to.language):
        kind = KINDS[demand.kind]
        silence = _("A court’s order forbade us to tell you before today.") if demand.secret_until else ""
        lines = [
            _("%(authority)s demanded data about you or your cameras from us: %(kind)s.")
            % {"authority": demand.authority, "kind": str(kind)},
            _("What we handed over: %(words)s") % {"words": demand.handed_over}
            if demand.outcome != LegalDemand.Outcome.NOTHING
            else _("We handed nothing over: %(words)s") % {"words": demand.handed_over},
            silence,
            _("The whole of it is on your page, and in public without your name."),
        ]
        subject = _("A legal demand about you")
    outbox.queue(
        once=once,
        to=to.email,
        template=TEMPLATE,
        context={
            "subject_line": subject,
            "lines": [line for line in lines if line],
            "look": settings.SITE_URL + reverse("resident:legal_demands"),
        },
        language=to.language,
        time_zone=to.time_zone,
    )


def _once(subject: DemandSubject) -> str:
    return f"{_ONCE}:{subject.demand.ref}:{subject.pk}"


def _told_before(subject: DemandSubject) -> datetime | None:
    """When the mark says that the mail went out, where the database doesn't know it."""
    try:
        return datetime.fromisoformat(json.loads(_mark(_once(subject)).read_text())["told_at"])
    except FileNotFoundError:
        return None


def _content(told_at: datetime) -> str:
    return json.dumps({"told_at": told_at.isoformat()})


def _mark(once: str) -> Path:
    return Path(settings.STATE) / "legal-demands" / f"{once.removeprefix(_ONCE + ':').replace(':', '-')}.json"
