"""Who uses the instance of `goodfences bench faults`: each tries again until they are answered with success."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from goodfences.bench import ingest
from goodfences.bench.devices import announcement, upload_headers
from goodfences.bench.faulty.world import World, ref_of, until

_PATIENCE_S = 30


@dataclass
class Acknowledged:
    """What was answered with success, each with the round in which it was."""

    uploads: dict[str, int] = field(default_factory=dict)
    decisions: dict[str, int] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)


class People:
    """An answer counts as success where a person would believe it: not where it leads to signing in, say."""

    def __init__(self, world: World) -> None:
        self.told = Acknowledged()
        self._world = world
        self._links: dict[str, str] = {}

    @contextmanager
    def at_work(self, number: int) -> Iterator[None]:
        """A round's acts, while the block is run; done when it ends."""
        acts = [self._upload, self._upload, self._approve, self._post, self._decline]
        self._world.act = partial(self._upload, number)
        self._world.hub.put(number)
        with ThreadPoolExecutor(len(acts)) as pool:
            jobs = [pool.submit(act, number) for act in acts]
            yield
            for job in jobs:
                job.result(timeout=300)

    def _upload(self, number: int) -> None:
        world = self._world
        (recording,) = ingest.heavy(1, 700_000)
        token = {"Authorization": f"Bearer {world.built['token']}"}

        def send() -> bool:
            headers = {**upload_headers(announcement(world.built["camera"], recording)), **token}
            where = f"{world.url}/api/v1/uploads/"
            told = httpx.post(where, content=recording.data, headers=headers, timeout=_PATIENCE_S)
            # Where an earlier try got through and its answer was lost, this one says so.
            return told.status_code == 201 and told.headers.get("Clip-State") == "stored"

        until(send)
        self.told.uploads[recording.sha256] = number

    def _approve(self, number: int) -> None:
        ref = self._world.built["requests"][number]
        where = f"/portal/requests/{ref}/"

        def approve() -> bool:
            with self._browser(self._world.built["officer"]) as browser:
                page = browser.get(where)
                if page.status_code == 302:  # a session ends by the clock, and the clock was ahead
                    self._world.built["officer"] = self._world.look("sign_in")
                    return False
                if page.status_code == 200 and _IS_ON_RECORD in page.text:
                    return True  # an earlier try got through, and its answer was lost
                form = re.search(r'approve/"[^>]*>\s*<input[^>]*name="csrfmiddlewaretoken" value="(\w+)"', page.text)
                if not form:
                    return False
                told = browser.post(f"{where}approve/", data={"csrfmiddlewaretoken": form[1]})
                return _leads_to(told, where)

        until(approve)
        self.told.requests[ref] = number

    def _post(self, number: int) -> None:
        title = f"A branch hangs low, number {number}"
        with self._browser(self._world.built["writers"][number]) as browser:
            fields: dict[str, str] = {}

            def write() -> bool:
                if not fields:
                    page = browser.get("/neighbors/new/").text
                    hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|once)" value="([\w-]+)"', page))
                    if len(hidden) == 2:
                        fields.update(hidden)
                    return False
                words = {"kind": "hazard", "title": title, "text": "Walk around it, please."}
                return _leads_to(browser.post("/neighbors/new/", data={**fields, **words}), "/neighbors/")

            until(write)
        self.told.posts[title] = number

    def _decline(self, number: int) -> None:
        """One of those who were asked in an earlier round says no by the email's link."""
        if number == 0:
            return
        ref, link = until(self._next_link)
        path = httpx.URL(link).path
        until(lambda: _leads_to(httpx.post(link, data={"act": "decline"}, timeout=_PATIENCE_S), path))
        self.told.decisions[ref] = number

    def _next_link(self) -> tuple[str, str] | None:
        for mail in self._world.mails():
            ref = ref_of(mail)
            text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
            found = re.findall(r"http://\S+/e/[^/\s]+/(?=\s|$)", text)
            if found and ref not in self._links:
                self._links[ref] = found[0]
                return ref, found[0]
        return None

    def _browser(self, session: str) -> Any:
        return httpx.Client(base_url=self._world.url, cookies={"sessionid": session}, timeout=_PATIENCE_S)


_IS_ON_RECORD = "On record"


def _leads_to(told: httpx.Response, path: str) -> bool:
    return told.status_code == 302 and told.headers["Location"].startswith(path)
