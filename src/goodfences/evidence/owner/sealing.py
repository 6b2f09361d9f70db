"""Seals cuts to the key of the agency that they are given to."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from goodfences.agencies.models import Agency
from goodfences.evidence.models.shared_video import AgencyKey
from goodfences.vault import blobs, keeping, keys


def agency_key(agency: Agency) -> AgencyKey:
    """The agency's key, made when it is first given something."""
    found = _held(agency)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            key = keys.new_key("agency")
            return AgencyKey.objects.create(agency=agency, recipient=key.recipient, key=key)
    except IntegrityError:
        # Another worker was faster; its key is the agency's.
        return AgencyKey.objects.select_related("key").get(agency=agency)


def _held(agency: Agency) -> AgencyKey | None:
    return AgencyKey.objects.select_related("key").filter(agency=agency).first()


def store(name: str, content: bytes, key: AgencyKey) -> None:
    """Seal `content` and keep it under `name`, durably; what an earlier try left there is replaced."""
    blobs.store().delete(name)
    keeping.keep(name, content, key.key)
