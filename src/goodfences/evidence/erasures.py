"""The receipt of an erasure, signed as consent receipts are, so that it can be checked alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goodfences.evidence import keys, receipts


def sign(content: Mapping[str, Any]) -> dict[str, Any]:
    """The signed receipt, ready to be handed out (people.registry.sign_receipts_with)."""
    return receipts.sign(content, keys.evidence_key(), keys.voucher(), form=receipts.ERASURE_FORMAT)
