"""The policy in force is public before anyone asks by it (P5, P6)."""

from __future__ import annotations

from django.db import transaction

from goodfences.ledger import actions as ledger
from goodfences.ledger import queries as ledger_queries
from goodfences.ledger import tree
from goodfences.ledger.models import LedgerEntry
from goodfences.policy import in_force


def publish_policy() -> bool:
    """Write the policy in force to the ledger unless its newest entry is that one. True if it was written.

    Safe to call at every start, from many processes at once.
    """
    with transaction.atomic():
        # Held before looking, so that of two processes that start at once only one writes.
        tree.lock()
        latest = _latest()
        policy = in_force()
        if latest is not None and _hash(latest) == policy.hash:
            return False
        body = {"hash": policy.hash, "policy": policy.data, "previous": _hash(latest) if latest else ""}
        ledger.append(kind="policy", subject="policy", body=body)
        ledger.sign_after_commit()
    return True


def policy_is_published() -> bool:
    """Whether the newest policy in the ledger is the one in force."""
    latest = _latest()
    return latest is not None and _hash(latest) == in_force().hash


def _latest() -> LedgerEntry | None:
    return ledger_queries.entries(kind="policy").last()


def _hash(entry: LedgerEntry) -> str:
    return str((entry.body or {}).get("hash", ""))
