"""Drafts: saved as often as wanted, seen by their author alone, checked without being changed."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.agencies.models import Officer
from goodfences.errors import NotFound, Problem, Refused
from goodfences.policy import case_key
from goodfences.video_requests import portal
from goodfences.video_requests.actions.locked import acting, not_in_state, own_request
from goodfences.video_requests.fields import LIMITS, NO_AREA, RequestFields, all_problems, length_problems
from goodfences.video_requests.models.request import VideoRequest

State = VideoRequest.State


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
    officer = acting(officer)
    if not portal.may_ask(officer):
        raise NotFound("Your role makes no requests.")
    problems = length_problems(fields)
    if problems:
        raise Refused(*problems)
    if not ref and begun and VideoRequest.objects.filter(ref=begun).exists():
        ref = begun
    if not ref:
        made_up = {"ref": begun} if begun else {}
        return VideoRequest.objects.create(
            agency=officer.agency,
            requester=officer,
            time_zone=officer.agency.time_zone,
            **made_up,
            **_columns(fields),
        )
    request = own_draft(officer, ref, "edit")
    columns = _columns(fields)
    for name, value in columns.items():
        setattr(request, name, value)
    request.save(update_fields=list(columns))
    return request


@transaction.atomic
def discard_draft(*, officer: Officer, ref: str) -> None:
    """Delete a draft of one's own. Raises Refused where it is no draft any more, NotFound."""
    own_draft(acting(officer), ref, "discard").delete()


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
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
