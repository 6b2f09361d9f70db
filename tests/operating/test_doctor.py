"""`goodfences doctor` finds what is broken, each thing broken for real, and says how to mend it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import transaction
from django.db.migrations.recorder import MigrationRecorder

from goodfences import proxies, source
from goodfences.demo.processes import free_port
from goodfences.ledger import actions as ledger
from goodfences.ledger.models import LedgerEntry
from goodfences.mail import outbox
from goodfences.operating.backups import mark
from goodfences.operating.doctor import checks, command, security
from goodfences.operating.doctor.finding import Level, looked_at
from goodfences.source import SeededSource
from goodfences.vault import backed_up, keys
from goodfences.vault.models import Scrub
from goodfences.worker import beat_file
from goodfences_record.notes import COSIGNER, SigningKey
from tests.environment import child_environment

pytestmark = pytest.mark.django_db(transaction=True)
FINE, WARNING, FAULT = Level.OK, Level.WARNING, Level.FAULT


@pytest.fixture(autouse=True)
def instance(settings: Any, tmp_path: Path, clock: SeededSource) -> None:
    """One that is well, as far as a test is an instance."""
    settings.STATE = tmp_path
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"
    tmp_path.chmod(0o700)


def act() -> None:
    with transaction.atomic():
        ledger.append(kind="policy", subject="policy", body={})


def level(name: str) -> Level:
    """Of one check; what isn't fine says how to mend it."""
    found = looked_at({**checks.CHECKS, **security.CHECKS}[name])
    assert bool(found.mend) is (found.level is not FINE) and found.says
    return found.level


def test_a_restore_that_was_cut_off() -> None:
    assert level("restore") is FINE
    mark.put("20261126T020000Z")
    assert level("restore") is FAULT


def test_a_database_that_is_behind_or_ahead() -> None:
    assert level("database") is FINE
    applied = MigrationRecorder.Migration.objects
    last = applied.filter(app="people").order_by("-pk").first()
    assert last is not None
    last.delete()
    try:
        assert level("database") is FAULT
    finally:
        applied.create(app=last.app, name=last.name)
    newer = applied.create(app="people", name="9999_of_another_version")
    try:
        assert level("database") is WARNING
    finally:
        newer.delete()


def test_a_replica_that_is_not_named_is_none_to_worry_about() -> None:
    """One that is away: tests/replica."""
    assert level("replica") is FINE


def test_a_disk_that_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    for free, expected in ((50, FINE), (9, WARNING), (1, FAULT)):
        monkeypatch.setattr(
            shutil, "disk_usage", lambda _path, free=free: shutil._ntuple_diskusage(100, 100 - free, free)
        )  # type: ignore[attr-defined]
        assert level("disk") is expected


def test_a_clock_that_went_back(clock: SeededSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_unkept", lambda: False)
    act()
    ledger.sign_checkpoint()
    assert level("clock") is FINE
    clock.advance(timedelta(hours=-1))
    assert level("clock") is FAULT
    clock.advance(timedelta(hours=2))
    monkeypatch.setattr(checks, "_unkept", lambda: True)
    assert level("clock") is WARNING


def test_whether_the_clock_is_kept_can_be_asked() -> None:
    assert checks._unkept() in (True, False)


class Accepts:
    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802 - aiosmtpd's name
        return "250 OK"


def test_a_mail_server_that_is_away_or_knows_no_tls(settings: Any) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    assert level("mail") is FAULT
    server = Controller(Accepts(), hostname="127.0.0.1", port=settings.EMAIL_PORT)
    server.start()
    try:
        assert level("mail") is FINE
        settings.EMAIL_USE_TLS = True
        assert level("mail") is FAULT
        settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = False, "us"
        assert level("mail") is FAULT
    finally:
        server.stop()


def test_a_store_that_takes_nothing(settings: Any, tmp_path: Path) -> None:
    assert level("store") is FINE
    assert not [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    (tmp_path / "file").touch()
    settings.BLOBS = str(tmp_path / "file" / "blobs")
    assert level("store") is FAULT


def test_a_store_that_was_read_back(clock: SeededSource, settings: Any) -> None:
    assert level("scrub") is FINE
    last = Scrub.objects.create(ended_at=source.now(), read=3)
    assert level("scrub") is FINE
    for wrong, expected in (("orphans", WARNING), ("broken", FAULT), ("missing", FAULT)):
        Scrub.objects.update(**{"orphans": 0, "broken": 0, "missing": 0, wrong: 1})
        assert level("scrub") is expected, wrong
    Scrub.objects.update(missing=0)
    last.refresh_from_db()
    clock.advance(timedelta(days=22))
    assert level("scrub") is WARNING
    settings.SCRUB_MB_A_SECOND = 0
    assert level("scrub") is WARNING


def test_another_master_key(settings: Any, tmp_path: Path) -> None:
    assert level("master key") is FINE
    keys.new_key("clip")
    assert level("master key") is FINE
    settings.KEYS = tmp_path / "others"
    settings.KEYS.mkdir()
    (settings.KEYS / "master.age").write_text(str(pyrage.x25519.Identity.generate()))
    (settings.KEYS / "master.age").chmod(0o600)
    assert level("master key") is FAULT


def test_a_ledger_that_may_not_be_signed_or_is_not(clock: SeededSource) -> None:
    assert level("ledger") is FINE
    act()
    ledger.sign_checkpoint()
    assert level("ledger") is FINE
    act()
    assert level("ledger") is FINE
    clock.advance(timedelta(minutes=2))
    assert level("ledger") is FAULT
    ledger.sign_checkpoint()
    kept = ledger.checkpoint_path().read_text()
    ledger.checkpoint_path().unlink()
    assert level("ledger") is FAULT
    ledger.checkpoint_path().write_text(kept)
    LedgerEntry.objects.filter(index=1).delete()
    assert level("ledger") is FAULT


def test_a_witness_that_is_silent_and_having_none(settings: Any) -> None:
    assert level("witnesses") is WARNING
    settings.WITNESSES_ANYWHERE = True
    key = SigningKey.new("example.org/w", COSIGNER).verifier
    settings.WITNESSES = [f"http://127.0.0.1:{free_port()} {key}"]
    assert "example.org/w can't be asked" in checks.CHECKS["witnesses"]().says


def test_a_worker_that_died() -> None:
    assert level("worker") is FAULT
    beat_file().touch()
    os.utime(beat_file(), (source.now().timestamp(),) * 2)
    assert level("worker") is FINE
    os.utime(beat_file(), (source.now().timestamp() - 90,) * 2)
    assert level("worker") is FAULT


def test_mail_that_waits(clock: SeededSource) -> None:
    with transaction.atomic():
        outbox.queue(once="a", to="olive@example.org", template="ask", context={}, language="en", time_zone="UTC")
    assert level("queues") is FINE
    clock.advance(timedelta(minutes=16))
    assert level("queues") is FAULT


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], int]]:
    """Serves TLS as localhost with a certificate of so many days, which this machine trusts; answers its port."""
    closing: list[Any] = []

    def serve(days: int) -> int:
        path = _certificate(tmp_path, days)
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
        listening = socket.create_server(("127.0.0.1", 0))
        closing.append(listening)

        def answer() -> None:
            try:
                line, _ = listening.accept()
                with context.wrap_socket(line, server_side=True) as opened:
                    opened.recv(1)
            except OSError:
                pass

        threading.Thread(target=answer, daemon=True).start()
        port: int = listening.getsockname()[1]
        return port

    yield serve
    for one in closing:
        one.close()


def _certificate(folder: Path, days: int) -> Path:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{days}.pem"
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(pem))
    return path


def test_an_address_that_browsers_do_not_trust(
    settings: Any, certified: Callable[[int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert level("certificate") is FINE
    settings.SITE_URL = "http://town.example"
    assert level("certificate") is FAULT
    with source.using(source.SystemSource()):
        settings.SITE_URL = f"https://localhost:{certified(60)}"
        assert level("certificate") is FINE
        settings.SITE_URL = f"https://localhost:{certified(3)}"
        assert level("certificate") is WARNING
        settings.SITE_URL = f"https://localhost:{certified(60)}"
        monkeypatch.delenv("SSL_CERT_FILE")
        assert level("certificate") is FAULT


def test_pages_without_scripts(settings: Any, tmp_path: Path) -> None:
    settings.FRONTEND_DIST = tmp_path
    assert level("frontend") is FAULT
    (tmp_path / "manifest.json").touch()
    assert level("frontend") is FINE


@pytest.mark.parametrize(
    ("name", "well", "broken"),
    [
        ("debugging", {}, {"DEBUG": True}),
        ("debugging", {}, {"DEMO": True}),
        ("hosts", {"ALLOWED_HOSTS": ["town.example"]}, {"ALLOWED_HOSTS": ["*"]}),
        ("hosts", {"ALLOWED_HOSTS": ["town.example"]}, {"ALLOWED_HOSTS": [".example"]}),
        (
            "cookies",
            {"SECURE": True, "SESSION_COOKIE_SECURE": True, "SECURE_HSTS_SECONDS": 1},
            {"SECURE": False, "SITE_URL": "http://town.example"},
        ),
        ("proxies", {"SECURE": False}, {"SECURE": True}),
        ("proxies", {"SECURE": True, "PROXIES": proxies.read(["127.0.0.1"])}, {"PROXIES": proxies.read([])}),
        ("secrets", {"SECRET_KEY": "a" * 40}, {"SECRET_KEY": "short"}),
        ("metrics", {"METRICS_TOKEN": ""}, {"METRICS_TOKEN": "short"}),
        ("lines", {"EMAIL_HOST": "127.0.0.1"}, {"EMAIL_HOST": "mail.example"}),
    ],
)
def test_settings_that_let_others_in(settings: Any, name: str, well: dict[str, Any], broken: dict[str, Any]) -> None:
    for changes, expected in ((well, FINE), (broken, FAULT)):
        for setting, value in changes.items():
            setattr(settings, setting, value)
        assert level(name) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://g:secret@db.example/g", FAULT),
        ("postgres://g:secret@db.example/g?sslmode=disable", FAULT),
        ("postgres://g:secret@127.0.0.1,db.example/g?target_session_attrs=read-write", FAULT),
        ("postgres://g:secret@db.example/g?sslmode=verify-full", FINE),
        ("postgres://g:secret@127.0.0.1/g", FINE),
    ],
)
def test_the_line_past_a_pool_is_looked_at_too(monkeypatch: pytest.MonkeyPatch, url: str, expected: Level) -> None:
    monkeypatch.setenv("DATABASE_DIRECT_URL", url)
    assert level("lines") is expected
    assert "secret" not in security.lines().says


def test_keys_that_others_can_read(settings: Any, tmp_path: Path) -> None:
    keys.new_key("clip")
    assert level("private files") is FINE
    (settings.KEYS / "master.age").chmod(0o640)
    assert level("private files") is FAULT
    (settings.KEYS / "master.age").chmod(0o600)
    (tmp_path / "secret_key").touch(mode=0o644)
    assert level("private files") is FINE
    tmp_path.chmod(tmp_path.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    assert level("private files") is FAULT


def test_a_settings_file_that_others_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "_SETTINGS_FILE", tmp_path / "goodfences.env")
    assert level("settings file") is FINE
    (tmp_path / "goodfences.env").touch(mode=0o640)
    assert level("settings file") is FINE
    (tmp_path / "goodfences.env").chmod(0o644)
    assert level("settings file") is FAULT


def test_a_package_that_was_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    folder = tmp_path / "neat-1.0.dist-info"
    folder.mkdir()
    (tmp_path / "neat.py").write_text("fine = True\n")
    (folder / "METADATA").write_text("Name: neat\nVersion: 1.0\n")
    assert level("packages") is WARNING
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"fine = True\n").digest()).rstrip(b"=").decode()
    (folder / "RECORD").write_text(f"neat.py,sha256={digest},12\n")
    assert level("packages") is FINE
    (tmp_path / "neat.py").write_text("fine = False\n")
    assert level("packages") is FAULT


def doctor(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "goodfences.cli", "doctor", *arguments],
        env={**child_environment(), "GOODFENCES_STATE": str(tmp_path / "state"), **environment},
        capture_output=True,
        text=True,
    )


def test_the_command_says_it_all_and_fails(tmp_path: Path) -> None:
    done = doctor(
        tmp_path, "--json", DATABASE_URL="postgres://us:our-password@127.0.0.1:1/town", GOODFENCES_SMTP_PORT="1"
    )
    assert done.returncode == 1
    found = {one["check"]: one for one in json.loads(done.stdout)["findings"]}
    assert found["database"]["level"] == "fault" and "DATABASE_URL" in found["database"]["mend"]
    assert found["mail"]["level"] == "fault" and found["disk"]["level"] != "fault"
    assert "our-password" not in done.stdout + done.stderr
    assert set(found) == set(checks.CHECKS)


def test_a_setting_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    done = doctor(tmp_path, GOODFENCES_UPLOADS="many")
    assert done.returncode == 1 and "GOODFENCES_UPLOADS" in done.stdout


def test_security_is_looked_at_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(security, "CHECKS", {"hosts": security.hosts})
    monkeypatch.setattr(checks, "CHECKS", {"restore": checks.restore})
    assert command.main(["--security"]) == 0
    assert "restore" in (said := capsys.readouterr().out) and "hosts" in said
    assert command.main([]) == 0 and "hosts" not in capsys.readouterr().out


def says(name: str) -> str:
    return looked_at(checks.CHECKS[name]).says


def test_backups_that_are_not_set_up_were_never_made_or_are_late(settings: Any, clock: SeededSource) -> None:
    settings.BACKUP_RECIPIENTS = []
    assert level("backups") is WARNING
    settings.BACKUP_RECIPIENTS = ["age1…"]
    assert level("backups") is FAULT
    backed_up.made(backed_up.WHOLE)
    assert level("backups") is WARNING and "never written down" in says("backups")
    backed_up.made(backed_up.RECENT)
    assert level("backups") is FINE
    clock.advance(timedelta(hours=2))
    assert level("backups") is WARNING
    clock.advance(timedelta(hours=35))
    backed_up.made(backed_up.RECENT)
    assert level("backups") is FAULT
    settings.BACKUP_RECIPIENTS = []
    assert level("backups") is FAULT


def test_a_backup_that_failed_last(settings: Any, clock: SeededSource) -> None:
    settings.BACKUP_RECIPIENTS = ["age1…"]
    backed_up.failed(backed_up.WHOLE, PermissionError("/mnt/backups"))
    assert level("backups") is FAULT and says("backups").endswith("failed (PermissionError).")
    clock.advance(timedelta(minutes=1))
    backed_up.made(backed_up.WHOLE)
    backed_up.made(backed_up.RECENT)
    assert level("backups") is FINE
    clock.advance(timedelta(minutes=1))
    backed_up.failed(backed_up.WHOLE, PermissionError("/mnt/backups"))
    assert level("backups") is WARNING and "/mnt" not in says("backups")
