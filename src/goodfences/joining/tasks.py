"""Work that waits: notices whose time has come, and applications that nobody signed."""

from goodfences.joining import actions


def run_due(limit: int) -> int:
    """Do at most `limit` units; returns how many were done."""
    done = actions.bring_into_force(limit)
    return done + actions.forget_stale(limit - done)
