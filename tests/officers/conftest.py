"""An agency with a domain, whose admin has a provider."""

from __future__ import annotations

from typing import Any

import pytest

from goodfences.agencies.models import Agency
from goodfences.demo import processes
from goodfences.people.models import Account

DOMAIN = "example.org"
"""Where the standing persons' addresses are; Olive's, too."""


@pytest.fixture
def proven(northgate: Agency, aggie: Account, settings: Any) -> Agency:
    """Northgate, with a proven domain; its provider may be on this machine."""
    settings.PROVIDERS_ANYWHERE = True
    settings.SITE_URL = "http://testserver"
    northgate.domain = DOMAIN
    northgate.save()
    return northgate


@pytest.fixture
def free_port() -> int:
    """Where nothing listens."""
    return processes.free_port()
