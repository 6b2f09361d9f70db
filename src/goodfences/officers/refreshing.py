"""Reads the metadata of agencies' SAML providers anew, so that a provider which changes its keys goes on working."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from goodfences import source
from goodfences.agencies import access
from goodfences.agencies.log import record
from goodfences.agencies.models import AgencyAct
from goodfences.errors import Refused
from goodfences.officers import saml_metadata
from goodfences.officers.models import Provider
from goodfences.officers.saml_metadata import Entity

EVERY = timedelta(days=1)
AGAIN = timedelta(hours=1)
"""After an address that answered nothing that could be taken."""


def refresh_due(limit: int) -> int:
    """Read the metadata of at most `limit` providers that are on, a day after the last time. Returns how many."""
    now = source.now()
    on = Provider.objects.filter(kind=Provider.Kind.SAML, on_since__isnull=False, agency__suspended_at=None)
    due = on.exclude(metadata_url="").filter(Q(read_next_at=None) | Q(read_next_at__lte=now)).order_by("pk")[:limit]
    for provider in due:
        Provider.objects.filter(pk=provider.pk).update(read_next_at=now + AGAIN)
        try:
            found = saml_metadata.fetch(provider.metadata_url)
        except Refused as refused:
            _keep(provider, None, refused.problems[0].message)
        else:
            other = found.entity_id != provider.issuer
            _keep(provider, None if other else found, "It calls itself by another entity ID now." if other else "")
    return len(due)


@transaction.atomic
def _keep(read: Provider, found: Entity | None, trouble: str) -> None:
    """Take over what was found, unless an admin set the provider anew meanwhile; in trouble what was known stays."""
    access.lock_agency(read.agency_id)
    provider = Provider.objects.select_related("agency").filter(pk=read.pk, set_at=read.set_at).first()
    if provider is None:
        return
    provider.trouble = trouble
    if found is not None:
        now = source.now()
        provider.read_at, provider.read_next_at = now, now + EVERY
        known = (provider.sso_url, provider.certificates)
        provider.sso_url, provider.certificates = found.sso_url, list(found.certificates)
        if known != (provider.sso_url, provider.certificates):
            about = "Other keys or another page in its metadata"
            record(AgencyAct.Kind.SSO_CHANGED, agency=provider.agency, about=about)
    provider.save(update_fields=["trouble", "read_at", "read_next_at", "sso_url", "certificates"])
