"""`as-goodfences` runs a command as the units run theirs."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import ROOT

TELL = "import json, os; print(json.dumps([dict(os.environ), os.getcwd(), os.umask(0)]))"


def run(folder: Path, settings: str, *command: str) -> subprocess.CompletedProcess[str]:
    """The script with a folder, settings and account of the test."""
    said = (ROOT / "packaging" / "as-goodfences").read_text()
    said = said.replace("account=goodfences", f"account={pwd.getpwuid(os.geteuid()).pw_name}")
    said = said.replace("/var/lib/goodfences", str(folder)).replace("/etc/goodfences/goodfences.env", f"{folder}/env")
    (folder / "env").write_text(settings)
    script = folder / "as-goodfences"
    script.write_text(said)
    script.chmod(0o755)
    return subprocess.run(
        [script, *command], env={**os.environ, "OF_THE_CALLER": "1"}, capture_output=True, text=True, check=False
    )


def test_a_command_has_the_services_settings_folder_and_umask_and_nothing_of_the_callers(tmp_path: Path) -> None:
    lines = [
        "# GOODFENCES_NAME=Not this",
        "",
        "GOODFENCES_MAIL_RATE=14/second, 50000/day",
        "GOODFENCES_FROM=Goodfences <hello@town.example>",
        'GOODFENCES_NAME="The fences of $HOME #1"',
        "  AWS_SECRET_ACCESS_KEY=a=b'c`d\"e  ",
        "GOODFENCES_SMTP_PASSWORD='quoted'",
    ]
    done = run(tmp_path, "\n".join(lines), sys.executable, "-c", TELL)
    assert done.returncode == 0, done.stderr
    environment, folder, umask = json.loads(done.stdout)
    said = {name: value for name, value in environment.items() if name.startswith(("GOODFENCES_", "AWS_"))}
    assert said == {
        "GOODFENCES_STATE": str(tmp_path),
        "GOODFENCES_MAIL_RATE": "14/second, 50000/day",
        "GOODFENCES_FROM": "Goodfences <hello@town.example>",
        "GOODFENCES_NAME": "The fences of $HOME #1",
        "AWS_SECRET_ACCESS_KEY": "a=b'c`d\"e",
        "GOODFENCES_SMTP_PASSWORD": "quoted",
    }
    assert (folder, umask) == (str(tmp_path), 0o077)
    assert "OF_THE_CALLER" not in environment
    assert environment["PATH"].startswith("/opt/goodfences/bin:")


@pytest.mark.parametrize("line", ["GOODFENCES_NAME", "export GOODFENCES_NAME=x", "GOODFENCES_NAME=a\\"])
def test_what_systemd_would_read_otherwise_is_refused(line: str, tmp_path: Path) -> None:
    done = run(tmp_path, line, "true")
    assert done.returncode == 78
    assert "GOODFENCES_NAME" not in done.stderr, "A line may hold a secret."


def test_the_commands_own_status_is_what_it_ends_with(tmp_path: Path) -> None:
    assert run(tmp_path, "", "sh", "-c", "exit 7").returncode == 7
    assert run(tmp_path, "").returncode == 64


def test_the_example_of_the_settings_is_read_whole(tmp_path: Path) -> None:
    example = (ROOT / "packaging" / "goodfences.env.example").read_text()
    done = run(tmp_path, example, sys.executable, "-c", TELL)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["GOODFENCES_BACKUPS"] == "/mnt/backups"
