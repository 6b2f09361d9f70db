"""Every change to agencies and their officers."""

from goodfences.agencies.actions.membership import admit, reinstate, renew, suspend, when_suspended
from goodfences.agencies.actions.officers import (
    add_admin,
    add_officer,
    change_role,
    deactivate_officer,
    reactivate_officer,
)

__all__ = [
    "add_admin",
    "add_officer",
    "admit",
    "change_role",
    "deactivate_officer",
    "reactivate_officer",
    "reinstate",
    "renew",
    "suspend",
    "when_suspended",
]
