"""Work that the worker does for the ledger."""

from __future__ import annotations

from goodfences.ledger import actions, queries, tree, witnesses


def run_due(limit: int) -> int:
    """Sign entries that were committed and not signed, as when a process died between the two."""
    if limit < 1 or tree.size() == queries.signed_size():
        return 0
    actions.sign_checkpoint()
    return 1


def run_witnesses(limit: int) -> int:
    """Ask witnesses who haven't cosigned the newest checkpoint: apart from signing, which waits for nobody."""
    return witnesses.ask_due(limit)
