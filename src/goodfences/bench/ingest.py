"""`goodfences bench ingest`: how fast are clips taken in, beside a plain write and fsync of the same bytes?

The real path: devices announce, upload and finish over HTTP to a real `goodfences serve`, which hashes and seals
each clip and answers once file and row are durable. The other side writes the same files to the same disk, as many
at once, and fsyncs file and folder. Then a real worker checks real street video, which the rows show.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from goodfences.bench import s3_servers
from goodfences.bench.devices import Devices, Recording, served, settle
from goodfences.bench.footage import FOOTAGE
from goodfences.bench.instance import migrate, throwaway
from goodfences.bench.measure import by_turns
from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register

MEGABYTE = 1_000_000
_FOOTAGE = {"640 by 360": "crossing", "1280 by 720": "crossing-hd"}
_PATIENCE_SECONDS = 120.0
Write = Callable[[Sequence[Recording], Path, int], None]
"""Writes files, each durable when it returns; into that folder, so many side by side."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clips", type=int, default=12, help="a round (default 12)")
    parser.add_argument("--megabytes", type=float, default=8.0, help="of a clip (default 8)")
    parser.add_argument("--rounds", type=int, default=6, help="default 6")
    parser.add_argument("--devices", type=int, default=4, help="that send side by side (default 4)")
    parser.add_argument("--workers", type=int, default=1, help="of the server, as in `serve` (default 1)")
    parser.add_argument("--checked", type=int, default=8, help="clips of each size to check (default 8)")
    where = "where files go: a folder, or a real S3 server that is started beside (default folder)"
    parser.add_argument("--store", choices=["folder", *s3_servers.SERVERS], default="folder", help=where)
    parser.add_argument("--folder", help="where to write, on the disk to measure (default: the temporary folder)")


@register("ingest", help="take clips in over HTTP, beside a plain write and fsync", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`vs_disk`: durable acknowledged bytes a second over HTTP, over those of the plain write and fsync.

    With an S3 server `vs_s3`: over those that boto3 alone hands to that server.
    """
    os.environ["GOODFENCES_QUOTA_BYTES"] = str(2**50)
    with _store(options) as plain, throwaway(parent=options.folder) as state:
        migrate()
        home = settle()
        with served(state, options.workers) as port:
            devices = Devices(home, port, options.devices)
            rows, ratio = _take_in(devices, plain, state, options)
            checked = list(_check(devices, options.checked))
            devices.close()
    return Outcome([*rows, *checked], {"vs_disk" if options.store == "folder" else "vs_s3": ratio})


@contextmanager
def _store(options: argparse.Namespace) -> Iterator[Write]:
    """The other side's way to the store, which the instance is about to use."""
    if options.store == "folder":
        yield _write
        return
    with (
        tempfile.TemporaryDirectory(prefix="goodfences-bench-s3-", dir=options.folder) as folder,
        s3_servers.serving(options.store, Path(folder)) as server,
    ):
        for bucket in ("footage", "plain"):
            server.make_bucket(bucket)
        os.environ.update(server.environment | {"GOODFENCES_BLOBS": "s3://footage"})
        client = s3_servers.client(server.url)

        def put(recordings: Sequence[Recording], folder: Path, side_by_side: int) -> None:
            def one(number: int) -> None:
                client.put_object(Bucket="plain", Key=f"{folder.name}/{number}", Body=recordings[number].data)

            _all(one, recordings, side_by_side)

        yield put


def _take_in(devices: Devices, plain: Write, state: Path, options: argparse.Namespace) -> tuple[list[Row], float]:
    rounds = [heavy(options.clips, int(options.megabytes * MEGABYTE)) for _ in range(options.rounds + 1)]
    devices.send(rounds[-1])
    plain(rounds[-1], state / "warm", options.devices)
    progress(f"{options.rounds} rounds of {options.clips} clips of {options.megabytes:g} MB")
    took = by_turns(
        {
            "ours": lambda number: devices.send(rounds[number]),
            "theirs": lambda number: plain(rounds[number], state / f"plain-{number}", options.devices),
        },
        range(options.rounds),
    )
    _all_stored(sum(len(each) for each in rounds))
    names = {"ours": "over HTTP: hashed, sealed, acknowledged", "theirs": "plain write and fsync"}
    if options.store != "folder":
        names = {
            "ours": f"over HTTP and on to {options.store}, read back",
            "theirs": "boto3 alone to the same server",
        }
    clips = options.clips * options.rounds
    count = sum(len(each.data) for some in rounds[:-1] for each in some)
    rows = [_row(names[side], clips, count, sum(took[side])) for side in names]
    rows += [
        _row(name, len(rounds[0]), len(rounds[0]) * len(rounds[0][0].data), spent)
        for name, spent in _parts(rounds[0])
    ]
    return rows, sum(took["theirs"]) / sum(took["ours"])


def _row(side: str, clips: int, count: int, seconds: float) -> Row:
    return {
        "side": side,
        "clips": clips,
        "megabytes": round(count / MEGABYTE, 1),
        "seconds": round(seconds, 3),
        "megabytes_a_second": round(count / MEGABYTE / seconds, 1),
    }


def heavy(clips: int, size: int) -> list[Recording]:
    """Files of `size` bytes, each another: a street clip and a box of chance, which no device could compress."""
    footage, seconds = _footage("crossing")
    return [
        Recording.of(_padded(footage, os.urandom(max(1, size - len(footage) - 8))), seconds) for _ in range(clips)
    ]


def _padded(video: bytes, filling: bytes) -> bytes:
    """The MP4 with a box behind it that players skip."""
    return video + struct.pack(">I4s", 8 + len(filling), b"free") + filling


def _footage(name: str) -> tuple[bytes, float]:
    """A street clip of the demo town and its length in seconds."""
    import av

    data = (FOOTAGE / f"{name}.mp4").read_bytes()
    with av.open(io.BytesIO(data), "r") as file:
        assert file.duration is not None
        return data, file.duration / av.time_base


def _write(recordings: Sequence[Recording], folder: Path, side_by_side: int) -> None:
    """The limit: the same bytes in files of their own, each with its name on disk when it is done."""
    from goodfences.vault.durable import fsync_folder

    folder.mkdir(exist_ok=True)

    def one(number: int) -> None:
        with (folder / str(number)).open("wb", buffering=0) as file:
            file.write(recordings[number].data)
            os.fsync(file.fileno())
        fsync_folder(folder)

    _all(one, recordings, side_by_side)


def _all(one: Callable[[int], None], recordings: Sequence[Recording], side_by_side: int) -> None:
    with ThreadPoolExecutor(side_by_side) as pool:
        for _ in pool.map(one, range(len(recordings))):
            pass


def _parts(recordings: Sequence[Recording]) -> Iterator[tuple[str, float]]:
    """What hashing and sealing take by themselves, one after another in this process, written nowhere."""
    from goodfences.vault import keys, sealing

    class Nowhere:
        def write(self, data: bytes) -> int:
            return len(data)

    began = time.perf_counter()
    for each in recordings:
        hashlib.sha256(each.data)
    yield "hashing by itself", time.perf_counter() - began
    recipient = keys.recipient(keys.draft_key("bench"))
    began = time.perf_counter()
    for each in recordings:
        sealing.seal_stream(io.BytesIO(each.data), Nowhere(), [recipient])
    yield "hashing and sealing by themselves", time.perf_counter() - began


def _all_stored(expected: int) -> None:
    from goodfences.clips.models import Clip

    stored = Clip.objects.filter(state=Clip.State.STORED).count()
    if stored != expected:
        raise CannotMeasure(f"Of {expected:,} clips that were acknowledged {stored:,} are stored.")


def _check(devices: Devices, clips: int) -> Iterator[Row]:
    """A row for each size of picture: clips that the worker checked, a second and core."""
    from goodfences.clips.models import Clip

    Clip.objects.update(checked_at="2026-01-01T00:00:00Z")  # the heavy ones are out of the worker's way
    for size, name in _FOOTAGE.items():
        footage, seconds = _footage(name)
        devices.send([Recording.of(_padded(footage, os.urandom(16)), seconds) for _ in range(clips + 1)])
        progress(f"{clips} clips of {size} wait for their check")
        yield _checked(size, clips, seconds)


def _checked(size: str, clips: int, seconds: float) -> Row:
    with _worker() as worker:
        _wait_for(clips)  # it has started, and checked one
        before, began = worker.cpu_seconds(), time.perf_counter()
        _wait_for(0)
        spent, took = worker.cpu_seconds() - before, time.perf_counter() - began
    return {
        "side": f"checked by one worker: {seconds:.0f} s of {size}",
        "clips": clips,
        "seconds": round(took, 3),
        "core_seconds": round(spent, 3),
        "clips_a_second_and_core": round(clips / spent, 2),
        "video_seconds_a_second_and_core": round(clips * seconds / spent, 1),
    }


def _wait_for(left: int) -> None:
    from goodfences.clips.models import Clip

    ends = time.monotonic() + _PATIENCE_SECONDS
    while Clip.objects.filter(checked_at=None).count() > left:
        if time.monotonic() > ends:
            raise CannotMeasure("The worker doesn't check any more.")
        time.sleep(0.05)
    if refusals := list(Clip.objects.exclude(refusal="").values_list("refusal", flat=True)[:1]):
        raise CannotMeasure(f"A clip was refused: {refusals[0]}")


class _Worker:
    """A running `goodfences worker`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def cpu_seconds(self) -> float:
        """What it and all that it started have used so far."""
        import psutil

        own = psutil.Process(self._process.pid)
        return sum(sum(each.cpu_times()[:4]) for each in [own, *own.children(recursive=True)])


@contextmanager
def _worker() -> Iterator[_Worker]:
    with subprocess.Popen([sys.executable, "-m", "goodfences.cli", "worker"]) as process:
        try:
            yield _Worker(process)
        finally:
            process.terminate()
