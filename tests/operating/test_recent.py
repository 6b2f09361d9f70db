"""What is written down between two backups, and done again after a restore."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goodfences import source
from goodfences.legal_demands import actions, telling
from goodfences.mail.models import OutboxMessage
from goodfences.operating.backups import belongings, forgetting, recent
from goodfences.people import erased
from goodfences.people.models import Account
from goodfences.source import SeededSource
from tests.legal_demands.conftest import PDF, particulars

NOTHING: dict[str, list[Any]] = {
    name: [] for name in ("erased", "keys", "clips", "hand_ins", "taken_back", "over", "ledger")
}


@pytest.mark.django_db(transaction=True)
def test_who_was_told_by_another_machine_is_told_once(
    olive: Account, otto: Account, settings: Any, tmp_path: Path, clock: SeededSource
) -> None:
    settings.STATE, settings.BLOBS = tmp_path / "that-sends", str(tmp_path / "blobs")
    silent = {"secret_until": source.now() + timedelta(days=30), "secrecy_order": "District court, 26-77"}
    made = actions.enter(operator=otto, particulars=particulars(**silent), document=PDF)
    ofelia = Account.objects.create_user("ofelia@example.org", None, kind=Account.Kind.OPERATOR)
    actions.confirm(operator=ofelia, ref=made.ref)
    clock.advance(timedelta(days=31))
    assert telling.tell_due(10) == 1
    settings.STATE = tmp_path / "that-backs-up"
    assert recent._since(source.now())["told"] == {}  # its mail waits yet
    OutboxMessage.objects.update(state=OutboxMessage.State.SENT)
    marks = recent._since(source.now())["told"]
    settings.STATE = tmp_path / "restored"
    belongings.put_told(marks)
    (subject,) = made.subjects.all()
    assert telling._told_before(subject) == subject.told_at is not None


def gone(*accounts: str) -> dict[str, list[Any]]:
    return {**NOTHING, "erased": [{"account": digest} for digest in accounts]}


@pytest.mark.django_db
def test_all_accounts_are_read_once_for_all_that_were_erased(
    olive: Account, nadia: Account, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    strangers = [f"{number:064}" for number in range(50)]
    with django_assert_max_num_queries(12):
        assert forgetting.apply([gone(*strangers)] * 3) == 0
    assert forgetting.apply([gone(*strangers, erased.of_account(nadia)), gone(erased.of_account(nadia))]) == 1
    assert list(Account.objects.values_list("name", flat=True)) == [olive.name]
