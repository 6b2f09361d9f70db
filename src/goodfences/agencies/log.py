"""The agency's own log: what its officers did, in their words, for its admins and auditors."""

from __future__ import annotations

from goodfences.agencies.models import Agency, AgencyAct, Officer


def record(
    kind: AgencyAct.Kind, *, agency: Agency, officer: Officer | None = None, about: str = "", ref: str = ""
) -> AgencyAct:
    """Write one act, inside its transaction. `officer` is empty where the operator or the clock acted."""
    return AgencyAct.objects.create(agency=agency, officer=officer, kind=kind, about=about[:60], ref=ref)
