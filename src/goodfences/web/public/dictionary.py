"""What each column of the open data means, in the reader's language: the data dictionary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MEANS: dict[str, Promise] = {
    "slug": _("The agency's name in addresses; other downloads refer to it by this"),
    "name": _("The agency's name"),
    "kind": _("What sort of thing it is"),
    "jurisdiction": _("The town, city or county that it serves"),
    "contact_email": _("A public address for questions"),
    "website": _("Its own site"),
    "place_cell": _("The middle of its jurisdiction, an H3 cell at resolution 8"),
    "partner_since": _("When its first agreement took effect"),
    "suspended_at": _("When it was suspended; empty where it never was"),
    "agreement_signed_at": _("When it signed its newest agreement"),
    "agreement_signed_by": _("Name and office of who signed it"),
    "agreement_ledger_index": _("The ledger entry of that agreement"),
    "stricter_limits": _("Limits of its own that are stricter than the common policy"),
    "ref": _("Its own name here, which never changes"),
    "agency": _("The agency's slug"),
    "agency_name": _("The agency's name"),
    "state": _("Where it stands: open, closed, withdrawn or rejected"),
    "incident_type": _("A key of the policy's list"),
    "urgent": _("Whether the agency marked it urgent, which gives it no right to anything"),
    "place_name": _("The place as the officer named it"),
    "place_cells": _("The H3 cells at resolution 8 that the area touches; the area itself isn't published"),
    "square_miles": _("How large the area is"),
    "window_starts_at": _("From when video was asked for"),
    "window_ends_at": _("Until when video was asked for"),
    "time_zone": _("The agency's time zone"),
    "requested_by": _("The officer who wrote it, by title and number"),
    "decided_by": _("The second officer, who opened or refused it"),
    "opened_at": _("When owners could first be asked"),
    "expires_at": _("When it runs out by itself"),
    "ended_at": _("When it ended"),
    "rejection_reason": _("Why the second officer refused it"),
    "ledger_index": _("Its place in the ledger"),
    "end_ledger_index": _("The ledger entry of its end"),
    "index": _("The entry's place in the ledger, from 0"),
    "at": _("When it was written"),
    "subject": _("What it is about"),
    "body": _("What it says; empty where it was erased by law"),
    "salt": _("Random bytes that the commitment is made with; empty once erased"),
    "leaf": _("What the tree holds of it, exactly as hashed"),
    "thing": _("Whether it was a post or a comment"),
    "about": _("What sort of post it was"),
    "why": _("What brought it before a moderator"),
    "outcome": _("What the moderator decided"),
    "rule": _("The rule that it was held against"),
    "reasons": _("The moderator's reasons, as published"),
    "by_two": _("Whether two moderators decided"),
    "answered_within_seconds": _("How long it had waited"),
    "appealed": _("Whether, or how often, it was appealed"),
    "upheld_at": _("When an appeal was turned down"),
    "overturned_at": _("When it was overturned"),
    "overturned_reasons": _("Why it was overturned"),
    "month": _("Year and month"),
    "reports": _("How many reports"),
    "rulings": _("How many rulings"),
    "removed": _("How many were removed"),
    "warned": _("How many were warned"),
    "kept": _("How many were kept"),
    "overturned": _("How many were overturned"),
    "median_minutes": _("Minutes until an answer, in the middle of all; empty where there was none"),
    "quarter": _("Year and quarter, as UTC counts them"),
    "asked": _("About how many homes were asked: with noise, and so sometimes below 0"),
    "declined": _("About how many of them declined at least once: with noise"),
    "within": _("In 95 of 100 cases both numbers are at most so far from the true ones"),
    "epsilon": _("How much both numbers together may tell of one home"),
    "released_at": _("When it was published"),
}

_TYPES: dict[str, Promise] = {
    "string": _("text"),
    "integer": _("whole number"),
    "number": _("number"),
    "boolean": _("yes or no"),
    "array": _("list of texts"),
    "object": _("object"),
}


@dataclass(frozen=True)
class Column:
    """A line of the dictionary."""

    name: str
    type: str
    may_be_empty: bool
    means: str
    values: list[str]


def columns(schema: dict[str, dict[str, Any]]) -> list[Column]:
    """The lines of a download's dictionary, in the order of its columns."""
    return [
        Column(name, _type(column), "null" in kinds(column), str(MEANS[name]), list(column.get("enum", [])))
        for name, column in schema.items()
    ]


def kinds(column: dict[str, Any]) -> list[str]:
    """The JSON types that a column may have."""
    given = column.get("type", "string")
    return [given] if isinstance(given, str) else list(given)


def kind(column: dict[str, Any]) -> str:
    """The one type that it has where it isn't empty."""
    return next(each for each in kinds(column) if each != "null")


def _type(column: dict[str, Any]) -> str:
    return str(_("time (UTC)")) if column.get("format") == "date-time" else str(_TYPES[kind(column)])
