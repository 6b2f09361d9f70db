"""The operator announces an application or refuses it; the worker brings into force what was announced."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from goodfences import source
from goodfences.agencies import actions as agencies
from goodfences.agencies.actions import Terms
from goodfences.agencies.checks import AgencyParticulars, OfficerParticulars
from goodfences.errors import NotFound, Refused, refuse
from goodfences.joining import access, keys, letters
from goodfences.joining.actions.ending import end
from goodfences.joining.models import Application
from goodfences.ledger import actions as ledger
from goodfences.oversight import actions as oversight
from goodfences.policy import in_force, published_reason
from goodfences_record.canonical import timestamp

State = Application.State
STALE = timedelta(days=30)
"""After which an application that never was signed is forgotten."""


@transaction.atomic
def announce(*, operator: Any, ref: str) -> Application:
    """Sign for the instance, and begin the public notice. Raises Refused where it doesn't wait for that, NotFound."""
    application = access.lock(access.for_operator(operator, ref))
    if application.state != State.SIGNED:
        raise refuse("joining.state", "", "This application isn't waiting for you any more.")
    application.signed = keys.countersign(application.statement, application.signature)
    application.notice_from = source.now()
    application.notice_until = application.notice_from + timedelta(days=settings.NOTICE_DAYS)
    application.state = State.NOTICE
    letters.told(application, State.NOTICE)
    entry = ledger.append(kind="agency.applied", subject=f"application:{ref}", body=_published(application))
    application.ledger_index = entry.index
    application.save()
    ledger.sign_after_commit()
    return application


@transaction.atomic
def refuse_application(*, operator: Any, ref: str, reason: str) -> Application:
    """Refuse it, announced or not; of an announced one the reason is public. Raises Refused, NotFound."""
    application = access.lock(access.for_operator(operator, ref))
    if application.state not in (State.SIGNED, State.NOTICE):
        raise refuse("joining.state", "", "This application has ended.")
    reason = published_reason(reason, "why you refuse it", "reason", in_force(), rule="joining.reason")
    end(application, State.REFUSED, reason)
    return application


def bring_into_force(limit: int) -> int:
    """Bring announced agreements whose time has come into force; how many."""
    due = Application.objects.filter(state=State.NOTICE, notice_until__lte=source.now()).order_by("notice_until")
    refs = list(due.values_list("pk", flat=True)[:limit])
    return sum(_bring(pk) for pk in refs)


def forget_stale(limit: int) -> int:
    """Delete applications that nobody signed in a month; how many."""
    stale = Application.objects.filter(state=State.APPLIED, applied_at__lt=source.now() - STALE)
    ended = Application.objects.filter(notice_from=None, ended_at__lt=source.now() - STALE)
    pks = [*stale.values_list("pk", flat=True)[:limit], *ended.values_list("pk", flat=True)[:limit]][:limit]
    return Application.objects.filter(pk__in=pks).delete()[0]


def _bring(pk: int) -> int:
    try:
        with transaction.atomic():
            application = Application.objects.select_for_update(no_key=True).get(pk=pk)
            if application.state != State.NOTICE:
                return 0
            application.agency = agency = _bound(application)
            oversight.oversee(agency=agency, **application.oversight)
            end(application, State.IN_FORCE)
    except (Refused, NotFound) as error:
        # Something has changed since it was announced: another agency took its name, or the policy its limits.
        words = error.problems[0].message if isinstance(error, Refused) else "The agency is gone."
        with transaction.atomic():
            application = Application.objects.select_for_update(no_key=True).get(pk=pk)
            end(application, State.REFUSED, f"It could not take effect. {words}"[:500])
    return 1


def _bound(application: Application) -> Any:
    particulars = AgencyParticulars(**application.particulars)
    terms = Terms(
        text=application.text,
        signed_by=application.signed_by,
        stricter=application.stricter,
        signed=application.signed,
        published={
            "application": application.ref,
            "domain": particulars.domain,
            "responsible": particulars.responsible,
            "oversight": application.oversight.get("name", ""),
            "agency_key": application.agency_key,
            "statement_sha256": _digest(application),
        },
    )
    if application.renews:
        return agencies.rejoin(slug=application.slug, particulars=particulars, terms=terms).agency
    return agencies.join(particulars=particulars, terms=terms, admin=OfficerParticulars(**application.admin))


def _digest(application: Application) -> str:
    return hashlib.sha256(application.statement.encode()).hexdigest()


def _published(application: Application) -> dict[str, Any]:
    given = application.particulars
    assert application.notice_from is not None and application.notice_until is not None
    names = ("kind", "jurisdiction", "domain", "contact_email", "website", "responsible", "retention_days", "reuse")
    return {
        "agency": application.slug,
        "application": application.ref,
        "name": application.name,
        "version": application.version,
        **{name: given[name] for name in names},
        "place_cell": f"{given['place_cell']:x}",
        "proven_by": application.proven_by,
        "oversight": application.oversight.get("name", ""),
        "signed_by": application.signed_by,
        "stricter": application.stricter,
        "text": application.text,
        "agency_key": application.agency_key,
        "statement_sha256": _digest(application),
        "notice_from": timestamp(application.notice_from),
        "notice_until": timestamp(application.notice_until),
    }
