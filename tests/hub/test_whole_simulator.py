"""A whole ONVIF camera of another maker, found, added and recorded as its owner does it: `ipycam` with its own RTSP.

It listens on every interface, so it lives in a network namespace, which takes root, and it codes by `ffmpeg`:
`ONVIF_SIMULATOR=1 pytest -n 0 tests/hub/test_whole_simulator.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from goodfences.demo.recording import FOOTAGE
from tests.environment import ROOT, child_environment

pytestmark = [pytest.mark.slow, pytest.mark.simulator]
CAMERA = {
    "name": "Porch", "local_ip": "192.168.7.20", "username": "anna", "password": "sesame", "hw_accel": "cpu",
    "main_width": 640, "main_height": 360, "main_fps": 10, "sub_width": 320, "sub_height": 180, "sub_fps": 10,
}  # fmt: skip
AT_HOME = """
set -e
ip link set lo up multicast on
ip addr add 192.168.7.1/24 dev lo
ip route add 224.0.0.0/4 dev lo
"$PYTHON" -m ipycam --config camera.json --source "$FILM" --hw cpu >camera.log 2>&1 &
trap "kill -9 $!" EXIT
for _ in $(seq 60); do grep -q "IP Camera is running" camera.log && break; sleep 1; done
hub() { "$PYTHON" -m goodfences_hub.cli --home hub "$@"; }
hub discover --from 192.168.7.1
echo sesame | hub add onvif://192.168.7.20:8080 --user anna --key porch --keep-days 1
sed -i "s/page_port = 8480/page_port = 0/" hub/hub.toml
"$PYTHON" -m goodfences_hub.cli --home hub run & running=$!
sleep 40
kill $running
wait $running
hub status
"""


def test_it_is_found_added_with_both_streams_and_recorded(tmp_path: Path) -> None:
    (tmp_path / "camera.json").write_text(json.dumps(CAMERA))
    paths = {"PYTHON": sys.executable, "FILM": str(FOOTAGE / "whole-street.mp4"), "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        ["unshare", "--net", "bash", "-c", AT_HOME],
        cwd=tmp_path,
        env={**child_environment(), **paths},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    assert "Porch\n    goodfences-hub add onvif://192.168.7." in done.stdout
    assert "PythonCam VirtualCam-1: main stream 640×360." in done.stdout
    assert "pictures of 640×360, watched at 320×180" in done.stdout
    assert "MB kept since" in done.stdout
    assert "0.0 MB kept" not in done.stdout
    assert "sesame" not in done.stdout.replace("Password of anna: ", "") + (tmp_path / "camera.log").read_text()
