"""The files with which a hub becomes a service or a container say what is there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.environment import ROOT

PACKAGING = ROOT / "packaging"
UNIT = (PACKAGING / "goodfences-hub.service").read_text()
HAS_SYSTEMD = shutil.which("systemd-analyze") is not None
HARDENED = {"NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes"}


def analyzed(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What systemd says of the unit, with a program in the place of the one that isn't installed here."""
    unit = tmp_path / "goodfences-hub.service"
    unit.write_text(UNIT.replace("/usr/local/bin/goodfences-hub", sys.executable))
    return subprocess.run(["systemd-analyze", *arguments, str(unit)], capture_output=True, text=True, timeout=60)


def test_the_unit_holds_the_service_in(tmp_path: Path) -> None:
    """By its own words; and by systemd's, on a computer that has it."""
    assert {line.strip() for line in UNIT.splitlines()} >= HARDENED
    assert re.search(r"^MemoryMax=\d+M$", UNIT, re.MULTILINE)
    if HAS_SYSTEMD:
        verified = analyzed(tmp_path, "verify")
        assert [line for line in verified.stderr.splitlines() if "goodfences-hub.service" in line] == []
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
