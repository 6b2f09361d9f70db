"""What pages read about agencies. All of it is public but officers' addresses and names."""

from __future__ import annotations

from django.db.models import QuerySet

from goodfences.agencies.models import Agency, AgencyAct, Agreement, Officer
from goodfences.errors import NotFound
from goodfences.policy import Policy, in_force


def partners() -> QuerySet[Agency]:
    """Agencies with an agreement in force, by name."""
    return Agency.objects.filter(suspended_at__isnull=True, agreements__ended_at__isnull=True).order_by("name")


def former_partners() -> QuerySet[Agency]:
    """Agencies that are suspended, by name."""
    return Agency.objects.filter(suspended_at__isnull=False).order_by("name")


def agency(slug: str) -> Agency:
    """One agency, suspended or not: its page stays. Raises NotFound."""
    found = Agency.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such agency.")
    return found


def agreement_in_force(agency: Agency) -> Agreement:
    """What the agency is bound by. Raises NotFound where its last agreement ended."""
    found = agency.agreements.filter(ended_at__isnull=True).first()
    if found is None:
        raise NotFound("This agency has no agreement in force.")
    return found


def agreements(agency: Agency) -> QuerySet[Agreement]:
    """All that it ever signed, the newest first."""
    return agency.agreements.order_by("-signed_at", "-ledger_index")


def agreement(agency: Agency, version: int) -> Agreement:
    """One agreement that it signed. Raises NotFound."""
    found = agency.agreements.filter(version=version).first()
    if found is None:
        raise NotFound("There is no such agreement.")
    return found


def policy_for(agency: Agency) -> Policy:
    """The policy in force with the stricter limits of the agency's agreement. Raises NotFound without one."""
    return in_force().with_stricter(agreement_in_force(agency).stricter)


def officers(agency: Agency) -> QuerySet[Officer]:
    """The agency's officers, active ones first."""
    return agency.officers.order_by("-active", "badge")


def acts(agency: Agency, *, officer_ref: str = "", kind: str = "") -> QuerySet[AgencyAct]:
    """What the agency's officers did, the newest first; of one officer, or of one kind."""
    found = AgencyAct.objects.filter(agency=agency)
    if officer_ref:
        found = found.filter(officer__ref=officer_ref)
    if kind:
        found = found.filter(kind=kind)
    return found.select_related("officer").order_by("-at", "-pk")
