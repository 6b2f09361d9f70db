"""Every change to clips on their way in. How they end is in `clips.retention`."""

from goodfences.clips.actions.announce import announce
from goodfences.clips.actions.by_hand import announce_by_hand, take_by_hand
from goodfences.clips.actions.finish import finish
from goodfences.clips.actions.receive import (
    announce_with_bytes,
    begin_upload,
    begin_with_bytes,
    cancel_upload,
    receive,
)

__all__ = [
    "announce",
    "announce_by_hand",
    "announce_with_bytes",
    "begin_upload",
    "begin_with_bytes",
    "cancel_upload",
    "finish",
    "receive",
    "take_by_hand",
]
