"""What can be downloaded, as rows of plain values with a JSON Schema each. Rows keep their order, new ones last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from goodfences.agencies import queries as agencies
from goodfences.ledger import proofs, queries
from goodfences.moderation import public as moderation
from goodfences.places import cell_to_hex
from goodfences.video_requests import public, released
from goodfences_record.canonical import timestamp

Row = dict[str, Any]
BATCH = 500
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TIME = {"type": "string", "format": "date-time"}
_MAYBE_TIME = {"type": ["string", "null"], "format": "date-time"}
_TEXT = {"type": "string"}
_CELL = {"type": "string", "pattern": "^[0-9a-f]{15}$", "description": "H3 cell at resolution 8, about half a mile"}


@dataclass(frozen=True)
class Dataset:
    """One download: its rows, and what each column holds."""

    name: str
    title: str | Promise
    about: str | Promise
    columns: dict[str, dict[str, Any]]
    rows: Callable[[], Iterator[Row]]

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the JSON download."""
        row = {
            "type": "object",
            "properties": self.columns,
            "required": list(self.columns),
            "additionalProperties": False,
        }
        return {
            "$schema": _DRAFT,
            "title": f"Goodfences public record: {self.name}",
            "type": "object",
            "properties": {self.name: {"type": "array", "items": row}},
            "required": [self.name],
            "additionalProperties": False,
        }


def _partners() -> Iterator[Row]:
    for agency in sorted([*agencies.partners(), *agencies.former_partners()], key=lambda each: each.joined_at):
        agreement = agencies.agreements(agency)[0]
        yield {
            "slug": agency.slug,
            "name": agency.name,
            "kind": agency.kind,
            "jurisdiction": agency.jurisdiction,
            "contact_email": agency.contact_email,
            "website": agency.website,
            "place_cell": cell_to_hex(agency.place_cell),
            "partner_since": timestamp(agency.joined_at),
            "suspended_at": _time(agency.suspended_at),
            "agreement_signed_at": timestamp(agreement.signed_at),
            "agreement_signed_by": agreement.signed_by,
            "agreement_ledger_index": agreement.ledger_index,
            "stricter_limits": agreement.stricter,
        }


def _requests() -> Iterator[Row]:
    after = -1
    while batch := public.requests_after(after, limit=BATCH):
        for asked in batch:
            yield {
                "ref": asked.ref,
                "agency": asked.agency_slug,
                "state": asked.state,
                "incident_type": asked.incident_type,
                "urgent": asked.urgent,
                "place_name": asked.place_name,
                "place_cells": [cell_to_hex(cell) for cell in asked.place_cells],
                "square_miles": asked.square_miles,
                "window_starts_at": timestamp(asked.starts_at),
                "window_ends_at": timestamp(asked.ends_at),
                "time_zone": asked.time_zone,
                "requested_by": asked.requested_by,
                "decided_by": asked.decided_by,
                "opened_at": _time(asked.opened_at),
                "expires_at": _time(asked.expires_at),
                "ended_at": _time(asked.ended_at),
                "rejection_reason": asked.rejection_reason,
                "ledger_index": asked.ledger_index,
                "end_ledger_index": asked.end_ledger_index,
            }
        after = batch[-1].ledger_index


def _entries() -> Iterator[Row]:
    after = -1
    while batch := list(queries.entries().filter(index__gt=after)[:BATCH]):
        for entry in batch:
            yield proofs.shown(entry) | {"salt": entry.salt, "leaf": bytes(entry.leaf).decode()}
        after = batch[-1].index


def _rulings() -> Iterator[Row]:
    after = 0
    while batch := moderation.rulings_after(after, limit=BATCH):
        for one in batch:
            yield {
                "ref": one.ref,
                "thing": one.thing,
                "about": one.about,
                "why": one.why,
                "outcome": one.outcome,
                "rule": one.rule,
                "reasons": one.reasons,
                "by_two": one.by_two,
                "at": timestamp(one.at),
                "answered_within_seconds": one.waited_seconds,
                "appealed": one.appealed,
                "upheld_at": _time(one.upheld_at),
                "overturned_at": _time(one.overturned_at),
                "overturned_reasons": one.overturned_reasons,
            }
        after = batch[-1].pk


def _moderation() -> Iterator[Row]:
    for count in reversed(moderation.counts()):
        yield {"month": f"{count.month:%Y-%m}", **count.body()}


def _totals() -> Iterator[Row]:
    names = (
        "quarter",
        "agency",
        "agency_name",
        "asked",
        "declined",
        "within",
        "epsilon",
        "released_at",
        "ledger_index",
    )
    for one in released.totals():
        yield {name: getattr(one, name) for name in names}


def _time(at: datetime | None) -> str | None:
    return None if at is None else timestamp(at)


DATASETS = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "partners",
            _("Partners"),
            _("Every agency that is or was a partner, with the agreement that it signed last."),
            {
                "slug": _TEXT,
                "name": _TEXT,
                "kind": {"enum": ["police", "sheriff", "fire"]},
                "jurisdiction": _TEXT,
                "contact_email": _TEXT,
                "website": _TEXT,
                "place_cell": _CELL,
                "partner_since": _TIME,
                "suspended_at": _MAYBE_TIME,
                "agreement_signed_at": _TIME,
                "agreement_signed_by": _TEXT,
                "agreement_ledger_index": {"type": "integer"},
                "stricter_limits": {"type": "object"},
            },
            _partners,
        ),
        Dataset(
            "requests",
            _("Requests"),
            _("Every request that was opened or refused, in the order of the ledger."),
            {
                "ref": _TEXT,
                "agency": {"type": "string", "description": "The slug of a partner"},
                "state": {"enum": ["open", "closed", "withdrawn", "rejected"]},
                "incident_type": _TEXT,
                "urgent": {
                    "type": "boolean",
                    "description": "Marked urgent by the agency; gives it no right to anything",
                },
                "place_name": _TEXT,
                "place_cells": {"type": "array", "items": _CELL},
                "square_miles": {"type": "number"},
                "window_starts_at": _TIME,
                "window_ends_at": _TIME,
                "time_zone": _TEXT,
                "requested_by": _TEXT,
                "decided_by": _TEXT,
                "opened_at": _MAYBE_TIME,
                "expires_at": _MAYBE_TIME,
                "ended_at": _MAYBE_TIME,
                "rejection_reason": _TEXT,
                "ledger_index": {"type": "integer"},
                "end_ledger_index": {"type": ["integer", "null"]},
            },
            _requests,
        ),
        Dataset(
            "entries",
            _("Ledger entries"),
            _("The whole ledger: what each entry says, its salt, and the leaf that is in the tree."),
            {
                "index": {"type": "integer"},
                "kind": _TEXT,
                "at": _TIME,
                "subject": _TEXT,
                "body": {"type": ["object", "null"], "description": "null where it was erased by law"},
                "salt": _TEXT,
                "leaf": {"type": "string", "description": "Canonical JSON, exactly as hashed"},
            },
            _entries,
        ),
        Dataset(
            "totals",
            _("Asked and declined"),
            _("About how many homes each agency asked in a quarter, and how many declined, with noise."),
            {
                "quarter": {"type": "string", "pattern": "^[0-9]{4}-Q[1-4]$"},
                "agency": _TEXT,
                "agency_name": _TEXT,
                "asked": {"type": "integer"},
                "declined": {"type": "integer"},
                "within": {"type": "integer"},
                "epsilon": {"type": "number"},
                "released_at": _TIME,
                "ledger_index": {"type": "integer"},
            },
            _totals,
        ),
        Dataset(
            "rulings",
            _("Rulings"),
            _("What moderators ruled on posts and comments, and why, without a name or a word of what was removed."),
            {
                "ref": _TEXT,
                "thing": {"enum": ["post", "comment"]},
                "about": _TEXT,
                "why": {"enum": ["reported", "held", "appealed"]},
                "outcome": {"enum": ["kept", "noted", "edit", "warned", "removed"]},
                "rule": _TEXT,
                "reasons": _TEXT,
                "by_two": {"type": "boolean"},
                "at": _TIME,
                "answered_within_seconds": {"type": "integer"},
                "appealed": {"type": "boolean"},
                "upheld_at": _MAYBE_TIME,
                "overturned_at": _MAYBE_TIME,
                "overturned_reasons": _TEXT,
            },
            _rulings,
        ),
        Dataset(
            "moderation",
            _("Moderation in numbers"),
            _("Reports and rulings by month and rule, what was overturned, and how long answers took."),
            {
                "month": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"},
                "rule": _TEXT,
                "reports": {"type": "integer"},
                "rulings": {"type": "integer"},
                "removed": {"type": "integer"},
                "warned": {"type": "integer"},
                "kept": {"type": "integer"},
                "appealed": {"type": "integer"},
                "overturned": {"type": "integer"},
                "median_minutes": {"type": ["integer", "null"]},
            },
            _moderation,
        ),
    )
}
