"""What goes wrong at home: nothing recorded is lost or sent twice, and what is missing is shown as missing."""

from __future__ import annotations

import socket
import sqlite3
from typing import Any

import pytest

from goodfences.demo.recording import FOOTAGE
from tests.hub.conftest import HubProgram, RtspCamera
from tests.instance import Instance, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hub")]


def rows(hub: HubProgram, sql: str) -> list[sqlite3.Row]:
    """Read the hub's state beside it."""
    if not (hub.home / "hub.sqlite3").exists():
        return []
    database = sqlite3.connect(f"file:{hub.home / 'hub.sqlite3'}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    try:
        return database.execute(sql).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):  # the hub has made the file, and makes its tables now
            return []
        raise
    finally:
        database.close()


def paired(hub: HubProgram, network: Instance) -> HubProgram:
    done = hub.do("pair", network.url, network.run("tests.hub.town", "code"))
    assert done.returncode == 0, done.stderr
    return hub


def set_(hub: HubProgram, old: str, new: str) -> None:
    """Change a setting as its owner would."""
    settings = hub.home / "hub.toml"
    text = settings.read_text()
    assert old in text
    settings.write_text(text.replace(old, new))


def test_killed_in_the_middle_of_an_upload_it_goes_on_and_sends_one_clip(network: Instance, hub: HubProgram) -> None:
    before = len(network.run("tests.hub.town", "clips"))
    paired(hub, network).do("add", str(FOOTAGE / "whole-street.mp4"), "--as", "Street", "--key", "street")
    set_(hub, "longest_s = 120.0", "longest_s = 10.0")
    set_(hub, "upload_kbit = 0", "upload_kbit = 2000")
    hub.start()
    wait_until(lambda: rows(hub, "SELECT * FROM clip WHERE state = 'waiting'"), "a clip", seconds=60)
    hub.kill()
    set_(hub, "upload_kbit = 2000", "upload_kbit = 0")
    hub.start()
    wait_until(lambda: rows(hub, "SELECT * FROM clip WHERE state = 'uploaded'"), "the upload", seconds=60)
    hub.stop()

    uploaded = len(rows(hub, "SELECT * FROM clip WHERE state = 'uploaded'"))
    assert len(network.run("tests.hub.town", "clips")) - before == uploaded
    assert [file for file in (hub.home / "spool").iterdir() if file.stem.split(".")[0] not in waiting(hub)] == []


def waiting(hub: HubProgram) -> set[str]:
    return {str(row["event"]) for row in rows(hub, "SELECT event FROM clip WHERE state = 'waiting'")}


def test_a_camera_that_stops_leaves_a_gap_with_its_reason(rtsp_camera: RtspCamera, hub: HubProgram) -> None:
    assert "Added" in hub.do("add", rtsp_camera.url, "--key", "street", "--keep-days", "1").stdout
    hub.start()
    wait_until(lambda: rows(hub, "SELECT * FROM segment"), "a segment", seconds=60)
    rtsp_camera.stop()
    gap: Any = wait_until(lambda: rows(hub, "SELECT * FROM gap"), "a gap", seconds=60)[0]
    assert gap["ends_at"] is None
    rtsp_camera.start()
    wait_until(lambda: rows(hub, "SELECT * FROM gap WHERE ends_at IS NOT NULL"), "the camera's return", seconds=60)
    assert hub.stop() == 0
    told = hub.do("status").stdout
    assert "nothing recorded from" in told
    assert "street stopped answering" in told or "street ended its stream" in told


def test_a_hub_that_was_off_shows_that_it_was(hub: HubProgram) -> None:
    hub.do("add", str(FOOTAGE / "crossing.mp4"), "--key", "street", "--keep-days", "1")
    for _ in range(2):
        hub.start()
        known = len(rows(hub, "SELECT * FROM segment"))
        wait_until(lambda known=known: len(rows(hub, "SELECT * FROM segment")) > known, "a segment", seconds=60)
        assert hub.stop() == 0
    [gap] = rows(hub, "SELECT * FROM gap")
    assert gap["why"] == "The hub was off."
    assert gap["ends_at"] >= gap["starts_at"]


def test_a_password_is_never_told(hub: HubProgram) -> None:
    url = "rtsp://anna:opensesame@127.0.0.1:9/stream1"
    refused = hub.do("add", url, "--key", "street")
    assert refused.returncode != 0
    assert "street doesn't answer" in refused.stderr
    hub.do("add", str(FOOTAGE / "crossing.mp4"), "--key", "street")
    set_(hub, f'url = "{FOOTAGE / "crossing.mp4"}"', f'url = "{url}"')
    set_(hub, 'source = "demo"', 'source = "rtsp"')
    hub.start()
    wait_until(lambda: "doesn't answer" in hub.log(), "a try", seconds=30)
    hub.stop()
    everything = refused.stdout + refused.stderr + hub.log() + hub.do("status").stdout + hub.do("doctor").stdout
    assert "opensesame" not in everything
    assert b"opensesame" not in (hub.home / "hub.sqlite3").read_bytes()


def test_a_hub_that_its_owner_disconnected_keeps_its_clips(network: Instance, hub: HubProgram) -> None:
    paired(hub, network).do("add", str(FOOTAGE / "crossing.mp4"), "--as", "Street", "--key", "street")
    set_(hub, "longest_s = 120.0", "longest_s = 10.0")
    network.run("tests.hub.town", "disconnect")
    hub.start()
    wait_until(lambda: rows(hub, "SELECT * FROM clip"), "a clip", seconds=60)
    wait_until(lambda: "doesn't know this hub any more" in hub.log(), "the refusal", seconds=60)
    hub.stop()
    [clip, *_] = rows(hub, "SELECT * FROM clip")
    assert clip["state"] == "waiting"
    assert (hub.home / "spool" / clip["file"]).exists()
    assert "✗ The network doesn't know this hub any more. Pair it again." in hub.do("doctor").stdout


def test_a_port_that_another_program_has_is_named(hub: HubProgram) -> None:
    hub.do("add", str(FOOTAGE / "crossing.mp4"), "--key", "street")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        set_(hub, "page_port = 8480", f"page_port = {port}")
        refused = hub.do("run")
    assert refused.returncode == 1
    assert f"Port {port} is taken by another program. Choose another page_port in hub.toml." in refused.stderr
