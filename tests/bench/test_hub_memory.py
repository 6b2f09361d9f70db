from __future__ import annotations

import json
import os
import subprocess
import sys


def test_a_hub_lives_a_fast_quarter_of_an_hour_and_sends_its_clips():
    done = subprocess.run(
        [sys.executable, "-m", "goodfences.cli", "bench", "hub_memory", "--json", "--cameras", "", "--days", "0.01"],
        env={**os.environ, "PYTHONPATH": "src", "DATABASE_URL": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    end, network = json.loads(done.stdout)["rows"]
    assert end["side"] == "after 0.01 day(s)" and end["memory_mb"] > 20
    assert network["clips"] >= 1
