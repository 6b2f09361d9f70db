"""The ledger checked by the page's own code, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from goodfences.ledger import actions
from goodfences.ledger.models import LedgerEntry, LedgerNode, SignedCheckpoint
from tests.ledger.logs import grow
from tests.windows import axe, browser, visit

__all__ = ["browser", "visit"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def begin_anew(count: int) -> None:
    """Another log signed by the same key, as only its operator could make it."""
    for model in (LedgerEntry, LedgerNode, SignedCheckpoint):
        model.objects.all().delete()
    actions.checkpoint_path().unlink()
    with transaction.atomic():
        for place in range(count):
            actions.append(kind="request.opened", subject=f"request:other {place}", body={})
    actions.sign_checkpoint()


def test_a_browser_proves_an_entry_remembers_and_finds_a_log_that_was_begun_anew(visit: Any) -> None:
    grow(3)
    page = visit("/record/verify/?entry=1").page
    found = page.locator("[data-island=verify] .findings > li")

    def check() -> list[str]:
        page.get_by_role("button", name="Check now").click()
        page.locator(".findings[aria-busy=false]").wait_for()
        return [line.inner_text() for line in found.all()]

    first = check()
    assert first[0].startswith("Holds: the checkpoint over 3 entries is signed by")
    assert any("This is the first time" in line for line in first)
    assert any(line.startswith("Holds: entry 1 is in this ledger") for line in first)
    assert "request:1" in page.locator("[data-island=verify] pre").inner_text()
    assert axe(page) == []
    grow(300)
    assert (
        "Holds: the 3 entries that this browser saw last time are still there, unchanged and in their order."
        in check()
    )
    LedgerEntry.objects.filter(index=1).update(body={"word": "another story"})
    assert "Does not hold: what entry 1 says is not what was written into the ledger." in check()
    begin_anew(310)
    assert check()[-1].startswith("Does not hold: the ledger was rewritten. Its first 303 entries")
    begin_anew(5)
    assert check()[-1].startswith("Does not hold: the ledger has shrunk.")
    page.get_by_role("button", name="Forget what this browser saw").click()
    assert check()[0].startswith("Holds: the checkpoint over 5 entries")
