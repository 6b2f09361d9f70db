"""The files with which an instance becomes services or containers say what is there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from scripts import try_services

from goodfences import cli
from tests.environment import ROOT

PACKAGING = ROOT / "packaging"
UNITS = sorted(path for path in PACKAGING.glob("goodfences-*.service") if "hub" not in path.name)
COMPOSED = {name: yaml.safe_load((PACKAGING / name).read_text()) for name in ("compose.yaml", "compose.three.yaml")}
PROGRAM = "/opt/goodfences/bin/goodfences"
HARDENED = {
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "LimitCORE=0",
    "UMask=0077",
}


def commands() -> list[list[str]]:
    """Everything that units and containers call, without what the shell fills in."""
    units = [
        line.partition("=")[2] for unit in UNITS for line in unit.read_text().splitlines() if "ExecStart=" in line
    ]
    found = [shlex.split(line)[1:] for line in units]
    for composed in COMPOSED.values():
        services = composed["services"].values()
        found += [one["command"] for one in services if one.get("image") == "goodfences"]
    return [
        [word.replace("%i", "8000").replace("${GOODFENCES_BACKUPS}", "/backups") for word in one] for one in found
    ]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_is_one_of_ours(command: list[str]) -> None:
    options, rest = cli._parser().parse_known_args(command)
    assert options.takes_rest or not rest
    if options.takes_rest:
        told = subprocess.run(
            [sys.executable, "-m", "goodfences.cli", command[0], "--help"], capture_output=True, text=True
        )
        assert all(word in told.stdout for word in command[1:] if word.startswith("--"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_holds_its_service_in(unit: Path, tmp_path: Path) -> None:
    """By its own words; and by systemd's, on a computer that has it."""
    text = unit.read_text()
    assert {line.strip() for line in text.splitlines()} >= HARDENED
    assert "User=goodfences" in text and "EnvironmentFile=/etc/goodfences/goodfences.env" in text
    if shutil.which("systemd-analyze") is None:
        return
    name = unit.name.replace("@", "@8000")
    (tmp_path / name).write_text(text.replace(PROGRAM, sys.executable))
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / name)], capture_output=True, text=True, timeout=120
    )
    assert [line for line in verified.stderr.splitlines() if name in line] == []
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", str(tmp_path / name)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    exposure = re.search(r"exposure level for \S+: (\d+\.\d+)", told.stdout)
    assert exposure is not None and float(exposure[1]) < 2.5, told.stdout


@pytest.mark.parametrize("name", ["goodfences-web@", "goodfences-live", "goodfences-worker"])
def test_what_works_for_a_program_is_not_told_to_end_before_it(name: str) -> None:
    """Else a clip that is being checked would be put off, and count as a check that failed."""
    assert "KillMode=mixed" in (PACKAGING / f"{name}.service").read_text().splitlines()


def test_folders_elsewhere_are_opened_to_every_unit_by_one_file(tmp_path: Path) -> None:
    """It says which; and so systemd reads it, on a computer that has it."""
    drop_in = tmp_path / "goodfences-.service.d" / "paths.conf"
    drop_in.parent.mkdir()
    said = (PACKAGING / "goodfences-paths.conf").read_text().replace("#ReadWritePaths", "ReadWritePaths")
    assert said.count("\nReadWritePaths=") == 2
    if shutil.which("systemd-analyze") is None:
        return
    drop_in.write_text(said + "Unheard=of\n")
    for unit in UNITS:
        name = unit.name.replace("@", "@8000")
        (tmp_path / name).write_text(unit.read_text().replace(PROGRAM, sys.executable))
        verified = subprocess.run(
            ["systemd-analyze", "verify", name],
            env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        (found,) = [line for line in verified.stderr.splitlines() if "paths.conf" in line]
        assert "Unheard" in found, name


@pytest.mark.parametrize("heading", ["As services", "Behind a proxy", "An upgrade without a pause"])
def test_the_steps_of_the_docs_are_a_shells_and_name_what_is_there(heading: str) -> None:
    """`make services` does them."""
    blocks = try_services.blocks(heading)
    assert blocks
    for block in blocks:
        assert "…" not in block, "A step is whole."
        subprocess.run(["bash", "-n", "-c", block], check=True)
        for name in re.findall(r"packaging/[\w.@{},-]+", block):
            spread = subprocess.run(["bash", "-c", f"ls {name}"], cwd=ROOT, capture_output=True, text=True)
            assert spread.returncode == 0, spread.stderr
        for unit in re.findall(r"goodfences-(?:web@\d+|live|worker)", block):
            assert PACKAGING / f"{unit.rstrip('0123456789')}.service" in UNITS


def test_the_proxy_asks_what_an_upgrade_turns_over() -> None:
    (site,) = try_services.blocks("Behind a proxy", "nginx")
    (made,) = try_services.blocks("Behind a proxy")
    (upgrade,) = try_services.blocks("An upgrade without a pause")
    (upstream,) = re.findall(r"^include (\S+);", site, re.M)
    assert set(re.findall(r"proxy_pass (\S+);", site)) == {"http://goodfences", "http://127.0.0.1:8001"}
    assert "upstream goodfences {" in made and f"ln -sfn goodfences-8000.conf {upstream}" in made
    led = re.findall(rf"ln -sfn goodfences-(\d+).conf {upstream}", upgrade)
    assert led == ["8010", "8000"]


def test_each_timer_starts_a_unit_that_is_there() -> None:
    timers = sorted(PACKAGING.glob("goodfences-*.timer"))
    assert [timer.stem for timer in timers] == ["goodfences-backup", "goodfences-recent"]
    for timer in timers:
        assert timer.with_suffix(".service") in UNITS
        assert "WantedBy=timers.target" in timer.read_text()


def test_the_container_is_built_of_what_there_is_and_is_not_root() -> None:
    lines = (PACKAGING / "Containerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY") and "--from" not in line]
    assert copied
    for name in (name for names in copied for name in names):
        assert (ROOT / name).exists(), name
    assert all("/" not in line.split()[1] for line in lines if line.startswith("FROM"))
    assert "USER 10481" in lines
    installs = [line for line in lines if "pip install" in line and "requirements/" in line]
    assert installs and all(line.count("--require-hashes") == line.count("-r requirements/") for line in installs)


@pytest.mark.parametrize("name", COMPOSED)
def test_containers_are_held_in_and_lie_where_they_say(name: str) -> None:
    composed = COMPOSED[name]
    ours = {key: one for key, one in composed["services"].items() if one["image"] == "goodfences"}
    assert {"web", "live", "worker", "migrate"} <= set(ours)
    for one in ours.values():
        assert one["read_only"] is True and one["cap_drop"] == ["ALL"] and one["ulimits"] == {"core": 0}
        assert (PACKAGING / one["build"]["context"] / one["build"]["dockerfile"]).is_file()
    for one in composed["services"].values():
        for volume in one.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in composed["volumes"] or source.startswith(("${", "./"))
        for other, how in one.get("depends_on", {}).items():
            assert other in composed["services"]
            assert how["condition"] != "service_healthy" or "healthcheck" in composed["services"][other]


def test_the_proxy_passes_uploads_on_as_they_come() -> None:
    told = (PACKAGING / "nginx.conf").read_text()
    paths = re.search(r"location ~ (\S+) \{([^}]*)\}", told)
    assert paths is not None and "proxy_request_buffering off" in paths[2]
    for upload in ("/api/v1/uploads/x", "/home/sends/x", "/handed-in/sends/x"):
        assert re.match(paths[1], upload)
    hosts = set(re.findall(r"(?:server|proxy_pass http://)\s*(\w+):\d+", told))
    assert hosts <= set(COMPOSED["compose.yaml"]["services"])
