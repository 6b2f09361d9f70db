from __future__ import annotations

import smtplib

import pytest

from goodfences.bench.sink import HOST, sink
from tests.bench.running import run_bench

OWNERS = 30


@pytest.fixture(scope="module")
def result():
    """The real bench, small, in a process of its own: it sets Django up for itself."""
    size = ("--owners", str(OWNERS), "--rounds", "2")
    return run_bench("fanout", *size)


def test_fanout_prints_both_sides_and_their_ratio(result):
    ours, theirs, *_ = result["rows"]
    assert ours["messages"] == theirs["messages"] == 2 * OWNERS
    assert "smtplib" in theirs["side"]
    quotient = ours["messages_a_second"] / theirs["messages_a_second"]
    assert result["ratios"]["vs_smtplib"] == pytest.approx(quotient, rel=0.05)


def test_fanout_prints_each_phase_for_every_owner(result):
    _, _, matching, fan_out, sending = result["rows"]
    assert [row["messages"] for row in (matching, fan_out, sending)] == [OWNERS] * 3
    assert matching["seconds"] < fan_out["seconds"]
    assert "sending" in sending["side"]


def test_the_sink_counts_every_message_once():
    with sink() as server:
        with smtplib.SMTP(HOST, server.port, local_hostname="bench.example") as client:
            for number in range(3):
                client.sendmail("a@example.org", [f"{number}@example.org"], b"Subject: Hello\r\n\r\nHello.\r\n")
        server.wait_for(3)
        assert server.arrived == 3
        assert server.quiet_for(0.05)


def test_the_sink_notices_one_message_too_many():
    with sink() as server:
        with smtplib.SMTP(HOST, server.port, local_hostname="bench.example") as client:
            client.sendmail("a@example.org", ["b@example.org"], b"Hello.\r\n")
        assert not server.quiet_for(1.0)
