"""What the day's page weighs and how soon it is there, in a real Chromium by its own protocol (CDP)."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from goodfences.bench.browser import opened
from goodfences.bench.runner import Outcome

LIMIT_KB = 150
SLOWER = 4
_LCP = """() => new Promise(done => new PerformanceObserver(
    seen => done(seen.getEntries().at(-1).startTime)).observe({type: 'largest-contentful-paint', buffered: true}))"""
_FIRST_FRAME = """still => new Promise(done => {
    const video = document.querySelector('.watching video'), before = video.currentSrc, began = performance.now();
    const see = () => video.currentSrc !== before && video.currentTime >= 0 && video.readyState >= 2
        ? done(performance.now() - began) : video.requestVideoFrameCallback(see);
    video.requestVideoFrameCallback(see);
    document.querySelectorAll('.clips a.still')[still].click();
})"""


def look(site: str, cookie: str, chromium: str | None, times: int) -> Outcome:
    """Load the day's page so many `times` with nothing cached, the processor slowed `SLOWER` times; play clips.
    Raises NoBrowser."""
    with opened(chromium) as browser:
        loads = [_load(browser, site, cookie) for _ in range(times)]
        frames = _play(browser, site, cookie)
    weight = loads[0][1]
    lcp = statistics.median(each[0] for each in loads)
    kept = sum(size for kind, size in weight.items() if kind != "Image")
    row = {
        "page": "day, in a browser",
        "kilobytes": round(kept / 1000, 1),
        **{f"{kind.lower()}_kb": round(size / 1000, 1) for kind, size in sorted(weight.items())},
        "lcp_ms": round(lcp),
        "cpu_slowed": SLOWER,
        "first_frame_ms": round(statistics.median(frames)),
        "first_frame_max_ms": round(max(frames)),
    }
    return Outcome([row], {"weight_over_150kb": kept / 1000 / LIMIT_KB, "lcp_over_1s": lcp / 1000})


def _window(browser: Any, site: str, cookie: str) -> Any:
    name, _, value = cookie.partition("=")
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.add_cookies([{"name": name, "value": value, "url": site}])
    return context


def _load(browser: Any, site: str, cookie: str) -> tuple[float, Counter[str]]:
    """When the largest thing was painted, and the bytes that came over the wire by what they are."""
    context = _window(browser, site, cookie)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    weight = Counter[str]()
    wire.on("Network.responseReceived", lambda told: kinds.setdefault(told["requestId"], told["type"]))
    wire.on("Network.loadingFinished", lambda told: _weigh(weight, kinds, told))
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(f"{site}/home/", wait_until="load")
    page.wait_for_timeout(1000)
    painted = float(page.evaluate(_LCP))
    strangers = {urlsplit(url).netloc for url in page.evaluate("performance.getEntries().map(e => e.name)")}
    assert strangers <= {urlsplit(site).netloc, ""}, strangers
    context.close()
    return painted, weight


def _weigh(weight: Counter[str], kinds: dict[str, str], told: dict[str, Any]) -> None:
    weight[kinds.get(told["requestId"], "Other")] += int(told["encodedDataLength"])


def _play(browser: Any, site: str, cookie: str) -> list[float]:
    """Milliseconds from a click on a still to the first picture of its clip, for each of ten clips."""
    context = _window(browser, site, cookie)
    page = context.new_page()
    page.goto(f"{site}/home/", wait_until="load")
    page.wait_for_function("() => document.querySelector('.timeline').dataset.islandState === 'ready'")
    found = [float(page.evaluate(_FIRST_FRAME, number)) for number in range(10)]
    context.close()
    return found
