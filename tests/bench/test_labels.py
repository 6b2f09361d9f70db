"""The bench of the hub's labels: what it asks about, and how it judges the answers."""

from __future__ import annotations

import pytest

from goodfences.bench.labels import Labeled, Span, quiet, rows_of, scores_of

WALK = Span(30.0, 33.0, "person", "near")
DRIVE = Span(50.0, 52.0, "vehicle", "near")


def test_what_lies_between_shows_nothing() -> None:
    between = list(quiet([WALK, DRIVE], 57.0))
    assert [(span.begins, span.ends, span.shows) for span in between] == [(0.0, 29.5, ""), (33.5, 49.5, "")]


def test_a_wrong_word_costs_precision_and_a_missing_one_recall() -> None:
    still = Span(0.0, 20.0, "", "quiet")
    said = [Labeled(WALK, "person"), Labeled(WALK, ""), Labeled(DRIVE, "person"), Labeled(still, "person")]
    assert scores_of(said, "person") == {"recall": 0.5, "precision": pytest.approx(1 / 3)}
    assert scores_of(said, "vehicle") == {"recall": 0.0, "precision": 0.0}
    rows = {row["of"]: row for row in rows_of("hub", said)}
    assert rows["person, near"] == {
        "side": "hub", "of": "person, near", "events": 2, "person": 1, "vehicle": 0, "nothing": 1,
    }  # fmt: skip
    assert rows["label person"]["precision"] == 0.333


def test_without_the_detector_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from goodfences.bench import runner
    from goodfences_hub.labels import detector

    monkeypatch.setattr(detector, "is_installed", lambda: False)
    assert runner.main(["labels", "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "requirements/labels.txt" in captured.err
