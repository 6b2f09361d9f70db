"""Appending: one entry with its act, or none."""

from __future__ import annotations

import pytest
from django.db import transaction

from goodfences import source
from goodfences.ledger import actions, tree
from goodfences.ledger.models import LedgerEntry, LedgerNode
from goodfences_record import canonical, merkle
from tests.conftest import NOON


def append(body: dict[str, object] | None = None, kind: str = "request.opened") -> LedgerEntry:
    with transaction.atomic():
        return actions.append(kind=kind, subject="request:abc", body=body or {"place": "Mill quarter"})


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused() -> None:
    with pytest.raises(actions.NoTransaction, match=r"request\.opened"):
        actions.append(kind="request.opened", subject="request:abc", body={})
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_leaves_no_entry_and_no_gap() -> None:
    append()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.append(kind="request.opened", subject="request:abc", body={})
        _ = 1 / 0
    assert append().index == 1
    assert tree.size() == 2
    assert LedgerNode.objects.count() == 3


@pytest.mark.django_db
def test_a_leaf_holds_version_kind_time_and_commitment_and_nothing_else(clock: source.SeededSource) -> None:
    first, second = append(), append()
    salt = bytes.fromhex(second.salt)
    commitment = canonical.commitment(salt, "request:abc", {"place": "Mill quarter"})
    assert second.leaf == (
        b'{"at":"2026-11-24T12:00:00Z","commitment":"' + commitment.encode() + b'","kind":"request.opened","v":1}'
    )
    assert first.salt != second.salt
    assert len(salt) == 32
    assert second.at == NOON


@pytest.mark.django_db
def test_a_leaf_does_not_depend_on_what_stands_before_it(clock: source.SeededSource) -> None:
    """Promise P2: the same act gives the same leaf, wherever it comes to stand."""

    def leaf_after(entries: int) -> bytes:
        with transaction.atomic():
            for _ in range(entries):
                append(kind="policy")
            with source.using(source.SeededSource(seed=7, start=NOON)):
                return bytes(append().leaf)

    assert leaf_after(0) == leaf_after(3)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["", "Request.opened", "request.opened.", "a" * 41, "request opened"])
def test_a_kind_is_spelled_in_one_way(kind: str) -> None:
    with pytest.raises(ValueError, match="the kind is like"):
        append(kind=kind)


@pytest.mark.django_db
@pytest.mark.parametrize("subject", ["", "x" * 61])
def test_a_subject_is_there_and_short(subject: str) -> None:
    with pytest.raises(ValueError, match="isn't an entry"):
        actions.append(kind="policy", subject=subject, body={})


@pytest.mark.django_db
def test_a_body_that_has_no_agreed_form_is_refused_and_nothing_is_written() -> None:
    with pytest.raises(canonical.NotCanonical, match=r"body\.cell is 613"):
        append({"cell": 613_196_570_331_971_583})
    assert tree.size() == 0


@pytest.mark.django_db
def test_the_root_is_that_of_the_leaves() -> None:
    running = merkle.RunningTree()
    for place in range(20):
        running.append(merkle.leaf_hash(bytes(append({"place": place}).leaf)))
        assert tree.root(place + 1) == running.root()
    assert tree.root(0) == merkle.EMPTY_ROOT
