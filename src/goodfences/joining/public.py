"""What anyone reads of announced agreements."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from django.db.models import QuerySet

from goodfences.agencies.models import Agreement
from goodfences.errors import NotFound
from goodfences.joining.models import Application, Remark


@dataclass(frozen=True)
class Change:
    """A line of the text that is new (`+`), gone (`-`) or as it was (a space)."""

    sign: str
    line: str


def notices() -> QuerySet[Application]:
    """All that was ever announced, the newest first."""
    return Application.objects.filter(notice_from__isnull=False).order_by("-notice_from", "-pk")


def notice(ref: str) -> Application:
    """One of them. Raises NotFound."""
    found = Application.objects.select_related("agency").filter(ref=ref, notice_from__isnull=False).first()
    if found is None:
        raise NotFound("There is no such notice.")
    return found


def remarks(application: Application) -> QuerySet[Remark]:
    """What was said about it, the oldest first; a hidden one without its words."""
    return application.remarks.order_by("at", "pk")


def changes(application: Application) -> list[Change]:
    """The text beside the agency's agreement before it; empty for its first."""
    before = _before(application)
    if before is None:
        return []
    lines = difflib.ndiff(before.text.splitlines(), application.text.splitlines())
    return [Change(line[0], line[2:]) for line in lines if line[0] in "+- "]


def _before(application: Application) -> Agreement | None:
    older = Agreement.objects.filter(agency__slug=application.slug, version__lt=application.version)
    return older.order_by("-version").first()
