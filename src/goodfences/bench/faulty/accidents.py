"""What goes wrong in the middle of a round of `goodfences bench faults`.

`happen` is called at a moment of chance, and returns when everything is as it should be again.
"""

from __future__ import annotations

import random  # noqa: TID251 - a bench repeats itself; nothing here is secret
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from goodfences.bench.faulty.world import Survived, World

FAULT_SECONDS = 2.0
"""How long what isn't a death goes on."""
JUMPS_S = (-7_200, -60, 60, 7_200, 90_000, 40 * 86_400)
"""The longest is beyond the time that clips are kept and requests are open."""


@dataclass(frozen=True)
class Fault:
    happen: Callable[[World, random.Random], None]
    is_possible: Callable[[World], bool] = lambda _world: True


def _kill_web(world: World, _chance: random.Random) -> None:
    world.processes.kill("web")
    world.start_web()


def _kill_worker(world: World, _chance: random.Random) -> None:
    world.processes.kill("worker")
    world.start_worker()


def _kill_mail(world: World, _chance: random.Random) -> None:
    world.processes.kill("mail")
    time.sleep(FAULT_SECONDS / 2)
    world.start_mail()


def _kill_all(world: World, _chance: random.Random) -> None:
    """As when the power fails, but for what the system still writes."""
    for name in ("web", "worker", "mail"):
        world.processes.kill(name)
    if world.database is not None:
        world.database.kill()
        world.database.start()
    world.start_mail()
    world.start_web()
    world.start_worker()


def _kill_hub(world: World, chance: random.Random) -> None:
    """Three times: while it takes a film in, makes a clip or sends one."""
    for _ in range(3):
        time.sleep(chance.uniform(0, FAULT_SECONDS))
        world.processes.kill("hub")
        world.start_hub()


def _kill_database(world: World, _chance: random.Random) -> None:
    assert world.database is not None
    died_at = time.monotonic()
    world.database.kill()
    with world.out_since(died_at, DATABASE_KILLED):
        time.sleep(FAULT_SECONDS / 4)
        world.database.start()


def _silence_database(world: World, _chance: random.Random) -> None:
    assert isinstance(world.database, Survived)
    died_at = time.monotonic()
    world.database.fall_silent()
    with world.out_since(died_at, DATABASE_SILENT):
        world.database.start()


def _fill_disk(world: World, _chance: random.Random) -> None:
    filling = world.state / "filling"
    with suppress(OSError), filling.open("wb", buffering=0) as file:
        while file.write(bytes(64 * 1024)):
            pass
    time.sleep(FAULT_SECONDS)
    filling.unlink()


def _jump(world: World, chance: random.Random) -> None:
    world.clock.write_text(str(chance.choice(JUMPS_S)))
    time.sleep(FAULT_SECONDS)
    world.clock.unlink()


def _kill_store(world: World, _chance: random.Random) -> None:
    assert world.store is not None
    world.store.kill()
    time.sleep(FAULT_SECONDS / 2)
    world.store.start()


def _slow_store(world: World, _chance: random.Random) -> None:
    assert world.line is not None
    world.line.seconds = 0.5
    time.sleep(FAULT_SECONDS)
    world.line.seconds = 0.0


def _lying_store(world: World, chance: random.Random) -> None:
    """It says yes and keeps nothing, or something else; or keeps it, and its answer is lost."""
    how = chance.choice(("lies", "spoils", "lost"))
    setattr(world.line, how, 3 if how == "lost" else True)
    time.sleep(FAULT_SECONDS)
    setattr(world.line, how, 0 if how == "lost" else False)


def _has_store(world: World) -> bool:
    return world.store is not None


DATABASE_KILLED, DATABASE_SILENT = "database killed", "database cut off"
FAULTS = {
    "web killed": Fault(_kill_web),
    "worker killed": Fault(_kill_worker),
    "mail server killed": Fault(_kill_mail),
    "everything killed at once": Fault(_kill_all),
    "hub killed": Fault(_kill_hub),
    "clock jumps": Fault(_jump),
    DATABASE_KILLED: Fault(_kill_database, lambda world: world.database is not None),
    DATABASE_SILENT: Fault(_silence_database, lambda world: isinstance(world.database, Survived)),
    "disk full": Fault(_fill_disk, lambda world: world.has_small_disk),
    "store killed": Fault(_kill_store, _has_store),
    "store slow": Fault(_slow_store, _has_store),
    "store lies": Fault(_lying_store, _has_store),
}
