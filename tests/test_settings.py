"""What an instance is from its environment alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from goodfences import databases
from tests.environment import child_environment

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


def test_root_makes_nothing_in_a_state_folder_that_is_somebody_elses(tmp_path: Path) -> None:
    """Whoever isn't root is told that they are: then the folder is somebody else's already."""
    if os.geteuid() == 0:
        os.chown(tmp_path, 65534, 65534)
    as_root = "import os; os.geteuid = lambda: 0; import goodfences.settings"
    environment = {**child_environment(), "GOODFENCES_STATE": str(tmp_path)}
    refused = subprocess.run([sys.executable, "-c", as_root], env=environment, capture_output=True, text=True)
    assert refused.returncode == 1 and "as-goodfences" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_and_to_no_other_where_its_names_are_given(tmp_path: Path) -> None:
    hosts = setting(
        "ALLOWED_HOSTS", tmp_path, GOODFENCES_URL="https://town.example", GOODFENCES_HOSTS="fences.example"
    )
    assert hosts == ["fences.example"]


def test_a_database_may_have_several_addresses(tmp_path: Path) -> None:
    url = "postgres://fences:s%40cret@10.0.0.1:5433,10.0.0.2/town?target_session_attrs=read-write"
    found = databases.of(url, folder=tmp_path)
    assert (found["HOST"], found["PORT"]) == ("10.0.0.1,10.0.0.2", "5433,")
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("fences", "s@cret", "town")
    assert found["OPTIONS"]["target_session_attrs"] == "read-write"


def test_nothing_is_left_on_a_connection_that_a_pool_lends(tmp_path: Path) -> None:
    found = databases.of("postgres://fences@pool:6432/town?sslmode=require", folder=tmp_path)
    assert found["DISABLE_SERVER_SIDE_CURSORS"] and found["OPTIONS"]["prepare_threshold"] is None
    assert found["OPTIONS"]["sslmode"] == "require" and found["HOST"] == "pool"


def test_without_an_address_it_is_a_file(tmp_path: Path) -> None:
    assert databases.of("", folder=tmp_path)["NAME"] == str(tmp_path / "goodfences.sqlite3")


def test_a_mail_rate_is_said_in_words_or_refused(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        setting("MAIL_RATES", tmp_path, GOODFENCES_MAIL_RATE="as fast as you can")
    assert "GOODFENCES_MAIL_RATE" in refused.value.stderr
