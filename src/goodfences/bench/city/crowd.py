"""Who uses the city: devices, agencies and neighbors, each over HTTP alone; what they wait for is written down."""

from __future__ import annotations

import argparse
import itertools
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import httpx

from goodfences.bench import ingest
from goodfences.bench.devices import Recording, announcement, upload_headers
from goodfences.bench.measure import percentile
from goodfences.bench.runner import Row
from goodfences.bench.sink import Sink

_FILES = 24
"""As many different ones are made before; each camera sends one of them once."""

Act = Callable[[Callable[[], bool]], None]
"""Goes on for as long as it is told to."""


class Crowd:
    def __init__(self, url: str, built: dict[str, Any], sink: Sink, options: argparse.Namespace) -> None:
        self._url, self._built, self._sink, self._options = url, built, sink, options
        self._took: dict[str, list[float]] = defaultdict(list)
        self._failed: dict[str, Counter[str]] = defaultdict(Counter)
        self.uploaded = 0
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting = list(built["requests"])
        self._files = ingest.heavy(_FILES, int(options.megabytes * ingest.MEGABYTE))

    def at_work(self, people: Iterable[Callable[[], list[Act]]], seconds: float) -> list[Row]:
        """All of them for so long; a row for each kind of thing that they did."""
        self._took.clear()
        self._failed.clear()
        mails, ends = self._sink.arrived, time.monotonic() + seconds
        acts = [act for some in people for act in some()]
        threads = [threading.Thread(target=act, args=(lambda: time.monotonic() < ends,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._sink.quiet_for(0.1)
        self.uploaded += len(self._took["upload"])
        rows = [self._row(what, seconds) for what in sorted({*self._took, *self._failed})]
        if arrived := self._sink.arrived - mails:
            rows.append({"what": "emails that arrived", "done": arrived, "a_second": round(arrived / seconds, 1)})
        return rows

    def _row(self, what: str, seconds: float) -> Row:
        took, failed = self._took[what], self._failed[what]
        parts = (50, 95, 99) if took else ()
        figures = {f"p{part}_ms": round(percentile(took, part / 100) * 1000, 1) for part in parts}
        row: Row = {"what": what, "done": len(took), "a_second": round(len(took) / seconds, 2), **figures}
        return {**row, "failed": ", ".join(f"{why} {count}x" for why, count in failed.items())} if failed else row

    def _measured(self, what: str, act: Callable[[], str]) -> None:
        began = time.perf_counter()
        try:
            trouble = act()
        except httpx.HTTPError as error:
            trouble = type(error).__name__
        took = time.perf_counter() - began
        with self._lock:
            if trouble:
                self._failed[what][trouble] += 1
            else:
                self._took[what].append(took)

    def devices(self) -> list[Act]:
        """Each sends one clip after another, for one hub after another, as soon as the last one is stored."""
        return [self._device] * int(self._options.devices)

    def _device(self, goes_on: Callable[[], bool]) -> None:
        with httpx.Client(base_url=self._url, timeout=120) as line:
            while goes_on():
                number = next(self._numbers)
                camera, token = self._built["hubs"][number % len(self._built["hubs"])]
                self._measured("upload", lambda c=camera, t=token, n=number: self._upload(line, c, t, n))  # type: ignore[misc]

    def _upload(self, line: httpx.Client, camera: str, token: str, number: int) -> str:
        recording = self._files[number % len(self._files)]
        # The same bytes twice of one camera would be one clip: the last ones of the box of chance tell them apart.
        own = Recording.of(recording.data[:-8] + number.to_bytes(8), recording.seconds)
        headers = {**upload_headers(announcement(camera, own)), "Authorization": f"Bearer {token}"}
        told = line.post("/api/v1/uploads/", content=own.data, headers=headers)
        return _unless(told.headers.get("Clip-State") == "stored", told)

    def agencies(self) -> list[Act]:
        """Their second officers open all requests of the storm, four at a time; owners' mail is what comes of it."""
        return [self._officers] * 4

    def _officers(self, goes_on: Callable[[], bool]) -> None:
        while goes_on():
            with self._lock:
                if not self._waiting:
                    break
                ref, session = self._waiting.pop()
            with httpx.Client(base_url=self._url, timeout=120, cookies={"sessionid": session}) as browser:
                self._measured("request opened", lambda b=browser, r=ref: self._open(b, r))  # type: ignore[misc]
        while goes_on():
            time.sleep(0.2)

    def _open(self, browser: httpx.Client, ref: str) -> str:
        page = browser.get(f"/portal/requests/{ref}/")
        form = re.search(r'approve/"[^>]*>\s*<input[^>]*name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        if form is None:
            return _unless(False, page)
        told = browser.post(f"/portal/requests/{ref}/approve/", data={"csrfmiddlewaretoken": form[1]})
        return _unless(told.status_code == 302, told)

    def neighbors(self) -> list[Act]:
        """Some read the neighborhood's newest page again and again; each of others tells one thing."""
        return [*[self._reader] * int(self._options.readers), self._writers]

    def _reader(self, goes_on: Callable[[], bool]) -> None:
        session = self._built["neighbors"][next(self._numbers) % len(self._built["neighbors"])]
        with httpx.Client(base_url=self._url, timeout=120, cookies={"sessionid": session}) as browser:
            while goes_on():
                self._measured("neighborhood page", lambda: self._read(browser))

    def _read(self, browser: httpx.Client) -> str:
        told = browser.get("/neighbors/")
        return _unless(told.status_code == 200, told)

    def _writers(self, goes_on: Callable[[], bool]) -> None:
        for number, session in enumerate(self._built["neighbors"]):
            if not goes_on():
                return
            with httpx.Client(base_url=self._url, timeout=120, cookies={"sessionid": session}) as browser:
                self._measured("post", lambda b=browser, n=number: self._tell(b, n))  # type: ignore[misc]

    def _tell(self, browser: httpx.Client, number: int) -> str:
        page = browser.get("/neighbors/new/")
        hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|once)" value="([\w-]+)"', page.text))
        if len(hidden) != 2:
            return _unless(False, page)
        words = {"kind": "hazard", "title": f"A branch hangs low, number {number}", "text": "Walk around it."}
        told = browser.post("/neighbors/new/", data={**hidden, **words})
        return _unless(told.status_code == 302, told)


def _unless(done: bool, told: httpx.Response) -> str:
    """Nothing, or how it was answered."""
    return "" if done else f"{told.status_code} {told.headers.get('Location', '')}".strip()
