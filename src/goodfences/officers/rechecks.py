"""The quarter's re-check: every officer whom an admin doesn't confirm in time loses access, in public."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet

from goodfences import source
from goodfences.agencies import access
from goodfences.agencies.actions.officers import end as end_access
from goodfences.agencies.log import record
from goodfences.agencies.models import Agency, AgencyAct, Officer
from goodfences.errors import NotFound, refuse
from goodfences.ledger import actions as ledger
from goodfences.officers import letters
from goodfences.officers.models import Confirmation, Recheck
from goodfences.quarters import Quarter

Kind = AgencyAct.Kind
REMIND_BEFORE = timedelta(days=7)
IDLE = timedelta(days=60)


@dataclass(frozen=True)
class Row:
    """An officer on the list, with what an admin may want to know before saying yes."""

    officer: Officer
    confirmed: bool
    acted_at: datetime | None
    is_idle: bool


def quarter_of(moment: datetime) -> tuple[str, datetime]:
    """The quarter in which a moment lies, and when it began (UTC)."""
    quarter = Quarter.of(moment)
    return str(quarter), quarter.begins


def current(agency: Agency) -> Recheck | None:
    """The re-check that waits for the agency's admin."""
    return Recheck.objects.filter(agency=agency, ended_at=None).order_by("-began_at").first()


def ended(agency: Agency) -> QuerySet[Recheck]:
    """The agency's re-checks that are over, the newest first. Public."""
    return Recheck.objects.filter(agency=agency, ended_at__isnull=False).order_by("-began_at")


def rows(recheck: Recheck) -> list[Row]:
    """Everybody who is to be confirmed, idle ones first."""
    confirmed = set(recheck.confirmations.values_list("officer_id", flat=True))
    acted = dict(
        AgencyAct.objects.filter(agency_id=recheck.agency_id, officer__isnull=False)
        .values("officer_id")
        .annotate(last=Max("at"))
        .values_list("officer_id", "last")
    )
    found = []
    for officer in _listed(recheck).order_by("badge"):
        used = [at for at in (officer.signed_in_at, acted.get(officer.pk)) if at is not None]
        idle = not used or max(used) < source.now() - IDLE
        found.append(Row(officer, officer.pk in confirmed, acted.get(officer.pk), idle))
    return sorted(found, key=lambda row: not row.is_idle)


def has_another_admin(admin: Officer) -> bool:
    """Whether the agency has another one, who confirms this one."""
    others = Officer.objects.filter(agency_id=admin.agency_id, active=True, role=Officer.Role.ADMIN)
    return others.exclude(pk=admin.pk).exists()


@transaction.atomic
def confirm(*, acting: Officer, refs: Iterable[str]) -> Recheck:
    """An admin says of these officers that they still work there. An admin is confirmed by another one, if any.

    The last one ends the re-check. Raises Refused for oneself, NotFound where nothing waits or for another's officer.
    """
    admin = access.admin_of(acting.account_id)
    access.lock_agency(admin.agency_id)
    recheck = current(admin.agency)
    if recheck is None:
        raise NotFound("No re-check waits.")
    for ref in dict.fromkeys(refs):
        officer = _listed(recheck).filter(ref=ref).first()
        if officer is None:
            raise NotFound("There is no such officer.")
        if officer.pk == admin.pk and has_another_admin(admin):
            raise refuse("recheck.self", "officer", "Another admin of your agency confirms you.")
        _, is_new = Confirmation.objects.get_or_create(recheck=recheck, officer=officer, defaults={"by": admin})
        if is_new:
            record(Kind.OFFICERS_CONFIRMED, agency=admin.agency, officer=admin, about=officer.shown_as)
    if not _unconfirmed(recheck).exists():
        _end(recheck)
    return recheck


def begin_due(limit: int) -> int:
    """Begin this quarter's re-check of agencies that were partners before it. Returns how many."""
    quarter, began = quarter_of(source.now())
    waiting = Agency.objects.filter(suspended_at=None, joined_at__lt=began).exclude(rechecks__quarter=quarter)
    done = 0
    for agency in waiting.order_by("pk")[:limit]:
        with transaction.atomic():
            access.lock_agency(agency.pk)
            due = source.now() + timedelta(days=settings.OFFICER_RECHECK_DAYS)
            recheck, is_new = Recheck.objects.get_or_create(agency=agency, quarter=quarter, defaults={"due_at": due})
            if is_new:
                letters.begin(recheck, again=False)
            done += 1
    return done


def remind_due(limit: int) -> int:
    """Write the admins once more of re-checks that are soon over. Returns how many."""
    soon = Recheck.objects.filter(ended_at=None, reminded_at=None, due_at__lte=source.now() + REMIND_BEFORE)
    found = list(soon.select_related("agency").order_by("due_at")[:limit])
    for recheck in found:
        with transaction.atomic():
            if Recheck.objects.filter(pk=recheck.pk, reminded_at=None).update(reminded_at=source.now()):
                letters.begin(recheck, again=True)
    return len(found)


def end_due(limit: int) -> int:
    """Take access from whoever wasn't confirmed in time, the admins too. Returns how many re-checks ended."""
    over = Recheck.objects.filter(ended_at=None, due_at__lte=source.now())
    found = list(over.order_by("due_at").values_list("pk", "agency_id")[:limit])
    for pk, agency_id in found:
        with transaction.atomic():
            access.lock_agency(agency_id)
            recheck = Recheck.objects.select_related("agency").filter(pk=pk, ended_at=None).first()
            if recheck is None:
                continue
            for officer in _unconfirmed(recheck).select_related("agency", "account"):
                end_access(officer, Kind.OFFICER_DEACTIVATED, by=None)
            _end(recheck)
    return len(found)


def _listed(recheck: Recheck) -> QuerySet[Officer]:
    return Officer.objects.filter(agency_id=recheck.agency_id, active=True, created_at__lte=recheck.began_at)


def _unconfirmed(recheck: Recheck) -> QuerySet[Officer]:
    return _listed(recheck).exclude(pk__in=recheck.confirmations.values("officer_id"))


def _end(recheck: Recheck) -> None:
    agency = recheck.agency
    gone = (Kind.OFFICER_DEACTIVATED, Kind.OFFICER_LEFT)
    recheck.ended_at = source.now()
    recheck.confirmed = _listed(recheck).count()
    recheck.deactivated = AgencyAct.objects.filter(agency=agency, kind__in=gone, at__gte=recheck.began_at).count()
    recheck.save(update_fields=["ended_at", "confirmed", "deactivated"])
    record(Kind.OFFICERS_RECHECKED, agency=agency, about=recheck.quarter)
    body = {
        "agency": agency.slug,
        "quarter": recheck.quarter,
        "confirmed": recheck.confirmed,
        "deactivated": recheck.deactivated,
    }
    ledger.append(kind="agency.rechecked", subject=f"agency:{agency.ref}", body=body)
    ledger.sign_after_commit()
