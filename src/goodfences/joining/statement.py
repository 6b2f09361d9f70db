"""The canonical text of an agreement: what both sides sign, to the byte. A line a fact, then the agreement."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from goodfences.agencies.checks import AgencyParticulars
from goodfences.agencies.models import Agency
from goodfences.policy import in_force
from goodfences_record import canonical


def statement(
    *,
    instance: str,
    version: int,
    particulars: AgencyParticulars,
    oversight: Mapping[str, str],
    signed_by: str,
    stricter: Mapping[str, Any],
    text: str,
) -> str:
    """The text, which ends with a line end. Every fact is on a line of its own: none holds a line end (visible)."""
    area = (particulars.area or {}).get("coordinates", [])
    facts = {
        "Instance": instance,
        "Agency": particulars.name.strip(),
        "Version": str(version),
        "Kind": particulars.kind,
        "Jurisdiction": particulars.jurisdiction.strip(),
        "Area (longitude, latitude)": json.dumps(area, separators=(",", ":")),
        "Official domain": particulars.domain,
        "Website": particulars.website.strip(),
        "Public contact": particulars.contact_email.strip(),
        "Responsible": particulars.responsible.strip(),
        "Oversight body": oversight.get("name", "").strip(),
        "Kept for (days)": str(particulars.retention_days),
        "Used": Agency.Reuse(particulars.reuse).label,
        "Stricter than the common policy": canonical.canonical(dict(stricter)).decode(),
        "Common policy (SHA-256)": in_force().hash,
        "Signed by": signed_by.strip(),
    }
    lines = [f"{name}: {value}" for name, value in facts.items()]
    return "\n".join(["Goodfences agreement", *lines, "", text.strip().replace("\r\n", "\n"), ""])
