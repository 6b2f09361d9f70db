"""An appeal that breaks no rule, in each of its states, and a small real virus scanner."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goodfences import places, source
from goodfences.appeals import actions, handing
from goodfences.appeals.models import Appeal
from goodfences.appeals.rules import AppealFields
from goodfences.ledger import actions as ledger
from goodfences.people.models import Account
from goodfences.video_requests.publication import publish_policy
from tests.persons import OLIVES_PLACE, cell, officer

WORDS = (
    "During the market a delivery van rolled into the crowd and drove away toward the bridge. We look for video of "
    "the van and of where it went."
)
WHY = "It happened among hundreds of people, and whoever filmed it may live anywhere."
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
GIVEN = handing.Given(agreed=True, sound=False, told={})


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path) -> None:
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"


def fields(**changes: Any) -> AppealFields:
    """What Omar fills in: two hours of yesterday, around Olive's place."""
    now = source.now()
    given: dict[str, Any] = {
        "case_number": "26-0977",
        "incident_type": "hit_and_run",
        "title": "Van at the market on Tuesday",
        "words": WORDS,
        "why_public": WHY,
        "place_name": "Market Square",
        "place_cells": places.coarse_around(cell(OLIVES_PLACE), 1),
        "starts_at": now - timedelta(hours=5),
        "ends_at": now - timedelta(hours=3),
    }
    return AppealFields(**{**given, **changes})


@pytest.fixture
def waiting(omar: Account, clock: source.SeededSource) -> Appeal:
    publish_policy()
    return actions.submit(officer=officer(omar), fields=fields())


@pytest.fixture
def appeal(waiting: Appeal, ada: Account) -> Appeal:
    """Open, and its entry is signed."""
    made = actions.approve(officer=officer(ada), ref=waiting.ref)
    ledger.sign_checkpoint()
    return made


class Clamd(socketserver.ThreadingTCPServer):
    """Speaks INSTREAM as clamd(8) documents it, and knows one virus."""

    allow_reuse_address = True
    daemon_threads = True
    looked_at = 0


class _Asked(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        if self.rfile.read(10) != b"zINSTREAM\0":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        heard = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            heard += self.rfile.read(size)
        assert isinstance(self.server, Clamd)
        self.server.looked_at += len(heard)
        self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in heard else b"stream: OK\0")


@pytest.fixture
def clamd(settings: Any) -> Iterator[Clamd]:
    with Clamd(("127.0.0.1", 0), _Asked) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        settings.CLAMD = f"127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()
        thread.join()
