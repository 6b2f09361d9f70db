"""Reads that pages need."""

from __future__ import annotations

from typing import Any

from goodfences.health.models import HubHealth
from goodfences.people.models import Account, Household


def export(account: Account, household: Household | None) -> list[dict[str, Any]]:
    """What the household's hubs told of themselves and of its cameras."""
    if household is None:
        return []
    return [
        {
            "device": hub.device.ref,
            "version": hub.version,
            "heard_at": hub.heard_at,
            "clock_off_s": hub.clock_off_s,
            "cameras": [
                {
                    "camera": each.camera.ref,
                    "is_steady": each.is_steady,
                    "last_frame_at": each.last_frame_at,
                    "gaps": each.gaps,
                    "days": each.days,
                    "clips_waiting": each.clips_waiting,
                }
                for each in hub.cameras.select_related("camera").order_by("pk")
            ],
        }
        for hub in HubHealth.objects.filter(device__household=household).select_related("device").order_by("pk")
    ]
