"""Every change that an officer, or the clock, makes to a video request. Knows no ask, camera or clip (P1, P2)."""

from goodfences.video_requests.actions.drafts import check, discard_draft, save_draft
from goodfences.video_requests.actions.ending import (
    close,
    count_videos_with,
    end_all_of,
    expire_due,
    withdraw,
)
from goodfences.video_requests.actions.opening import approve, reject, submit, take_back

__all__ = [
    "approve",
    "check",
    "close",
    "count_videos_with",
    "discard_draft",
    "end_all_of",
    "expire_due",
    "reject",
    "save_draft",
    "submit",
    "take_back",
    "withdraw",
]
