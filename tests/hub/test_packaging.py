"""The files with which a hub becomes a service or a container say what is there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.instance import ROOT

PACKAGING = ROOT / "packaging"
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this computer has no systemd")


def analyzed(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What systemd says of the unit, with a program in the place of the one that isn't installed here."""
    unit = tmp_path / "goodfences-hub.service"
    text = (PACKAGING / "goodfences-hub.service").read_text()
    unit.write_text(text.replace("/usr/local/bin/goodfences-hub", sys.executable))
    return subprocess.run(["systemd-analyze", *arguments, str(unit)], capture_output=True, text=True, timeout=60)


@needs_systemd
def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    verified = analyzed(tmp_path, "verify")
    assert [line for line in verified.stderr.splitlines() if "goodfences-hub.service" in line] == []


@needs_systemd
def test_the_service_can_do_little_else(tmp_path: Path) -> None:
    told = analyzed(tmp_path, "security", "--offline=yes").stdout
    exposure = re.search(r"exposure level for goodfences-hub.service: (\d+\.\d+)", told)
    assert exposure is not None and float(exposure[1]) < 2.5, told


def test_the_container_is_built_of_what_there_is_and_is_not_root() -> None:
    lines = (PACKAGING / "Containerfile.hub").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY") and "--from" not in line]
    assert copied
    for name in (name for names in copied for name in names):
        assert (ROOT / name).exists(), name
    bases = {line.split()[1] for line in lines if line.startswith("FROM")}
    assert all("/" not in base for base in bases)
    assert "USER 10480" in lines
