"""The README of a package, followed to the letter."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client

from goodfences.clips.models import Clip
from goodfences.evidence import command, layout, portal, tasks
from goodfences.evidence.models import Share, SharedVideo
from goodfences.ledger import keys as ledger_keys
from goodfences.people.models import Account
from goodfences.video_requests.models.request import VideoRequest
from tests.evidence import packages
from tests.persons import officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def package(ready: SharedVideo, opened: VideoRequest, omar: Account, tmp_path: Path) -> Path:
    """The zip as Omar downloaded it."""
    made = portal.download(officer=officer(omar), request_ref=opened.ref)
    path = tmp_path / made.file_name
    path.write_bytes(b"".join(made.chunks()))
    return path


@pytest.fixture
def folder(package: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "unpacked")
    (found,) = (tmp_path / "unpacked").iterdir()
    return found


def readme(folder: Path) -> str:
    return (folder / "README.txt").read_text()


def commands(text: str) -> list[str]:
    return re.findall(r"^ {7}(sha256sum .+)$", text, re.MULTILINE)


def run_all(folder: Path) -> tuple[int, str]:
    done = [
        subprocess.run(line.split(), cwd=folder, capture_output=True, text=True, check=False)
        for line in commands(readme(folder))
    ]
    return max(one.returncode for one in done), "".join(one.stdout for one in done)


def test_its_commands_find_every_file_as_it_was(folder: Path) -> None:
    status, said = run_all(folder)
    assert status == 0
    checked = {line.removesuffix(": OK") for line in said.splitlines()}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there - checked == {"tagmanifest-sha256.txt", "tagmanifest-sha512.txt", "signature.txt"}


@pytest.mark.parametrize("name", ["data/*.mp4", "receipts/*.json", "custody/*.txt", "request.json", "README.txt"])
def test_its_commands_name_a_file_that_was_changed(folder: Path, name: str) -> None:
    (path,) = folder.glob(name)
    whole = path.read_bytes()
    path.write_bytes(packages.flipped(whole, len(whole) - 2))
    status, said = run_all(folder)
    assert status != 0
    assert f"{path.relative_to(folder).as_posix()}: FAILED" in said


def test_it_says_what_is_in_each_video(folder: Path, ready: SharedVideo, opened: VideoRequest) -> None:
    text = readme(folder)
    assert layout.video_file(ready.ref, ready.starts_at) in text
    interval = f"from {layout.moment(ready.starts_at)} to {layout.moment(ready.ends_at)}"
    assert f"{interval}, as the camera coded it, without sound" in text
    assert ready.sha256 in text
    assert opened.case_number in text and opened.agency.name in text


def test_the_key_is_where_it_sends_one_to(folder: Path, client: Client, package: Path, settings: object) -> None:
    (address,) = re.findall(r"https?://\S+", readme(folder))
    page = client.get(urlsplit(address).path).content.decode()
    assert ledger_keys.public_key() in page
    assert command.main([str(package), "--key", ledger_keys.public_key()]) == 0


def test_it_fits_a_terminal(folder: Path) -> None:
    assert max(len(line) for line in readme(folder).splitlines()) <= 120


def test_one_file_a_video_and_each_is_told(
    clip: Clip, share_it: Callable[..., Share], opened: VideoRequest, omar: Account
) -> None:
    share_it(clip, starts_ms=1400, ends_ms=2934, exact=True, audio=True)
    tasks.run_due(10)
    made = portal.download(officer=officer(omar), request_ref=opened.ref)
    with zipfile.ZipFile(io.BytesIO(b"".join(made.chunks()))) as archive:
        text = archive.read(next(name for name in archive.namelist() if name.endswith("README.txt"))).decode()
    assert "encoded anew for the exact second, with sound" in text
