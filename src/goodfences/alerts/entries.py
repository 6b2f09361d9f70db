"""What the public ledger says of a warning in an agency's name: all of it, and the hash of its CAP file (P5, P9)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from goodfences.alerts.models import AgencyWarning, OfficialWarning
from goodfences.places import cell_to_hex
from goodfences_record.canonical import timestamp


def issued(one: AgencyWarning, message: OfficialWarning) -> dict[str, Any]:
    """The entry of a warning, or of one that takes another's place."""
    assert one.issuer is not None
    return {
        **_named(one, message),
        "words": one.words,
        "category": one.category,
        "severity": one.severity,
        "urgency": one.urgency,
        "certainty": one.certainty,
        "expires_at": timestamp(one.expires_at),
        "place_name": one.area_name,
        "place_cells": [cell_to_hex(cell) for cell in one.cells],
        "replaces": one.replaces.ref if one.replaces else "",
        "written_by": one.writer.shown_as,
        "submitted_at": timestamp(one.submitted_at),
        "issued_by": one.issuer.shown_as,
        "issued_at": _time(one.issued_at),
    }


def called_off(one: AgencyWarning, message: OfficialWarning) -> dict[str, Any]:
    """The entry of its end before its time."""
    assert one.called_off_by is not None
    return {
        **_named(one, message),
        "headline": one.headline,
        "why": one.called_off_why,
        "called_off_by": one.called_off_by.shown_as,
        "called_off_at": _time(one.called_off_at),
    }


def _named(one: AgencyWarning, message: OfficialWarning) -> dict[str, Any]:
    return {
        "warning": one.ref,
        "agency": one.agency.slug,
        "agency_name": one.agency.name,
        "cap_identifier": message.identifier,
        "cap_sha256": hashlib.sha256(bytes(message.original)).hexdigest(),
    }


def _time(at: datetime | None) -> str:
    assert at is not None
    return timestamp(at)
