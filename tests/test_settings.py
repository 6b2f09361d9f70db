"""What an instance is from its environment alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.instance import child_environment

TELL = "import json, sys; from goodfences import settings; print(json.dumps(getattr(settings, sys.argv[1])))"


def setting(name: str, tmp_path: Path, **environment: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", TELL, name],
        env={**child_environment(), "GOODFENCES_STATE": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_an_instance_answers_to_the_name_that_it_goes_by(tmp_path: Path) -> None:
    hosts = setting("ALLOWED_HOSTS", tmp_path, GOODFENCES_URL="https://town.example:8443")
    assert set(hosts) == {"town.example", "127.0.0.1", "localhost", "[::1]"}


def test_and_to_no_other_where_its_names_are_given(tmp_path: Path) -> None:
    hosts = setting(
        "ALLOWED_HOSTS", tmp_path, GOODFENCES_URL="https://town.example", GOODFENCES_HOSTS="fences.example"
    )
    assert hosts == ["fences.example"]
