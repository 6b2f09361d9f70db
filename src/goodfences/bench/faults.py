"""`goodfences bench faults`: parts of an instance die and lie while people use it; is anything lost or doubled?

A real instance (pages, worker, mail server, and a store if one is named) is used over HTTP alone: clips are uploaded,
requests opened, asks declined by the email's link, posts written. Each round something goes wrong at a moment of
chance, and people do again what wasn't acknowledged. In the end all that was acknowledged has to be there, once.
"""

from __future__ import annotations

import argparse
import os
import random  # noqa: TID251 - a bench repeats itself; nothing here is secret
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register

_HOMES = 20
"""Asked in each round; the policy's floor of homes is below."""
_LONGEST_WAIT = 1.0
"""Seconds from the beginning of a round to its fault."""
_FAULT_SECONDS = 2.0
"""How long what isn't a death goes on."""
_SMALL_DISK = 256 * 1024 * 1024


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=12, help="faults, one a round (default 12)")
    parser.add_argument("--store", choices=("folder", "rclone", "seaweedfs"), default="folder")
    parser.add_argument(
        "--only", help="faults by name, separated by commas (default: all that this machine can have)"
    )
    parser.add_argument(
        "--seed", type=int, help="which faults come when (default: by chance; the row `seed` says it)"
    )


@register("faults", help="kill, fill and falsify an instance's parts while it is used", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`lost_or_doubled`: how much of what was acknowledged isn't there in the end, or is there twice. Must be 0."""
    seed = int.from_bytes(os.urandom(3)) if options.seed is None else options.seed
    with _world(options.store) as world:
        names = [name for name in _FAULTS if _FAULTS[name].is_possible(world)]
        if options.only:
            names = [name for name in names if name in options.only.split(",")]
        if not names:
            raise CannotMeasure("None of these faults is possible here. With --store rclone a store can fail.")
        return _measure(world, names, options.rounds, random.Random(seed), seed)  # noqa: S311


@dataclass
class _Acknowledged:
    """What was answered with success, each with the round in which it was."""

    uploads: dict[str, int] = field(default_factory=dict)
    decisions: dict[str, int] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)


class _World:
    """The instance's programs, and what can be done to them."""

    def __init__(self, folder: Path, state: Path, store: Any, line: Any) -> None:
        from goodfences.demo.processes import Processes, free_port

        self.state, self.store, self.line = state, store, line
        self.has_small_disk = state.stat().st_dev != folder.stat().st_dev
        self.port, self.mail_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.clock = folder / "clock"
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "goodfences.settings",
            "DATABASE_URL": "",
            "GOODFENCES_STATE": str(state),
            "GOODFENCES_URL": self.url,
            "GOODFENCES_SMTP_HOST": "127.0.0.1",
            "GOODFENCES_SMTP_PORT": str(self.mail_port),
            "GOODFENCES_DEMO": "0",
            "GOODFENCES_LOG": "ERROR",
            "GOODFENCES_NOTICE_DAYS": "0",
            "GOODFENCES_POLICY": str(_patient_policy(folder)),
            "GOODFENCES_BENCH_CLOCK": str(self.clock),
        }
        if store is not None:
            self.environment |= {
                **store.environment,
                "AWS_ENDPOINT_URL": line.url,
                "GOODFENCES_BLOBS": "s3://bench/x",
            }
        self.processes = Processes(self.environment, folder / "logs")
        self.built: dict[str, Any] = {}
        self.told = _Acknowledged()

    def start(self, rounds: int) -> None:
        subprocess.run([sys.executable, "-m", "goodfences.cli", "migrate"], env=self._all(), check=True)
        self.built = self.look("build", str(rounds), str(_HOMES))
        self.start_mail()
        self.start_web()
        self.start_worker()

    def start_web(self) -> None:
        from goodfences import cli

        command = cli.serve_command("127.0.0.1", self.port)
        self.processes.start("web", [*command[:-1], "goodfences.bench.faulty.jumping:application"])
        self.processes.wait_for_http("web", f"{self.url}/promises/", seconds=120)

    def start_worker(self) -> None:
        self.processes.start("worker", [sys.executable, "-m", "goodfences.bench.faulty.jumping", "worker"])

    def start_mail(self) -> None:
        self.processes.start("mail", [sys.executable, "-m", "goodfences.demo.catcher", str(self.mail_port)])
        self.processes.wait_for_port("mail", self.mail_port)

    def look(self, command: str, *arguments: str) -> Any:
        """What `faulty.town` prints."""
        import json

        run = [sys.executable, "-m", "goodfences.bench.faulty.town", command, *arguments]
        done = subprocess.run(run, env=self._all(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command} failed:\n{done.stderr[-3000:]}")
        return json.loads(done.stdout)

    def _all(self) -> dict[str, str]:
        return {**os.environ, **self.environment}

    def mails(self) -> list[Any]:
        from email import message_from_bytes, policy

        files = sorted((self.state / "mailbox" / "new").glob("*"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


@dataclass(frozen=True)
class _Fault:
    """`happen` is called in the middle of a round, and returns when everything is as it should be again."""

    happen: Callable[[_World, random.Random], None]
    is_possible: Callable[[_World], bool] = lambda _world: True


def _kill_web(world: _World, _chance: random.Random) -> None:
    world.processes.kill("web")
    world.start_web()


def _kill_worker(world: _World, _chance: random.Random) -> None:
    world.processes.kill("worker")
    world.start_worker()


def _kill_mail(world: _World, _chance: random.Random) -> None:
    world.processes.kill("mail")
    time.sleep(_FAULT_SECONDS / 2)
    world.start_mail()


def _kill_all(world: _World, _chance: random.Random) -> None:
    """As when the power fails, but for what the system still writes."""
    for name in ("web", "worker", "mail"):
        world.processes.kill(name)
    world.start_mail()
    world.start_web()
    world.start_worker()


def _fill_disk(world: _World, _chance: random.Random) -> None:
    filling = world.state / "filling"
    with suppress(OSError), filling.open("wb", buffering=0) as file:
        while file.write(bytes(64 * 1024)):
            pass
    time.sleep(_FAULT_SECONDS)
    filling.unlink()


def _jump(world: _World, chance: random.Random) -> None:
    world.clock.write_text(str(chance.choice((-7200, -60, 60, 7200, 90_000))))
    time.sleep(_FAULT_SECONDS)
    world.clock.unlink()


def _kill_store(world: _World, _chance: random.Random) -> None:
    world.store.kill()
    time.sleep(_FAULT_SECONDS / 2)
    world.store.start()


def _slow_store(world: _World, _chance: random.Random) -> None:
    world.line.seconds = 0.5
    time.sleep(_FAULT_SECONDS)
    world.line.seconds = 0.0


def _lying_store(world: _World, chance: random.Random) -> None:
    """It says yes and keeps nothing, or something else; or keeps it, and its answer is lost."""
    how = chance.choice(("lies", "spoils", "lost"))
    setattr(world.line, how, 3 if how == "lost" else True)
    time.sleep(_FAULT_SECONDS)
    setattr(world.line, how, 0 if how == "lost" else False)


def _has_store(world: _World) -> bool:
    return world.store is not None


_FAULTS = {
    "web killed": _Fault(_kill_web),
    "worker killed": _Fault(_kill_worker),
    "mail server killed": _Fault(_kill_mail),
    "everything killed at once": _Fault(_kill_all),
    "clock jumps": _Fault(_jump),
    "disk full": _Fault(_fill_disk, lambda world: world.has_small_disk),
    "store killed": _Fault(_kill_store, _has_store),
    "store slow": _Fault(_slow_store, _has_store),
    "store lies": _Fault(_lying_store, _has_store),
}


@contextmanager
def _world(store: str) -> Iterator[_World]:
    from goodfences.bench.faulty.line import line_to
    from goodfences.bench.s3_servers import S3Server

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="goodfences-bench-")))
        state = folder / "state"
        state.mkdir()
        stack.enter_context(_small_disk(state))
        server = line = None
        if store != "folder":
            objects = folder / "store"
            objects.mkdir()
            server = S3Server(store, objects)
            server.start()
            stack.callback(server.stop)
            server.make_bucket("bench")
            line = stack.enter_context(line_to(server.url))
        world = _World(folder, state, server, line)
        stack.callback(world.processes.stop_all)
        yield world


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own at `folder`, where this user may mount one: it can be filled without harm."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL_DISK}", "goodfences-bench", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def _patient_policy(folder: Path) -> Path:
    """The policy, with room for as many open requests as there are rounds."""
    from goodfences import policy

    text = (Path(policy.__file__).parent / "policy.toml").read_text()
    text = re.sub(r'(\[rules\."agency\.open"\][^\[]*?\nlimit = )\d+', r"\g<1>100000", text)
    path = folder / "policy.toml"
    path.write_text(text)
    return path


def _measure(world: _World, names: list[str], rounds: int, chance: random.Random, seed: int) -> Outcome:
    world.start(rounds)
    happened: list[str] = []
    people = _People(world)
    for number in range(rounds):
        name = names[number % len(names)] if number < len(names) else chance.choice(names)
        progress(f"round {number + 1} of {rounds}: {name}")
        happened.append(name)
        with people.at_work(number):
            time.sleep(chance.uniform(0, _LONGEST_WAIT))
            _FAULTS[name].happen(world, chance)
    uncertain = _settle(world)
    return _judged(world, happened, uncertain, seed)


class _People:
    """Who uses the instance: each tries again until they are answered with success."""

    def __init__(self, world: _World) -> None:
        self._world = world
        self._links: dict[str, str] = {}

    @contextmanager
    def at_work(self, number: int) -> Iterator[None]:
        """A round's acts, while the block is run; done when it ends."""
        acts = [self._upload, self._upload, self._approve, self._post, self._decline]
        with ThreadPoolExecutor(len(acts)) as pool:
            jobs = [pool.submit(act, number) for act in acts]
            yield
            for job in jobs:
                job.result(timeout=300)

    def _upload(self, number: int) -> None:
        import httpx

        from goodfences.bench import ingest
        from goodfences.bench.devices import announcement, upload_headers

        world = self._world
        (recording,) = ingest.heavy(1, 700_000)
        token = {"Authorization": f"Bearer {world.built['token']}"}

        def send() -> bool:
            headers = {**upload_headers(announcement(world.built["camera"], recording)), **token}
            told = httpx.post(f"{world.url}/api/v1/uploads/", content=recording.data, headers=headers, timeout=30)
            # Where an earlier try got through and its answer was lost, this one says so.
            return told.status_code == 201 and told.headers.get("Clip-State") == "stored"

        _until(send)
        world.told.uploads[recording.sha256] = number

    def _approve(self, number: int) -> None:
        ref = self._world.built["requests"][number]

        def approve() -> bool:
            with self._browser(self._world.built["officer"]) as browser:
                page = browser.get(f"/portal/requests/{ref}/")
                if page.status_code == 302:  # a session ends by the clock, and the clock was ahead
                    self._world.built["officer"] = self._world.look("sign_in")
                    return False
                form = re.search(r'approve/"[^>]*>\s*<input[^>]*name="csrfmiddlewaretoken" value="(\w+)"', page.text)
                if page.status_code == 200 and not form:
                    return True  # an earlier try got through, and its answer was lost
                if not form:
                    return False
                told = browser.post(f"/portal/requests/{ref}/approve/", data={"csrfmiddlewaretoken": form[1]})
                return bool(told.status_code == 302)

        _until(approve)
        self._world.told.requests[ref] = number

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
                return bool(browser.post("/neighbors/new/", data={**fields, **words}).status_code == 302)

            _until(write)
        self._world.told.posts[title] = number

    def _decline(self, number: int) -> None:
        """One of those who were asked in an earlier round says no by the email's link."""
        import httpx

        if number == 0:
            return
        ref, link = _until(self._next_link)
        _until(lambda: httpx.post(link, data={"act": "decline"}, timeout=30).status_code == 302)
        self._world.told.decisions[ref] = number

    def _next_link(self) -> tuple[str, str] | None:
        for mail in self._world.mails():
            ref = _ref(mail)
            text = mail.get_body(("plain",)).get_content()
            found = re.findall(r"http://\S+/e/[^/\s]+/(?=\s|$)", text)
            if found and ref not in self._links:
                self._links[ref] = found[0]
                return ref, found[0]
        return None

    def _browser(self, session: str) -> Any:
        import httpx

        return httpx.Client(base_url=self._world.url, cookies={"sessionid": session}, timeout=30)


def _until(act: Callable[[], Any]) -> Any:
    """What `act` returns, once that is success."""
    import httpx

    end = time.monotonic() + 240
    while time.monotonic() < end:
        with suppress(httpx.TransportError):
            if told := act():
                return told
        time.sleep(0.2)
    raise CannotMeasure("The instance didn't come back to work.")


def _ref(mail: Any) -> str:
    return str(mail["Message-ID"]).strip("<>").partition("@")[0]


def _settle(world: _World) -> int:
    """Until nothing is left to do, by worker or operator; how many messages the operator had to decide on."""
    uncertain = 0
    end = time.monotonic() + 600
    uncertain += int(world.look("operator", *map(_ref, world.mails()))["uncertain"])
    while time.monotonic() < end:
        left = world.look("unfinished")
        if not left["work"] and not left["uncertain"]:
            return uncertain
        if not left["work"]:
            uncertain += int(world.look("operator", *map(_ref, world.mails()))["uncertain"])
        time.sleep(1)
    raise CannotMeasure(f"Work that never ends: {left}.")


def _judged(world: _World, happened: list[str], uncertain: int, seed: int) -> Outcome:
    """What is there of what was acknowledged, by the fault of its round."""
    found, told = world.look("state"), world.told
    whole = Counter(sha256 for sha256, is_whole in found["clips"] if is_whole)
    mails = Counter(_ref(mail) for mail in world.mails())
    declined = {ref: int(state == "declined") for ref, (_, _, state) in found["asks"].items()}
    rounds_of_asks = {ref: told.requests[request] for ref, (request, _, _) in found["asks"].items()}
    expected = {
        "uploads": (told.uploads, whole),
        "decisions": (told.decisions, declined),
        "ledger entries": (told.requests, found["requests"]),
        "posts": (told.posts, found["posts"]),
        "mails": (rounds_of_asks, mails),
    }
    rows: list[Row] = []
    for name in dict.fromkeys(happened):
        row: Row = {"fault": name, "rounds": happened.count(name), "lost": 0, "doubled": 0}
        for what, (acknowledged, there) in expected.items():
            counts = [there.get(key, 0) for key, number in acknowledged.items() if happened[number] == name]
            row[what] = len(counts)
            row["lost"] += counts.count(0)
            row["doubled"] += sum(count > 1 for count in counts)
        rows.append(row)
    missed = len(told.requests) * _HOMES - len(found["asks"])
    unasked = len(found["clips"]) - len(told.uploads)
    rows.append(
        {"fault": "in all", "rounds": len(happened), "lost": missed, "doubled": max(0, unasked), "seed": seed}
    )
    rows[-1]["mails that the operator decided on"] = uncertain
    return Outcome(rows, {"lost_or_doubled": float(sum(row["lost"] + row["doubled"] for row in rows))})
