"""`goodfences verify ledger URL` against a real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from pytest_django.live_server_helper import LiveServer

from goodfences.ledger import actions, command, keys, reading
from goodfences.ledger.models import LedgerEntry
from goodfences_record import notes
from tests.ledger.logs import grow

Verify = Callable[..., tuple[int, str]]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "memory" / "ledger.json"


@pytest.fixture
def verify(live_server: LiveServer, state: Path, capsys: pytest.CaptureFixture[str]) -> Verify:
    """Runs the command on this instance; answers its exit status and what it said."""

    def run(*options: str, url: str = live_server.url) -> tuple[int, str]:
        status = command.main([url, "--state", str(state), *options])
        return status, capsys.readouterr().out

    return run


def test_a_ledger_that_holds_is_said_to_hold(verify: Verify, state: Path) -> None:
    grow(5)
    status, said = verify()
    assert status == command.HOLDS
    assert "holds          The checkpoint over 5 entries is signed by" in said
    assert "not checked    Whether the key is the right one" in said
    assert "Everything that was checked holds." in said
    assert json.loads(state.read_text())["public_key"] == keys.public_key()


def test_the_address_of_the_ledger_itself_will_do(verify: Verify, live_server: LiveServer) -> None:
    grow(1)
    assert verify(url=f"{live_server.url}/ledger/")[0] == command.HOLDS


def test_the_second_time_it_must_have_grown(verify: Verify) -> None:
    grow(5)
    verify()
    grow(2)
    status, said = verify()
    assert status == command.HOLDS
    assert "The 5 entries of last time are still there" in said
    assert "Whether the key is the right one" not in said


def test_a_log_that_was_begun_anew_is_found(verify: Verify, state: Path) -> None:
    grow(5)
    verify()
    lie = notes.sign(notes.Checkpoint(keys.origin(), 3, b"1" * 32).text(), keys.signing_key())
    state.write_text(json.dumps({"public_key": keys.public_key(), "checkpoint": lie}))
    status, said = verify()
    assert status == command.BROKEN
    assert "does not hold  The log was rewritten" in said
    assert "can't be relied on" in said
    assert json.loads(state.read_text())["checkpoint"] == lie


def test_a_key_from_elsewhere_settles_the_question(verify: Verify) -> None:
    grow(1)
    status, said = verify("--key", keys.public_key())
    assert status == command.HOLDS
    assert "Whether the key is the right one" not in said
    status, said = verify("--key", str(notes.SigningKey.new("other").verifier))
    assert status == command.BROKEN
    assert "not the one that was expected: other+" in said


def test_a_tampered_row_is_found_from_outside(verify: Verify, state: Path) -> None:
    grow(5)
    LedgerEntry.objects.filter(index=2).update(body={"word": "another story"})
    status, said = verify()
    assert status == command.BROKEN
    assert "Entry 2: What the entry says is not what was written" in said
    assert not state.exists()


def test_an_erased_entry_is_reported_as_such(verify: Verify) -> None:
    grow(3)
    actions.erase(1)
    status, said = verify()
    assert status == command.HOLDS
    assert "1 of them said was erased by law" in said


def test_an_instance_that_has_signed_nothing_has_no_ledger_yet(verify: Verify) -> None:
    status, said = verify()
    assert status == command.BROKEN
    assert "/ledger/checkpoint is missing" in said


def test_a_damaged_memory_is_not_taken_for_a_first_time(verify: Verify, state: Path) -> None:
    grow(1)
    state.parent.mkdir()
    for damage in ("{", "[]", "{}"):
        state.write_text(damage)
        status, said = verify()
        assert status == command.UNCHECKED
        assert "can't be read" in said


def test_nothing_is_remembered_where_nothing_should_be(live_server: LiveServer) -> None:
    grow(1)
    said: list[str] = []
    assert command.verify_ledger(live_server.url, None, say=said.append) == command.HOLDS
    assert not any("Remembered" in line for line in said)


def test_a_server_that_is_not_there_says_nothing_about_the_ledger(state: Path) -> None:
    said: list[str] = []
    assert command.verify_ledger("http://127.0.0.1:1", state, say=said.append) == command.UNCHECKED
    assert "could not be read" in said[-1]


@contextmanager
def server(status: int, parts: list[bytes]) -> Iterator[str]:
    """A server that answers everything the same way."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            for part in parts:
                self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            pass

    httpd = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=httpd.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}"
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def test_a_server_in_trouble_says_nothing_about_the_ledger(state: Path) -> None:
    said: list[str] = []
    with server(503, []) as url:
        assert command.verify_ledger(url, state, say=said.append) == command.UNCHECKED
    assert "answered 503" in said[-1]


def test_an_endless_answer_is_cut_off(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 1000)
    said: list[str] = []
    with server(200, [b"x" * 600, b"x" * 600]) as url:
        assert command.verify_ledger(url, state, say=said.append) == command.BROKEN
    assert "longer than 1000 bytes" in said[1]


def test_what_is_remembered_has_a_place_of_its_own_for_each_ledger(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    place = command.default_state("town.example")
    assert place == tmp_path / "goodfences" / "https___town.example_ledger.json"
    assert command.default_state("https://town.example/ledger/") == place
    assert command.default_state("http://town.example:8000") != place


def test_memory_lies_in_the_home_where_the_system_names_no_other_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/nadia")
    assert command.default_state("town.example").parent == Path("/home/nadia/.local/state/goodfences")


def test_the_log_is_served_as_the_specification_wants_it(live_server: LiveServer) -> None:
    grow(3)
    with httpx.Client(base_url=live_server.url) as client:
        checkpoint = client.get("/ledger/checkpoint")
        assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert checkpoint.headers["Cache-Control"] == "public, max-age=2"
        for path in ("/ledger/tile/0/000.p/3", "/ledger/tile/entries/000.p/3"):
            tile = client.get(path)
            assert tile.headers["Content-Type"] == "application/octet-stream"
            assert tile.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert tile.headers["Access-Control-Allow-Origin"] == "*"
        assert client.get("/ledger/contents/000.p/3").headers["Cache-Control"] == "public, max-age=60"
        for path in (
            "/ledger/tile/0/000",
            "/ledger/tile/0/000.p/4",
            "/ledger/tile/0/000.p/0",
            "/ledger/tile/0/000.p/256",
            "/ledger/tile/0/000.p/03",
            "/ledger/tile/00/000.p/3",
            "/ledger/tile/64/000.p/1",
            "/ledger/tile/0/x000/000.p/3",
            "/ledger/tile/0/0.p/3",
            "/ledger/tile/0/x999/x999/x999/x999/x999/x999/999",
            "/ledger/tile/entries/001.p/3",
            "/ledger/contents/001.p/3",
        ):
            assert client.get(path).status_code == 404, path
        assert client.post("/ledger/checkpoint").status_code in (403, 405)
