"""What of a resident's comments on agreements is told them (P12). The rows of an account go with it."""

from __future__ import annotations

from typing import Any

from goodfences.joining.models import Remark
from goodfences.people.models import Account, Household


def export(account: Account, _household: Household | None) -> list[dict[str, Any]]:
    found = Remark.objects.filter(author=account).select_related("application").order_by("at", "pk")
    return [
        {
            "ref": one.ref,
            "notice": one.application.ref,
            "text": one.text,
            "language": one.language,
            "at": one.at,
            "hidden_at": one.hidden_at,
            "hidden_reason": one.hidden_reason,
        }
        for one in found
    ]
