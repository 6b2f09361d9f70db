"""P1: no live, no ongoing access. Nothing that an officer's sign-in reaches knows cameras, clips or owners."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CONTRACT = "P1, P2: nothing that an officer's sign-in reaches"

LOOK_AROUND = """
import sys
import django
django.setup()
from django.apps import apps
before = set(sys.modules)
import goodfences.web.portal.urls
names = [name for name in sys.modules if name.startswith(("goodfences.web.portal", "goodfences.evidence.portal"))]
hidden = {model for model in apps.get_models() if model._meta.app_label in {"cameras", "clips"}}
for name in names:
    for value in vars(sys.modules[name]).values():
        if value in hidden if isinstance(value, type) else False:
            print(name, value)
"""


def contracts_of(house: Path) -> str:
    """What import-linter says of a copy of the house."""
    linter = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(house / "src")}
    done = subprocess.run(
        [linter, "--no-cache", "--config", str(house / "pyproject.toml")],
        cwd=house,
        env=environment,
        capture_output=True,
        text=True,
    )
    return " ".join(done.stdout.split())


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the code that a test may spoil."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.mp4"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_are_kept(house: Path) -> None:
    assert ", 0 broken." in contracts_of(house)


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("web/portal/urls.py", "goodfences.cameras.models"),
        ("web/portal/urls.py", "goodfences.clips.models"),
        ("web/portal/urls.py", "goodfences.people.models"),
        ("evidence/portal.py", "goodfences.video_requests.models.ask"),
        ("video_requests/portal.py", "goodfences.video_requests.matching"),
        ("agencies/queries.py", "goodfences.cameras.queries"),
    ],
)
def test_one_import_too_many_breaks_a_contract(house: Path, module: str, forbidden: str) -> None:
    path = house / "src" / "goodfences" / module
    path.write_text(path.read_text() + f"\nimport {forbidden}\n")
    assert f"{CONTRACT} knows cameras, clips, owners or asks BROKEN" in contracts_of(house)


def test_no_module_of_the_portal_holds_a_model_of_cameras_or_clips() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    environment["PYTHONPATH"] += os.pathsep + str(ROOT)
    done = subprocess.run([sys.executable, "-c", LOOK_AROUND], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
