"""What of it is told a person, and what becomes of it when they leave (P12)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from goodfences.clips.leaving import clips_of
from goodfences.people.models import Account, Household
from goodfences.people.registry import Part
from goodfences.redaction import actions
from goodfences.redaction.models import Copy, Draft


def export(account: Account, household: Household | None) -> dict[str, Any]:
    """What is to be covered in the household's clips, and which copies were made."""
    del account
    if household is None:
        return {"drafts": [], "copies": []}
    drafts = Draft.objects.filter(clip__camera__household=household).select_related("clip").order_by("clip_id")
    copies = Copy.objects.filter(clip__camera__household=household).select_related("clip").order_by("pk")
    return {
        "drafts": [
            {
                "clip": draft.clip.ref,
                "starts_ms": draft.starts_ms,
                "ends_ms": draft.ends_ms,
                "audio": draft.audio,
                "marks": draft.marks,
                "changed_at": draft.changed_at,
            }
            for draft in drafts
        ],
        "copies": [
            {
                "ref": copy.ref,
                "clip": copy.clip.ref,
                "sha256": copy.sha256,
                "size": copy.size,
                "starts_at": copy.starts_at,
                "ends_at": copy.ends_at,
                "facts": copy.facts,
                "made_at": copy.made_at,
            }
            for copy in copies
        ],
    }


def erase(account: Account, household: Household | None) -> None:
    """The household's copies end; what was to be covered goes with the clips themselves."""
    del account
    if household is not None:
        actions.discard(list(Copy.objects.filter(clip__camera__household=household)))


def count_part(_account: Account, household: Household, part: Part) -> dict[str, int]:
    """How many copies there are of clips of a part that is to be erased."""
    return {"copies": _copies(household, part).count()}


def erase_part(_account: Account, household: Household, part: Part) -> None:
    """They end before their clips' rows go, for their keys would stay."""
    actions.discard(list(_copies(household, part)))


def _copies(household: Household, part: Part) -> QuerySet[Copy]:
    return Copy.objects.filter(clip__in=clips_of(household, part))
