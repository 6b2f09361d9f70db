from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from goodfences.bench import hub
from goodfences.bench.street import plan
from goodfences.bench.street.programs import Camera, Motion
from goodfences.bench.street.scoring import Event, Score, score
from goodfences.demo.recording import FOOTAGE
from tests.bench.running import run_bench

WALKS = [{"starts_s": 40.0, "ends_s": 45.0, "kind": "near"}, {"starts_s": 60.0, "ends_s": 64.0, "kind": "far"}]


def test_a_walk_is_found_by_an_event_that_goes_on_during_it():
    found = score(WALKS, [Event(41.0, 44.0)])
    assert (found.found, found.false_alarms, found.recorded_s) == ((True, False), 0, 3.0)


def test_an_event_that_meets_nobody_is_a_false_alarm():
    found = score(WALKS, [Event(50.0, 53.0), Event(61.0, 62.0)])
    assert (found.found, found.false_alarms) == ((False, True), 1)


def test_who_always_records_finds_everybody_and_pays_for_it():
    found = score(WALKS, [Event(16.0, 240.0)])
    assert found.found == (True, True)
    assert found.false_alarms == (224 - 15) // 15


def test_what_a_program_does_while_it_gets_to_know_the_place_is_not_counted():
    assert score(WALKS, [Event(1.0, 9.0)]) == Score((False, False), 0, 0)


def test_events_of_motion_are_read_from_its_log(tmp_path):
    began = datetime(2026, 11, 25, 23, 59, 0, tzinfo=UTC).timestamp()
    motion = Motion(tmp_path / "motion", {"quiet": Camera("rtsp://x"), "dark": Camera("rtsp://y")})
    (tmp_path / "motion" / "motion.log").write_text(
        "[1:ml1:quiet] [NTC] [ALL] [Nov 25 23:59:40] motion_detected: Motion detected - starting event 1.\n"
        "[2:ml2:dark] [NTC] [ALL] [Nov 25 23:59:45] motion_detected: Motion detected - starting event 1.\n"
        "[1:ml1:quiet] [NTC] [EVT] [Nov 25 23:59:41] event_newfile: Writing movie to file: /tmp/quiet-01.mkv\n"
        "[1:ml1:quiet] [NTC] [ALL] [Nov 25 23:59:53] mlp_actions: End of event 1\n"
        "[2:ml2:dark] [NTC] [ALL] [Nov 25 23:59:59] mlp_actions: End of event 1\n"
    )
    assert motion.events("quiet", began) == [Event(40.0, 45.0)]
    assert motion.events("dark", began) == [Event(45.0, 51.0)]


def side(name, cpu, found, alarms):
    return hub.Side(name, cpu, 1.0, 50.0, [Score(tuple(found), alarms, 10.0)])


def test_recall_is_compared_only_where_there_are_no_more_false_alarms():
    motion = side("motion, main", 500.0, [True, False], 2)
    calm, nervous = side("hub, main", 30.0, [True, True], 2), side("hub, sub", 20.0, [True, True], 3)
    assert hub._ratios({each.name: each for each in (motion, calm, nervous)}) == {
        "cpu_vs_motion": 0.06,
        "recall_vs_motion": 2.0,
        "cpu_vs_motion_sub": 0.04,
    }


def test_without_motion_there_is_no_ratio():
    assert hub._ratios({"hub, main": side("hub, main", 30.0, [True], 0)}) == {}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The real bench on one short film of the repository's own street, in a process of its own."""
    material = tmp_path_factory.mktemp("material")
    clips = {"vtest.avi": "whole-street", "tree.avi": "crossing"}
    clips |= {film.place.photograph: "footpath" for film in plan.TEST.films}
    for name, clip in clips.items():
        (material / name).symlink_to(FOOTAGE / f"{clip}.mp4")
    options = (
        "--minutes",
        "0.85",
        "--films",
        "quiet",
        "--streams",
        "sub",
        "--material",
        str(material),
        "--cache",
        str(material / "films"),
    )
    return run_bench("hub", *options, timeout=280)


@pytest.mark.slow
def test_the_real_hub_records_who_walks_by(result):
    whole = next(row for row in result["rows"] if (row["side"], row["of"]) == ("hub, sub", "all"))
    assert whole["walks"] >= 1
    assert whole["found"] == whole["walks"]
    assert whole["cpu_seconds_an_hour"] > 0 < whole["memory_mb"]


@pytest.mark.slow
def test_motion_is_measured_where_it_is_installed(result):
    sides = {row["side"] for row in result["rows"]}
    if shutil.which("motion"):
        assert "motion, sub" in sides
        assert result["machine"]["motion"][0].isdigit()
    else:
        assert "apt-get install motion" in next(row["of"] for row in result["rows"] if row["side"] == "motion")


def test_without_material_it_says_what_to_install(tmp_path, capsys):
    from goodfences.bench import runner

    assert runner.main(["hub", "--json", "--material", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "opencv-doc" in captured.err
