from __future__ import annotations

import json

import pytest

from goodfences.bench import measure, runner, table
from goodfences.bench.runner import CannotMeasure, Outcome


@pytest.fixture
def bench(monkeypatch):
    """Replace all benches by one whose outcome the test chooses."""

    def choose(run, arguments=None):
        known = {"sample": runner.Bench("sample", "measure nothing", run, arguments)}
        monkeypatch.setattr(runner, "benches", lambda: known)

    return choose


def test_json_is_one_object_with_the_promised_keys(bench, capsys):
    bench(lambda options: Outcome([{"side": "ours", "p50_ms": 1.5}], {"growth": 1.23456789}, {"disk": "fast"}))
    assert runner.main(["sample", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert list(result) == ["bench", "machine", "rows", "ratios"]
    assert result["bench"] == "sample"
    assert result["rows"] == [{"side": "ours", "p50_ms": 1.5}]
    assert result["ratios"] == {"growth": 1.2346}
    assert result["machine"]["disk"] == "fast"
    assert result["machine"]["cores"] >= 1


def test_the_table_shows_rows_and_ratios(bench, capsys):
    bench(lambda options: Outcome([{"side": "ours", "rows": 10_000_000}, {"side": "theirs"}], {"growth": 1.25}))
    runner.main(["sample"])
    out = capsys.readouterr().out
    assert "10,000,000" in out
    assert "growth  1.25" in out


def test_a_bench_gets_its_own_options(bench):
    got = []

    def run(options):
        got.append(options.cameras)
        return Outcome([])

    bench(run, lambda parser: parser.add_argument("--cameras", type=int))
    runner.main(["sample", "--cameras", "7"])
    assert got == [7]


def test_what_can_not_be_measured_says_why_and_fails(bench, capsys):
    def run(options):
        raise CannotMeasure("there is no PostgreSQL on PATH")

    bench(run)
    assert runner.main(["sample", "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no PostgreSQL on PATH" in captured.err


def test_an_unknown_bench_is_refused(bench, capsys):
    bench(lambda options: Outcome([]))
    with pytest.raises(SystemExit) as stopped:
        runner.main(["speed"])
    assert stopped.value.code == 2
    assert "sample" in capsys.readouterr().err


def test_every_bench_is_found_by_its_module():
    known = runner.benches()
    assert "match" in known
    assert all(bench.help for bench in known.values())


def test_sides_take_turns_and_change_who_begins():
    calls = []
    took = measure.by_turns({"a": lambda n: calls.append(("a", n)), "b": lambda n: calls.append(("b", n))}, range(3))
    assert calls == [("a", 0), ("b", 0), ("b", 1), ("a", 1), ("a", 2), ("b", 2)]
    assert {name: len(times) for name, times in took.items()} == {"a": 3, "b": 3}


def test_a_side_that_fails_is_not_measured_as_fast():
    def broken(_piece):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        measure.by_turns({"a": broken}, range(3))


def test_percentiles_are_samples():
    samples = [5.0, 1.0, 3.0, 2.0, 4.0]
    assert measure.percentile(samples, 0.5) == 3.0
    assert measure.percentile(samples, 0.95) == 5.0
    assert measure.percentile([7.0], 0.5) == 7.0
    assert measure.milliseconds([0.001, 0.002]) == {"p50_ms": 1.0, "p95_ms": 2.0, "max_ms": 2.0}


def test_columns_line_up():
    text = table.as_text(
        {"bench": "x", "machine": {}, "rows": [{"side": "a", "n": 5}, {"side": "long", "n": 12345}], "ratios": {}}
    )
    header, first, second = text.strip().splitlines()[-3:]
    assert len({line.rfind(mark) for line, mark in ((first, "5"), (second, "5"))}) == 1
    assert header.endswith("n")
