"""Drafts: saved as often as wanted, seen by their author alone, checked without being changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.agencies import access
from goodfences.agencies.log import record
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.policy import case_key
from goodfences.video_requests import portal
from goodfences.video_requests.actions.locked import not_in_state, own_request
from goodfences.video_requests.fields import (
    LIMITS,
    NO_AREA,
    RequestFields,
    all_problems,
    fields_of,
    length_problems,
)
from goodfences.video_requests.models.request import VideoRequest

State = VideoRequest.State
Kind = AgencyAct.Kind
MOST_DRAFTS = 50


def check(*, officer: Officer, fields: RequestFields, ref: str = "") -> list[Problem]:
    """Every rule that the request would break, without saving anything. Raises NotFound."""
    if not portal.may_ask(officer):
        raise NotFound("Your role makes no requests.")
    saved = portal.request(officer, ref) if ref else None
    return all_problems(fields, officer=officer, request=saved)


@transaction.atomic
def save_draft(*, officer: Officer, fields: RequestFields, ref: str = "", begun: str = "") -> VideoRequest:
    """Keep the request as far as it was filled in; a new draft, or the officer's own under `ref`.

    `begun` is the reference that a form made up for its new draft: however often that form is sent, it is one draft.
    Raises Refused where a text is too long to be kept or the request is no draft any more, NotFound.
    """
    officer = access.acting(officer)
    if not portal.may_ask(officer):
        raise NotFound("Your role makes no requests.")
    problems = length_problems(fields)
    if problems:
        raise Refused(*problems)
    if not ref and begun and VideoRequest.objects.filter(ref=begun).exists():
        ref = begun
    if not ref:
        return _new_draft(officer, fields, ref=begun)
    request = own_draft(officer, ref, "edit")
    columns = _columns(fields)
    for name, value in columns.items():
        setattr(request, name, value)
    request.save(update_fields=list(columns))
    return request


@transaction.atomic
def discard_draft(*, officer: Officer, ref: str) -> None:
    """Delete a draft of one's own; for a day it can be had back. Raises Refused where it is no draft, NotFound."""
    request = own_draft(access.acting(officer), ref, "discard")
    request.discarded_at = source.now()
    request.save(update_fields=["discarded_at"])


@transaction.atomic
def restore_draft(*, officer: Officer, ref: str) -> VideoRequest:
    """Have a draft back that one deleted within the last day. Twice is once. Raises NotFound."""
    officer = access.acting(officer)
    found = portal.discarded_of(officer).filter(ref=ref).first() if portal.may_ask(officer) else None
    if found is None:
        return own_draft(officer, ref, "restore")
    found.discarded_at = None
    found.save(update_fields=["discarded_at"])
    return found


@transaction.atomic
def copy(*, officer: Officer, ref: str) -> VideoRequest:
    """A new draft of one's own with what an earlier request of the agency says. Raises NotFound.

    The contact is the copying officer's own; why it can't wait was true of one moment, and isn't copied.
    """
    officer = access.acting(officer)
    if not portal.may_ask(officer):
        raise NotFound("Your role makes no requests.")
    copied = portal.request(officer, ref)
    fields = fields_of(copied)
    if copied.state != State.DRAFT:
        record(Kind.REQUEST_COPIED, agency=officer.agency, officer=officer, about=copied.case_number, ref=ref)
    mine = replace(fields, contact=officer.contact, urgent=False, urgent_reason="", draft_name="")
    return _new_draft(officer, mine)


def clear_discarded(limit: int) -> int:
    """Erase at most `limit` drafts whose author can't have them back any more. Returns how many."""
    gone = VideoRequest.objects.filter(state=State.DRAFT, discarded_at__lte=source.now() - portal.UNDO)
    chosen = list(gone.order_by("discarded_at").values_list("pk", flat=True)[:limit])
    VideoRequest.objects.filter(pk__in=chosen).delete()
    return len(chosen)


def _new_draft(officer: Officer, fields: RequestFields, *, ref: str = "") -> VideoRequest:
    if portal.drafts_of(officer).count() >= MOST_DRAFTS:
        message = f"You have {MOST_DRAFTS} drafts. Delete one that you don't need, and save again."
        raise refuse("draft.many", "draft_name", message, limit=f"{MOST_DRAFTS} drafts")
    made_up = {"ref": ref} if ref else {}
    return VideoRequest.objects.create(
        agency=officer.agency,
        requester=officer,
        time_zone=officer.agency.time_zone,
        **made_up,
        **_columns(fields),
    )


def own_draft(officer: Officer, ref: str, to: str) -> VideoRequest:
    """The officer's own draft, locked. Raises NotFound for a colleague's request, Refused once submitted."""
    request = own_request(officer, ref)
    if request.requester_id != officer.pk or not portal.may_ask(officer):
        raise NotFound("There is no such draft.")
    if request.state != State.DRAFT:
        raise not_in_state(request, to, State.DRAFT)
    return request


def _columns(fields: RequestFields) -> dict[str, Any]:
    area = fields.area or NO_AREA
    starts_at = fields.starts_at or fields.ends_at or source.now()
    # One end alone can't be kept: an empty window says that none was chosen.
    ends_at = fields.ends_at if fields.starts_at and fields.ends_at else starts_at
    return {
        "case_number": fields.case_number.strip(),
        "case_key": case_key(fields.case_number)[: LIMITS["case_number"]],
        "incident_type": fields.incident_type,
        "reason": fields.reason.strip(),
        "contact": fields.contact.strip(),
        "place_name": fields.place_name.strip(),
        "ranges": [list(pair) for pair in area.ranges],
        "area_m2": area.square_meters,
        "place_cells": area.place_cells,
        "area_parts": list(area.parts),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "urgent": fields.urgent,
        "urgent_reason": fields.urgent_reason.strip() if fields.urgent else "",
        "draft_name": fields.draft_name.strip(),
        "saved_at": source.now(),
    }
