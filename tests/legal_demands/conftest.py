"""A demand that breaks no rule, and operators who enter and confirm it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goodfences import source
from goodfences.legal_demands import actions
from goodfences.legal_demands.models import LegalDemand
from goodfences.people.models import Account
from tests.persons import make_account

PDF = b"%PDF-1.7\n% a warrant for the recordings of Olive Oak\n%%EOF\n"


def particulars(**changes: Any) -> actions.Particulars:
    """What an operator fills in: a warrant, without an order of silence."""
    given: dict[str, Any] = {
        "kind": "warrant",
        "authority": "District court of the county",
        "reference": "W-2026-118",
        "scope": "Recordings of one evening in November by the cameras of one household.",
        "received_on": source.now().date(),
        "outcome": "nothing",
        "handed_over": "The owner had deleted them before the warrant came, and their keys were destroyed.",
        "secret_until": None,
        "secrecy_order": "",
        "subjects": ("olive@example.org",),
    }
    return actions.Particulars(**{**given, **changes})


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"
    settings.STATE = tmp_path / "state"
    return tmp_path


@pytest.fixture
def ofelia(db: None) -> Account:
    return make_account("Ofelia", Account.Kind.OPERATOR)


def confirmed(otto: Account, ofelia: Account, **changes: Any) -> LegalDemand:
    """Entered by Otto, confirmed by Ofelia."""
    made = actions.enter(operator=otto, particulars=particulars(**changes), document=PDF)
    return actions.confirm(operator=ofelia, ref=made.ref)
