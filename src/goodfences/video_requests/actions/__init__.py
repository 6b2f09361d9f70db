"""Every change that an officer, or the clock, makes to a video request. Knows no ask, camera or clip (P1, P2)."""

from goodfences.video_requests.actions.drafts import (
    check,
    clear_discarded,
    copy,
    discard_draft,
    restore_draft,
    save_draft,
)
from goodfences.video_requests.actions.ending import close, end_all_of, expire_due, withdraw
from goodfences.video_requests.actions.opening import approve, reject, submit, take_back
from goodfences.video_requests.actions.outcomes import remind_due, say_whether_it_helped

__all__ = [
    "approve",
    "check",
    "clear_discarded",
    "close",
    "copy",
    "discard_draft",
    "end_all_of",
    "expire_due",
    "reject",
    "remind_due",
    "restore_draft",
    "save_draft",
    "say_whether_it_helped",
    "submit",
    "take_back",
    "withdraw",
]
