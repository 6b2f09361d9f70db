"""What anyone reads of oversight."""

from __future__ import annotations

from django.db.models import QuerySet

from goodfences.agencies.models import Agency
from goodfences.oversight.models import Body, Finding


def bodies(agency: Agency) -> QuerySet[Body]:
    """Who oversees the agency, by name."""
    return Body.objects.filter(agencies=agency).order_by("name")


def findings(agency: Agency) -> QuerySet[Finding]:
    """What was found about it, the newest first."""
    return Finding.objects.filter(agency=agency).select_related("body").order_by("-at", "-ledger_index")
