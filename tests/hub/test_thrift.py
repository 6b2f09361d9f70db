"""What a hub loads, and when."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from goodfences.demo.recording import FOOTAGE

ASKED_ONCE = """
import sys
from pathlib import Path
from goodfences_hub import cli
from goodfences_hub.home import Home
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings, Settings

camera = CameraSettings("street", "demo", sys.argv[2])
hub = Hub(Home(Path(sys.argv[1])), Settings(cameras=(camera,), page_port=0))
hub.start()
while hub.state.seen_at("street") is None:
    pass
costly = {"werkzeug", "jinja2", "urllib3", "asyncio", "_ssl", "_hashlib", "email", "multiprocessing"}
print(*sorted(costly & set(sys.modules)))
import urllib.request
try:
    urllib.request.urlopen(f"http://127.0.0.1:{hub.pages.port}/")
except urllib.error.HTTPError as error:
    print(error.code)
hub.stop()
"""


def test_pages_and_network_are_loaded_once_somebody_needs_them(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASKED_ONCE, str(tmp_path), str(FOOTAGE / "crossing.mp4")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == ["", "403"]
