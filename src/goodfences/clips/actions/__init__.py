"""Every change to clips on their way in. How they end is in `clips.retention`."""

from goodfences.clips.actions.announce import announce
from goodfences.clips.actions.finish import finish
from goodfences.clips.actions.receive import begin_upload, cancel_upload, receive, take_in

__all__ = ["announce", "begin_upload", "cancel_upload", "finish", "receive", "take_in"]
