"""`goodfences bench evidence`: how fast does a sealed clip become a sealed package, and how much memory does it take?

Our side does all that a share and a download do: unseal the clip, cut it in the sandbox, hash it, sign its content
credentials, seal it to the agency's own key, durably, and write the package with the sealed video in it. The peer is
pyrage alone, which decrypts the same clip and encrypts the same bytes, from one file to another.
"""

from __future__ import annotations

import argparse
import io
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodfences.bench import measure
from goodfences.bench.instance import throwaway
from goodfences.bench.runner import Outcome, progress, register

if TYPE_CHECKING:
    from goodfences.evidence.assemble import Package, PackedVideo

_NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
_FPS = 10
_REF = "BENCHBENCHBENCHBENCHBE"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--megabytes", type=int, default=128, help="size of the clip (default 128)")
    parser.add_argument("--gigabytes", type=float, default=4, help="size of the package for memory (default 4)")
    parser.add_argument("--rounds", type=int, default=5)


@register("evidence", help="a sealed clip becomes a sealed evidence package", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`vs_age`: bytes a second of ours over pyrage's, each by its median round."""
    with throwaway() as folder:
        progress("making footage")
        bench = _Bench(folder, options.megabytes)
        sides = {"goodfences": bench.ours, "age": bench.age}
        for side in sides.values():
            side(None)
        took = measure.by_turns(sides, range(options.rounds))
        rates = {name: bench.size / measure.percentile(times, 0.5) for name, times in took.items()}
        rows: list[dict[str, Any]] = [
            {"what": "sealed clip to sealed package", "side": name, "megabytes": round(bench.size / 1e6)}
            | {"mb_a_second": round(rates[name] / 1e6, 1), **measure.milliseconds(times)}
            for name, times in took.items()
        ]
        rows += bench.steps()
        progress("a large package")
        rows.append(bench.large(int(options.gigabytes * 1e9)))
    return Outcome(rows, {"vs_age": round(rates["goodfences"] / rates["age"], 3)})


class _Bench:
    """One sealed clip of noise, which no coder makes small, and the keys of an instance and of an agency."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        import pyrage

        from goodfences.evidence import credentials, signing
        from goodfences_record.notes import SigningKey

        self._folder = folder
        self._clip_key, self._agency_key = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
        self._ledger_key = SigningKey.new("bench.example/ledger")
        self._key = SigningKey.new("bench.example/ledger/evidence")
        self._chain = credentials.certificates(self._key, "Bench")
        self._voucher = signing.vouch(self._key.verifier, self._ledger_key)
        plain, self._keyframes = _footage(megabytes * 10**6)
        self.size = len(plain)
        self._sealed = folder / "clip.age"
        self._sealed.write_bytes(pyrage.encrypt(plain, [self._clip_key.to_public()]))
        self._took: dict[str, float] = {}

    def age(self, _round: Any) -> None:
        import pyrage

        plain = pyrage.decrypt(self._sealed.read_bytes(), [self._clip_key])
        _write(self._folder / "age.out", pyrage.encrypt(plain, [self._agency_key.to_public()]))

    def ours(self, _round: Any) -> None:
        """What preparing a share and building its package do, without the database. The sealed video is kept durably
        in the store; the package made around it is no file of an instance, but streams to the officer, whose browser
        writes it."""
        package = self._package([self._prepared()])
        with (self._folder / "package.zip").open("wb") as download:
            download.writelines(self._timed("package", package.chunks()))

    def steps(self) -> Iterator[dict[str, Any]]:
        """What the last round of ours spent its time on."""
        for name, seconds in self._took.items():
            yield {"what": f"of which {name}", "side": "goodfences", "p50_ms": round(seconds * 1000, 1)}

    def large(self, size: int) -> dict[str, Any]:
        """Memory while a package of `size` bytes streams out, its videos unsealed on the way."""
        import psutil

        count = max(1, size // self.size)
        package = self._package([self._prepared(number, sealed=False) for number in range(count)])
        process = psutil.Process()
        before = most = process.memory_info().rss
        began, sent = time.perf_counter(), 0
        for number, piece in enumerate(package.chunks()):
            sent += len(piece)
            if number % 32 == 0:
                most = max(most, process.memory_info().rss)
        seconds = time.perf_counter() - began
        return {
            "what": "a large package streams out",
            "side": "goodfences",
            "megabytes": round(sent / 1e6),
            "mb_a_second": round(sent / seconds / 1e6, 1),
            "memory_mb": round((most - before) / 1e6, 1),
        }

    def _prepared(self, number: int = 0, *, sealed: bool = True) -> PackedVideo:
        from goodfences.clips.arriving import Arriving, InMemory
        from goodfences.clips.cutting import CutPlan
        from goodfences.clips.models import Clip
        from goodfences.clips.sandbox import Payload
        from goodfences.evidence import credentials, receipts
        from goodfences.evidence.assemble import PackedVideo
        from goodfences.evidence.owner import sealing
        from goodfences.redaction import making
        from goodfences.redaction.plans import Plan
        from goodfences.vault.seek import SeekableReader

        ref = f"{_REF[:-4]}{number:04d}"
        began = time.perf_counter()
        if number == 0 or not hasattr(self, "_made"):
            # As preparing a share does: sealed beside, while it is cut and while its credentials are made.
            with ThreadPoolExecutor(1) as beside:
                with Arriving() as arriving:
                    recipient = self._agency_key.to_public()
                    seals = beside.submit(sealing.store_to, "shared/bench.age", arriving.to_keep(), recipient)
                    reader = SeekableReader(self._sealed.open("rb"), self._clip_key)
                    plan = Plan(
                        Clip(starts_at=_NOON, ends_at=_NOON),
                        CutPlan(0, self._keyframes[-1], exact=False),
                        audio=False,
                    )
                    self._made = making.made_of(plan, Payload(reader.size, reader.pieces()), arriving)
                began = self._spent("unsealing, cutting and hashing, beside sealing", began)
                receipt = receipts.sign(_receipt(ref, self._made.hashes), self._key, self._voucher)
                video = InMemory(self._made.content)
                self._credentials = credentials.sign(video, receipt, self._key, self._chain)
                began = self._spent("content credentials, beside sealing", began)
                self._hashes = seals.result()
            self._spent("sealing, what was left of it", began)
        made = self._made
        receipt = receipts.sign(_receipt(ref, made.hashes), self._key, self._voucher)
        hashes = self._hashes if sealed else made.hashes
        return PackedVideo(
            ref=ref,
            starts_at=_NOON,
            digests=_digests(hashes),
            crc=hashes.crc32,
            chunks=partial(_sealed_chunks if sealed else _plain_chunks, self._agency_key),
            receipt=receipt,
            custody=_custody(ref, made.sha256),
            credentials=self._credentials,
            sealed=sealed,
        )

    def _package(self, videos: list[PackedVideo]) -> Package:
        from goodfences.evidence.assemble import Contents, assemble

        return assemble(
            Contents(
                request=_REQUEST,
                proof={},
                videos=videos,
                evidence_key=self._key,
                ledger_key=str(self._ledger_key.verifier),
                voucher=self._voucher,
                made_at=_NOON,
                instance="Bench",
                address="https://bench.example/",
                certificates=self._chain,
            )
        )

    def _spent(self, step: str, began: float) -> float:
        now = time.perf_counter()
        self._took[step] = now - began
        return now

    def _timed(self, step: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
        began = time.perf_counter()
        yield from pieces
        self._spent(step, began)


_REQUEST = {"ref": _REF, "agency": "Bench", "case_number": "1", "ledger": "bench.example/ledger", "ledger_index": 0}


def _receipt(ref: str, hashes: Any) -> dict[str, Any]:
    from goodfences.evidence import layout

    moment = layout.moment(_NOON)
    video = {"ref": ref, "file": layout.video_file(ref, _NOON), "size": hashes.size, "starts_at": moment}
    video |= {"ends_at": moment, "sha256": hashes.sha256, "sha512": hashes.sha512, "reencoded": False, "audio": False}
    return {"request": _REQUEST, "video": video, "cut_from": {"sha256": "0" * 64}, "shared_at": moment}


def _custody(ref: str, sha256: str) -> dict[str, Any]:
    from goodfences.evidence import chain, layout

    event: dict[str, Any] = {"sequence": 1, "kind": "shared", "at": layout.moment(_NOON), "officer": None}
    event |= {"details": {}, "previous_hash": chain.start(ref, sha256), "hash": ""}
    return chain.log_of(ref, sha256, [event | {"hash": chain.link(event)}])


def _digests(hashes: Any) -> Any:
    from goodfences.bag import Digests

    return Digests(hashes.size, hashes.sha256, hashes.sha512)


def _sealed_chunks(_key: Any) -> Iterator[bytes]:
    from goodfences.evidence import opening

    return opening.pieces("shared/bench.age")


def _plain_chunks(key: Any) -> Iterator[bytes]:
    from goodfences.evidence.opening import STEP
    from goodfences.vault import blobs
    from goodfences.vault.seek import SeekableReader

    with SeekableReader(blobs.store().open("shared/bench.age"), key) as reader:
        for start in range(0, reader.size, STEP):
            yield reader.read_range(start, STEP)


def _write(path: Path, data: bytes) -> None:
    """To a file, durably: what is kept is, on both sides."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _footage(size: int) -> tuple[bytes, list[int]]:
    """A clip of about `size` bytes, a key frame a second, and its key frames in milliseconds."""
    import av
    import numpy as np

    sink, chance = io.BytesIO(), np.random.default_rng(1)
    options = {"preset": "ultrafast", "qp": "4", "x264-params": f"keyint={_FPS}:min-keyint={_FPS}:scenecut=0"}
    frames = 0
    with av.open(sink, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=_FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        picture = chance.integers(0, 256, (1620, 1920), dtype=np.uint8)
        while sink.tell() < size or frames % _FPS:
            shifted = np.roll(picture, frames * 7919)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shifted, format="yuv420p")))
            frames += 1
        container.mux(stream.encode())
    return sink.getvalue(), [number * 1000 for number in range(frames // _FPS + 1)]
