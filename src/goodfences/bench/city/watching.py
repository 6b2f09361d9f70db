"""What programs take while something happens: processor, memory, disk; and which limit of the machine is nearest."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any, Self

import psutil

from goodfences.bench.runner import Row

_EVERY = 1.0


class Watching:
    """Samples while the block runs. `programs` are process numbers by name; their children count with them."""

    def __init__(self, programs: dict[str, int]) -> None:
        self._programs = programs
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._cpu: dict[str, dict[int, float]] = {name: {} for name in programs}
        self._first: dict[str, dict[int, float]] = {name: {} for name in programs}
        self._memory = dict.fromkeys(programs, 0)
        self._machine: list[Any] = []
        self._began = self._seconds = 0.0

    def __enter__(self) -> Self:
        self._look(self._first)
        self._machine.append(psutil.cpu_times())
        self._began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self._look({})
        self._seconds = time.monotonic() - self._began
        self._machine.append(psutil.cpu_times())

    def _sample(self) -> None:
        while not self._end.wait(_EVERY):
            self._look({})

    def _look(self, first: dict[str, dict[int, float]]) -> None:
        for name, number in self._programs.items():
            memory = 0
            for process in self._of(name, number):
                try:
                    spent = sum(process.cpu_times()[:2])
                    memory += process.memory_full_info().pss
                except psutil.Error:
                    continue
                self._cpu[name][process.pid] = spent
                first.setdefault(name, {})[process.pid] = spent
            self._memory[name] = max(self._memory[name], memory)

    def _of(self, name: str, number: int) -> list[psutil.Process]:
        """The crowd is this program and the sink, and none of the others, which are its children, too."""
        own = psutil.Process(number)
        if name == "crowd":
            return [own, *(child for child in own.children() if "goodfences.bench.sink" in " ".join(child.cmdline()))]
        try:
            return [own, *own.children(recursive=True)]
        except psutil.Error:
            return []

    def rows(self) -> list[Row]:
        return [
            {
                "what": name,
                "cores": round(self._spent(name) / self._seconds, 2),
                "core_seconds": round(self._spent(name), 1),
                "memory_mb": round(self._memory[name] / 1e6),
            }
            for name in self._programs
        ]

    def _spent(self, name: str) -> float:
        return sum(spent - self._first[name].get(pid, 0.0) for pid, spent in self._cpu[name].items())

    def limits(self) -> dict[str, float]:
        """How much of each of the machine's limits was in use, of 1: by everybody on it."""
        before, after = self._machine
        spent = {field: getattr(after, field) - getattr(before, field) for field in before._fields}
        total = sum(value for field, value in spent.items() if not field.startswith("guest")) or 1.0
        waits = spent.get("iowait", 0.0)
        memory = psutil.virtual_memory()
        return {
            "processor": 1 - (spent["idle"] + waits) / total,
            "disk (time that nobody could go on for it)": waits / total,
            "memory": 1 - memory.available / memory.total,
        }


def on_disk(url: str, state: Path) -> Row:
    """Bytes a clip: its row, its part of the indexes, and of the files of those that were uploaded."""
    import psycopg

    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT pg_table_size('clips_clip'), pg_indexes_size('clips_clip'), count(*),"
            " pg_database_size(current_database()), count(*) FILTER (WHERE checked_at IS NULL) FROM clips_clip"
        ).fetchone()
    assert found is not None
    table, indexes, clips, everything, unchecked = found
    files = [file.stat().st_size for file in (state / "blobs" / "clips").rglob("*") if file.is_file()]
    return {
        "clips": clips,
        "waiting_for_check": unchecked,
        "row_bytes": round(table / clips),
        "index_bytes": round(indexes / clips),
        "database_mb": round(everything / 1e6),
        "files": len(files),
        "file_mb": round(sum(files) / 1e6),
    }
