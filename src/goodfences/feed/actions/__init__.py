"""Every change of the feed. Each act is one transaction; one that is refused raises `errors.Refused`."""

from goodfences.feed.actions.comments import delete_comment, edit_comment, undelete_comment, write_comment
from goodfences.feed.actions.marks import follow, save, thank
from goodfences.feed.actions.posts import (
    delete_post,
    edit_post,
    end_due,
    reopen_post,
    resolve_post,
    undelete_post,
    write_post,
)
from goodfences.feed.models import UNDO

__all__ = [
    "UNDO",
    "delete_comment",
    "delete_post",
    "edit_comment",
    "edit_post",
    "end_due",
    "follow",
    "reopen_post",
    "resolve_post",
    "save",
    "thank",
    "undelete_comment",
    "undelete_post",
    "write_comment",
    "write_post",
]
