from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goodfences.people.models import Account
from goodfences.push import actions
from goodfences.source import SeededSource
from tests.push.service import Browser, Service, push_service


@pytest.fixture
def service(settings: Any, tmp_path: Path, clock: SeededSource) -> Iterator[Service]:
    """A push service on this machine; the clock stands still."""
    settings.PUSH_ANYWHERE, settings.KEYS = True, tmp_path / "keys"
    settings.BLOBS = str(tmp_path / "blobs")
    with push_service() as found:
        yield found


@pytest.fixture
def browser(olive: Account, service: Service) -> Browser:
    """Olive's, which is notified."""
    browser = Browser()
    actions.subscribe(account=olive, endpoint=f"{service.url}/olives", name="Phone", **browser.keys)
    return browser
