"""What a person takes along. All of it goes with the account by itself."""

from __future__ import annotations

from typing import Any

from goodfences.alerts.models import AlertWish, Delivery


def export(account: Any, household: Any) -> dict[str, Any]:
    """What they wished for, and what reached them these thirty days."""
    told = Delivery.objects.filter(account=account).select_related("matter__post", "matter__warning")
    return {
        "wishes": [
            {
                "ref": wish.ref,
                "way": wish.way,
                "kinds": wish.kinds,
                "agencies": wish.agencies,
                "radius_km": wish.radius_km,
                "warnings": wish.warnings,
                "extreme_at_any_hour": wish.extreme_at_any_hour,
                "warnings_by_mail": wish.warnings_by_mail,
                "changed_at": wish.changed_at,
            }
            for wish in AlertWish.objects.filter(account=account)
        ],
        "told": [
            {
                "post": one.matter.post.ref if one.matter.post else "",
                "warning": one.matter.warning.ref if one.matter.warning else "",
                "way": one.way,
                "is_end": one.is_end,
                "due_at": one.due_at,
                "told_at": one.told_at,
            }
            for one in told.order_by("pk")
        ],
    }
