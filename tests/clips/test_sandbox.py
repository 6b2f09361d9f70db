"""A decoder that a video took over: what it can't do, and that the next video is checked all the same."""

from __future__ import annotations

import json
import signal
import struct
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from goodfences.clips import sandbox
from goodfences.clips.arriving import Arriving, Broken
from goodfences.clips.sandbox import Interrupted, Unfit
from goodfences.vault.errors import Tampered

ROOT = Path(__file__).resolve().parent.parent.parent
WITH_ONE_MORE_OPERATION = (
    f"import sys; sys.path[:0] = [sys.argv[2], {str(ROOT)!r}]; from goodfences.clips import jail; "
    "jail.OPERATIONS['misbehave'] = 'tests.clips.misbehaving:misbehave'; jail.serve(int(sys.argv[1]))"
)


@pytest.fixture(autouse=True)
def keepers_that_know_it(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sandbox, "_START", WITH_ONE_MORE_OPERATION)
    monkeypatch.setattr(sandbox, "_idle", [])
    yield
    for keeper in sandbox._idle:
        keeper.end()


def run(act: str, payload: bytes | sandbox.Payload = b"", **how: Any) -> tuple[dict[str, Any], list[bytes]]:
    given = ("memory_mb", "cpu_s", "wall_s", "max_output", "arriving")
    limits = {name: how.pop(name) for name in given if name in how}
    return sandbox.run(
        "misbehave", {"act": act, **how}, payload, **{"memory_mb": 64, "cpu_s": 5, "wall_s": 20, **limits}
    )


@pytest.fixture(autouse=True)
def _the_next_is_served(keepers_that_know_it: None) -> Iterator[None]:
    """Whatever the last one did."""
    yield
    assert run("behave", b"12345")[0] == {"size": 5}


def test_a_payload_comes_back_whole() -> None:
    payload = bytes(range(256)) * 20_000
    assert run("behave", payload, echo=True, memory_mb=64) == ({"size": len(payload)}, [payload])


def test_its_first_file_can_be_followed_as_it_comes() -> None:
    payload = bytes(range(256)) * 20_000
    with Arriving() as arriving:
        assert run("behave", payload, echo=True, arriving=arriving) == ({"size": len(payload)}, [])
        assert b"".join(arriving.pieces()) == payload


@pytest.mark.parametrize("sizes", [[], [-1], [10], ["a"]])
def test_what_was_to_be_followed_and_does_not_come_is_refused(sizes: list[object]) -> None:
    with Arriving() as arriving, pytest.raises(Unfit, match="breaks the decoder"):
        run("lie", answer=framed({"facts": {}, "sizes": sizes}, after=b"123").hex(), arriving=arriving)
    with pytest.raises(Broken):
        list(arriving.pieces())


def test_what_is_followed_has_an_end_too() -> None:
    with Arriving() as arriving, pytest.raises(Unfit, match="grows beyond any clip"):
        run("lie", answer=framed({"facts": {}, "sizes": [10**12]}).hex(), arriving=arriving, max_output=10**6)


@pytest.mark.usefixtures("thousand_open_files")
def test_with_a_thousand_files_open_too() -> None:
    assert run("behave", b"123", echo=True) == ({"size": 3}, [b"123"])


def in_pieces(pieces: int) -> sandbox.Payload:
    return sandbox.Payload(pieces * 2**20, (bytes(2**20) for _ in range(pieces)))


def test_a_large_video_is_not_held_on_its_way_in_and_once_on_its_way_out() -> None:
    for echo, megabytes in ((False, 4), (True, 48)):
        tracemalloc.start()
        facts, _ = run("behave", in_pieces(32), echo=echo)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert facts == {"size": 32 * 2**20}
        assert peak < megabytes * 2**20


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_what_tells_every_process_to_end_lets_it_finish(told: signal.Signals) -> None:
    """As a service manager does, or a shell: whoever asked finishes what it holds, and ends the keeper then."""

    def pieces() -> Iterator[bytes]:
        yield bytes(1000)
        children = psutil.Process().children(recursive=True)
        assert children
        for child in children:
            child.send_signal(told)
        yield bytes(1000)

    run("behave")
    assert run("behave", sandbox.Payload(2000, pieces()))[0] == {"size": 2000}


def test_what_the_pieces_raise_comes_through() -> None:
    def broken() -> Iterator[bytes]:
        yield bytes(1000)
        raise Tampered("A part was changed.")

    with pytest.raises(Tampered):
        run("behave", sandbox.Payload(2000, broken()))


def test_pieces_that_end_early_are_no_video() -> None:
    with pytest.raises(Unfit, match="breaks the decoder"):
        run("behave", sandbox.Payload(2000, [bytes(1000)]))


def test_memory_has_an_end() -> None:
    with pytest.raises(Unfit, match="more memory to decode than a clip may use"):
        run("eat_memory")


def test_memory_within_its_share_is_given() -> None:
    assert run("hold_memory", megabytes=40)[0] == {"size": 40 * 2**20}
    with pytest.raises(Unfit, match="memory"):
        run("hold_memory", megabytes=70)


def test_processor_time_has_an_end() -> None:
    with pytest.raises(Unfit, match="needs more than 1 seconds of computing"):
        run("spin", cpu_s=1)


def test_time_on_the_wall_has_an_end() -> None:
    began = time.monotonic()
    with pytest.raises(Interrupted, match="took too long"):
        run("sleep", wall_s=0.5)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("act", ["crash", "abort", "leave_early"])
def test_a_decoder_that_dies_of_the_video_refuses_it(act: str) -> None:
    with pytest.raises(Unfit, match="breaks the decoder"):
        run(act)


@pytest.mark.parametrize("act", ["end_itself", "end_the_keeper"])
def test_a_decoder_that_was_killed_may_be_tried_again(act: str) -> None:
    with pytest.raises(Interrupted, match="stopped from outside"):
        run(act)


def test_a_reason_comes_through_in_its_own_words() -> None:
    with pytest.raises(Unfit, match=r"^This video is upside down\.$"):
        run("complain")


def test_an_error_of_our_own_code_says_nothing_of_itself() -> None:
    with pytest.raises(Unfit, match="couldn't be read to its end") as refused:
        run("stumble")
    assert "ZeroDivision" not in str(refused.value)


def test_an_answer_without_end_is_cut_off() -> None:
    with pytest.raises(Unfit, match="grows beyond any clip"):
        run("flood", max_output=10**6)


def framed(head: object, *, length: int | None = None, after: bytes = b"") -> bytes:
    text = json.dumps(head).encode()
    return struct.pack(">Q", len(text) if length is None else length) + text + after


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense",
        framed({"facts": {}, "sizes": []}, length=2**63),
        framed({"facts": {}, "sizes": [10]}),
        framed({"facts": {}, "sizes": [-1]}, after=b"x"),
        framed({"facts": {}, "sizes": "abc"}),
        framed({"facts": {}, "sizes": 3}),
        framed([]),
        framed({"something": "else"}),
        framed({"facts": {}, "sizes": []}, after=b"more"),
        struct.pack(">Q", 4) + b"\xff\xfe\xfd\xfc",
        struct.pack(">Q", 10_000) + b"[" * 10_000,
    ],
)
def test_an_answer_that_lies_is_refused(answer: bytes) -> None:
    with pytest.raises(Unfit, match="breaks the decoder"):
        run("lie", answer=answer.hex())


def test_it_opens_nothing() -> None:
    facts, _ = run("reach_out")
    assert facts == {
        "read": "OSError",
        "write": "OSError",
        "connect": "OSError",
        "pipe": "OSError",
        "memory": "MemoryError",
    }
    assert not Path("/tmp/goodfences-escaped").exists()


def test_it_knows_no_secret_and_no_django(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOODFENCES_SECRET_KEY", "a secret")
    facts, _ = run("look_around")
    assert set(facts["environment"]) <= {"LANG", "LC_CTYPE", "GLIBC_TUNABLES"}
    assert facts["folder"] == "/"
    assert not [name for name in facts["modules"] if name.startswith(("django", "goodfences.vault"))]
    # Its two pipes, the null device, and the pipe that tells the keeper of its end.
    assert len(facts["open"]) <= 4
