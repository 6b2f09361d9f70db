"""Every change of this room. Each act is one transaction; one that is refused raises `errors.Refused`."""

from goodfences.moderation.actions.appeals import appeal, decide
from goodfences.moderation.actions.blocks import block, mute, unblock
from goodfences.moderation.actions.reports import report
from goodfences.moderation.actions.rulings import claim, open_contested, open_due, release, rule, second

__all__ = [
    "appeal",
    "block",
    "claim",
    "decide",
    "mute",
    "open_contested",
    "open_due",
    "release",
    "report",
    "rule",
    "second",
    "unblock",
]
