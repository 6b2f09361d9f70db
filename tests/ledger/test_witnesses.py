"""Witnesses over real connections: a log asks two of them, and neither lets it tell a second story."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from pytest_django.live_server_helper import LiveServer

from goodfences import source
from goodfences.ledger import actions, command, keys, proofs, queries, tasks, witnesses
from goodfences.ledger.models import Cosignature, LedgerEntry, LedgerNode, SignedCheckpoint, WitnessContact
from goodfences.ledger.witness import command as witness_command
from goodfences.ledger.witness.folder import Folder
from goodfences.ledger.witness.server import serve
from goodfences_record import cosignatures, notes
from goodfences_record.offline import verify_bundle
from goodfences_record.witnessing import Witness
from tests.environment import child_environment
from tests.ledger.logs import grow

pytestmark = pytest.mark.django_db(transaction=True)
AT = 1_800_000_000


class Running:
    """A witness as it runs anywhere: a folder, a key, a port."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = Folder(folder)
        self.key = self.folder.key(name)
        logs = {keys.origin(): notes.VerifierKey.parse(keys.public_key())}
        self.server = serve(Witness(self.key, logs, self.folder, lambda: AT), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def setting(self) -> str:
        return f"{self.url} {self.key.verifier}"

    def accusations(self) -> list[Path]:
        with self.folder.holding(keys.origin()) as place:
            return place.accusations()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def two(tmp_path: Path, settings: Any) -> Iterator[list[Running]]:
    running = [Running(tmp_path / name, f"{name}.example/witness") for name in ("one", "two")]
    settings.WITNESSES_ANYWHERE = True
    settings.WITNESSES = [witness.setting for witness in running]
    yield running
    for witness in running:
        witness.stop()


@pytest.fixture
def another_story(settings: Any) -> Callable[[int, int], None]:
    """Signs another log with the same key, as an operator could who wanted to: `kept` entries stay, `new` follow."""

    def tell(kept: int, new: int) -> None:
        LedgerEntry.objects.filter(index__gte=kept).delete()
        for level in range(20):
            LedgerNode.objects.filter(level=level, index__gte=kept >> level).delete()
        SignedCheckpoint.objects.filter(size__gt=kept).delete()
        SignedCheckpoint.objects.all().delete()
        actions.checkpoint_path().unlink()
        with transaction.atomic():
            for place in range(new):
                actions.append(kind="request.opened", subject=f"request:other {place}", body={})
        actions.sign_checkpoint()

    return tell


def ask(clock: source.SeededSource) -> None:
    clock.advance(timedelta(hours=2))
    tasks.run_witnesses(limit=10)


def published() -> str:
    latest = queries.latest_checkpoint()
    assert latest is not None
    return queries.cosigned_note(latest)


def test_two_witnesses_cosign_what_the_log_publishes(two: list[Running], clock: source.SeededSource) -> None:
    grow(3)
    ask(clock)
    grow(4)
    ask(clock)
    note = published()
    assert cosignatures.witnesses_of(note, [one.key.verifier for one in two]) == {one.key.verifier: AT for one in two}
    assert notes.open_checkpoint(note, notes.VerifierKey.parse(keys.public_key())).size == 7
    assert verify_bundle(proofs.bundle(2), public_key=keys.public_key()).checkpoint.size == 7
    assert cosignatures.witnesses_of(proofs.bundle(2)["checkpoint"], [two[0].key.verifier])
    assert actions.checkpoint_path().read_text() in note


def test_a_witness_is_asked_once_a_checkpoint(two: list[Running], clock: source.SeededSource) -> None:
    grow(3)
    assert tasks.run_witnesses(limit=1) == 1
    assert tasks.run_witnesses(limit=10) == 1
    assert tasks.run_witnesses(limit=10) == 0
    assert Cosignature.objects.count() == 2


@pytest.mark.parametrize(("kept", "new"), [(2, 3), (2, 1), (0, 9)], ids=["same size", "rolled back", "begun anew"])
def test_two_witnesses_catch_a_log_that_tells_another_story(
    two: list[Running], clock: source.SeededSource, another_story: Callable[[int, int], None], kept: int, new: int
) -> None:
    grow(5)
    ask(clock)
    another_story(kept, new)
    ask(clock)
    refused = queries.refusals()
    assert [contact.witness for contact in refused] == [str(one.key.verifier) for one in two]
    assert published().count("\n— ") == 1
    assert all("cosigned" in contact.refusal for contact in refused)
    if (kept, new) == (2, 3):
        assert [len(one.accusations()) for one in two] == [1, 1]


def test_a_witness_that_is_away_is_asked_again_later_and_less_and_less_often(
    two: list[Running], clock: source.SeededSource, settings: Any
) -> None:
    away = socket.create_server(("127.0.0.1", 0))
    port = away.getsockname()[1]
    away.close()
    settings.WITNESSES = [f"http://127.0.0.1:{port} {two[0].key.verifier}", two[1].setting]
    grow(3)
    ask(clock)
    assert list(Cosignature.objects.values_list("witness", flat=True)) == [str(two[1].key.verifier)]
    waits = []
    for _ in range(3):
        contact = WitnessContact.objects.get(witness=str(two[0].key.verifier))
        waits.append(contact.due_at - source.now())
        clock.advance(contact.due_at - source.now())
        tasks.run_witnesses(limit=10)
    assert waits == sorted(set(waits))
    assert queries.refusals() == []
    settings.WITNESSES = [one.setting for one in two]
    ask(clock)
    assert published().count("\n— ") == 3


def test_a_witness_that_signs_with_another_key_is_not_believed(
    two: list[Running], clock: source.SeededSource, settings: Any
) -> None:
    settings.WITNESSES = [f"{two[0].url} {two[1].key.verifier}"]
    grow(3)
    ask(clock)
    assert not Cosignature.objects.exists()


def test_who_is_no_longer_named_is_no_longer_shown(
    two: list[Running], clock: source.SeededSource, settings: Any
) -> None:
    grow(3)
    ask(clock)
    settings.WITNESSES = []
    assert published().count("\n— ") == 1
    assert queries.newest_cosigned() is None
    assert tasks.run_witnesses(limit=10) == 0


@pytest.mark.parametrize(
    "text",
    [
        "http://witness.example KEY",
        "https://127.0.0.1 KEY",
        "https://10.0.0.1:8443 KEY",
        "https://witness.local KEY",
        "https://witness.example",
        "https://witness.example nokey",
        "https://witness.example LOG",
    ],
)
def test_a_witness_in_our_own_network_or_without_a_key_is_no_setting(settings: Any, text: str) -> None:
    good = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
    settings.WITNESSES = [text.replace("KEY", good).replace("LOG", keys.public_key())]
    with pytest.raises(ImproperlyConfigured, match="GOODFENCES_WITNESSES"):
        witnesses.configured()
    settings.WITNESSES = [f"https://witness.example:8443/w/ {good}"]
    assert witnesses.configured()[0].url == "https://witness.example:8443/w"


def test_verifying_names_the_witnesses_and_misses_those_that_must_have_seen_it(
    two: list[Running], clock: source.SeededSource, live_server: LiveServer
) -> None:
    grow(3)
    tasks.run_witnesses(limit=1)
    said: list[str] = []

    def verify(*given: str) -> int:
        said.clear()
        return command.verify_ledger(live_server.url, None, witnesses=list(given) or None, say=said.append)

    first, second = (str(one.key.verifier) for one in two)
    assert verify() == command.HOLDS
    assert "  holds          one.example/witness saw this checkpoint, 2027-01-15 08:00:00 UTC." in said
    assert any("two.example/witness has not cosigned" in line for line in said)
    assert any("Whether these witnesses are independent" in line for line in said)
    assert verify(first) == command.HOLDS
    assert verify(first, second) == command.UNCHECKED
    assert "haven't seen this checkpoint" in said[-1]
    line = Cosignature.objects.get()
    _, (signature,) = notes.split(f"{line.checkpoint.note.rpartition(chr(10) * 2)[0]}\n\n{line.line}")
    forged = notes.Signature(signature.name, signature.key_id, bytes(72))
    Cosignature.objects.update(line=forged.line())
    assert verify(first) == command.BROKEN
    assert "doesn't belong to this checkpoint" in said[-2]


def test_a_witness_that_only_looks_finds_out_too(
    live_server: LiveServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    another_story: Callable[[int, int], None],
) -> None:
    def look(*more: str) -> tuple[int, str]:
        arguments = [live_server.url, "--folder", str(tmp_path / "w"), "--once", *more]
        return witness_command.main(arguments), capsys.readouterr().out

    assert look()[0] == witness_command.UNCHECKED
    grow(300)
    status, said = look("--name", "looking.example")
    assert status == witness_command.HOLDS
    assert "The key of" in said and "Cosigned 300 entries." in said
    grow(20)
    assert "Cosigned 320 entries." in look()[1]
    assert "Still 320 entries." in look()[1]
    another_story(300, 4)
    status, said = look()
    assert status == witness_command.BROKEN
    assert "The log went back: 320 entries were cosigned, and now it says that it has 304." in said
    another_story(290, 40)
    status, said = look()
    assert status == witness_command.BROKEN
    assert "The log was rewritten: its first 320 entries are not those" in said
    (evidence,) = list((tmp_path / "w").glob("*.contradicts"))
    assert evidence.read_text().count(f"— {keys.origin()} ") == 2
    assert look("--key", str(notes.SigningKey.new(keys.origin()).verifier))[0] == witness_command.UNCHECKED
    assert look("--name", "other.example")[0] == witness_command.UNCHECKED


def test_a_witness_runs_where_there_is_no_django(live_server: LiveServer, tmp_path: Path) -> None:
    grow(2)
    program = (
        "import sys; from goodfences import cli\n"
        "try: cli.main()\n"
        "finally: sys.stderr.write(' '.join(sorted(m for m in sys.modules if m.split('.')[0] == 'django')))"
    )
    environment = {"PYTHONPATH": child_environment()["PYTHONPATH"], "HOME": str(tmp_path), "PATH": ""}
    run = subprocess.run(
        [sys.executable, "-c", program, "witness", live_server.url, "--name", "alone.example", "--once"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "Cosigned 2 entries." in run.stdout


def test_the_witnesss_own_server_answers_what_it_may_and_nothing_else(two: list[Running]) -> None:
    grow(2)
    tasks.run_witnesses(limit=1)
    place = two[0].folder.holding(keys.origin())
    with place as held:
        assert held.note is not None
    with httpx.Client(base_url=two[0].url) as client:
        assert client.get("/").text == f"{two[0].key.verifier}\n"
        assert client.get("/elsewhere").status_code == 404
        assert client.post("/elsewhere", content=b"x").status_code == 404
        assert client.post("/add-checkpoint", content=b"\xff").status_code == 400
        assert client.post("/add-checkpoint", content=b"x" * 200_000).status_code == 400
        assert client.post("/add-checkpoint", content=iter([b"x"])).status_code == 400
