"""Time stamps by a real server, and packages without one where it is away."""

from __future__ import annotations

import io
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goodfences.evidence import claims, command, layout, portal
from goodfences.evidence.models import CustodyEvent, SharedVideo
from goodfences.evidence.stamps import Server
from goodfences.evidence.verify import verify_package
from goodfences.people.models import Account
from goodfences.video_requests.models.request import VideoRequest
from tests.evidence import packages, tsa
from tests.evidence.packages import PUBLIC_KEY
from tests.evidence.tsa import Tsa
from tests.persons import officer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tsa]:
    with tsa.running(tmp_path_factory.mktemp("tsa") / "server") as running:
        yield running


@pytest.fixture
def stamped(server: Tsa, tmp_path: Path) -> Path:
    """The folder of a package with a time stamp."""
    data = packages.made(stamper=Server(server.url, server.authority.read_bytes()))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path / "unpacked")
    (tmp_path / "package.zip").write_bytes(data)
    return next((tmp_path / "unpacked").iterdir())


def said(folder: Path, authority: bytes | None = None) -> str:
    return "\n".join(finding.words for finding in verify_package(folder, PUBLIC_KEY, authority).broken)


def test_openssl_finds_the_stamp_good(stamped: Path, server: Tsa) -> None:
    done = subprocess.run(
        [
            *("openssl", "ts", "-verify", "-data", str(stamped / layout.SIGNATURE)),
            *("-in", str(stamped / layout.STAMP), "-CAfile", str(server.authority)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Verification: OK" in done.stdout


def test_the_verifier_says_when_the_package_existed_and_by_whom(
    stamped: Path, server: Tsa, capsys: pytest.CaptureFixture[str]
) -> None:
    zipped = stamped.parent.parent / "package.zip"
    assert command.main([str(zipped), "--key", PUBLIC_KEY, "--tsa-ca", str(server.authority)]) == 0
    told = capsys.readouterr().out
    assert "CN=Time root, which you gave" in told
    assert claims.BY_NAME[claims.STAMP].proves in told
    assert "came with the package" in "\n".join(f.words for f in verify_package(stamped, PUBLIC_KEY).findings)


def test_another_authority_does_not_pass(stamped: Path, tmp_path: Path) -> None:
    assert "The time stamp doesn't hold" in said(stamped, tsa.make(tmp_path / "other").read_bytes())


def test_the_stamp_of_another_package_does_not_pass(stamped: Path, server: Tsa) -> None:
    other = Server(server.url, server.authority.read_bytes()).stamp(b"another signature")
    (stamped / layout.STAMP).write_bytes(other)
    assert "The note beside it" in said(stamped)


@pytest.mark.parametrize("gone", [layout.STAMPED, {layout.STAMP}, {layout.STAMP_NOTE}])
def test_a_stamp_that_was_taken_away_is_missed(stamped: Path, gone: set[str]) -> None:
    for name in gone:
        (stamped / name).unlink()
    assert "don't agree whether it has a time stamp" in said(stamped)


@pytest.mark.django_db
class TestDownload:
    @pytest.fixture
    def take(self, ready: SharedVideo, opened: VideoRequest, omar: Account) -> Any:
        return lambda: b"".join(portal.download(officer=officer(omar), request_ref=opened.ref).chunks())

    def test_carries_a_stamp_where_the_operator_chose_a_server(
        self, take: Any, server: Tsa, settings: Any, tmp_path: Path
    ) -> None:
        settings.TSA_URL, settings.TSA_CA = server.url, str(server.authority)
        path = tmp_path / "package.zip"
        path.write_bytes(take())
        report = verify_package(path, None, server.authority.read_bytes())
        assert report.holds
        assert claims.STAMP in [claim.name for claim, _ in report.by_claim]

    def test_goes_on_without_one_and_asks_no_more_for_a_while_where_the_server_is_away(
        self, take: Any, server: Tsa, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.TSA_URL, settings.TSA_CA = f"{server.url}away", str(server.authority)
        monkeypatch.setattr(server, "broken", True)
        before = server.asked
        began = time.monotonic()
        for _ in range(2):
            path = tmp_path / "package.zip"
            path.write_bytes(take())
            assert verify_package(path).holds
        assert time.monotonic() - began < 5
        assert server.asked == before + 1
        assert CustodyEvent.objects.filter(kind="downloaded").count() == 2
