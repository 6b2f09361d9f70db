"""The hub at work: a thread a camera, one that deletes what need not be kept, one that makes clips, one that sends,
and one that tells how it all does."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, NoReturn

from goodfences_hub.clock import Clock
from goodfences_hub.crew import Crew
from goodfences_hub.errors import Disconnected, HubError, ServerAway
from goodfences_hub.home import Home
from goodfences_hub.labels.labeler import Labeler
from goodfences_hub.live import Channels
from goodfences_hub.pages.serving import EVERYWHERE, LOOPBACK, PageServer
from goodfences_hub.recording.films import drop_interrupted
from goodfences_hub.recording.mending import drop_strays, drop_unsent_strays, mend_newest
from goodfences_hub.recording.packing import Packer
from goodfences_hub.recording.retention import Retention
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import Settings, load
from goodfences_hub.sharing.desk import Desk
from goodfences_hub.state import TOKEN, State
from goodfences_hub.thrift import be_humble
from goodfences_hub.uploading.files import Files
from goodfences_hub.uploading.health import Reporter
from goodfences_hub.uploading.network import Network
from goodfences_hub.uploading.sender import Sender

if TYPE_CHECKING:
    from goodfences_hub.pages.webhook import Webhooks

logger = logging.getLogger(__name__)

TURN_S = 2.0
TRIM_EVERY = 30
"""Turns between two looks at what is older or larger than may be kept: of a week of segments one takes 20 ms."""
FIRST_WAIT, LONGEST_WAIT = 5.0, 600.0

LEFT_OPEN = """
UPDATE event SET ends_at = (
    SELECT MAX(segment.ends_at) FROM segment
    WHERE segment.camera = event.camera AND segment.session = event.session AND segment.ends_at > event.starts_at
) WHERE ends_at IS NULL
"""


class Hub:
    """Everything that runs. `start`, then `stop`."""

    def __init__(self, home: Home, settings: Settings, clock: Clock | None = None) -> None:
        self.state = State(home.state)
        self._home = home
        self._settings = settings = replace(settings)
        clock = clock or Clock()
        self._store = store = SegmentStore(home, self.state)
        self._packer = Packer(home, self.state, store, settings)
        self._labeler = Labeler(self.state, store, settings, clock)
        self._retention = Retention(home, self.state, store, settings, clock)
        self._channels = channels = Channels()
        self._crew = Crew(store, self.state, clock, channels)
        self._desk = Desk(home, self.state, store, settings, clock)
        self._webhooks: Webhooks | None = None
        self.pages = PageServer(self._answering, settings.page_port, host=self._host())
        self._stopping = threading.Event()
        self._changing = threading.Lock()
        self._threads = [
            threading.Thread(target=self._keep_house, name="house", daemon=True),
            threading.Thread(target=self._make_clips, name="clips", daemon=True),
        ]
        self._clock = clock
        self._token = ""
        """Of the connection that is talked over; empty while there is none."""
        self._talking = threading.Event()
        self._talkers: list[threading.Thread] = []

    def _talk(self) -> None:
        """A thread and a connection each for clips, health and answers: a long upload keeps no other waiting.

        Once the hub was paired anew, those of the old connection end with their next turn.
        """
        token = self.state.fact(TOKEN)
        if not token or token == self._token:
            return
        self._talking.set()
        self._token, self._talking = token, threading.Event()
        networks = [Network(self._settings.server, token) for _ in range(3)]
        files = [Files(self._home, self.state, network, self._settings, self._clock) for network in networks]
        sender = Sender(files[0], self.state, self._settings)
        reporter = Reporter(self.state, networks[1], self._settings, self._clock, self._desk.answers.woken.set)
        answer = partial(self._desk.answers.run_due, networks[2], files[2])
        for name, run, longest in (
            ("sender", sender.run_due, LONGEST_WAIT),
            ("health", reporter.run_due, 60.0),
            ("answers", answer, 60.0),
        ):
            arguments = (run, longest, self._talking)
            self._talkers.append(threading.Thread(target=self._repeat, args=arguments, name=name, daemon=True))
            self._talkers[-1].start()

    def _answering(self) -> Webhooks:
        """What answers whoever connects, made when the first does: the hub's pages, and before them triggers."""
        from goodfences_hub.pages.app import Pages
        from goodfences_hub.pages.webhook import Webhooks

        with self._changing:
            pages = Pages(
                *(self._home, self.state, self._store, self._settings, self._channels, self._desk, self._clock),
                self.take_up,
            )
            self._webhooks = Webhooks(pages, self._settings.triggers, self._crew.cues, self._clock)
        return self._webhooks

    def _host(self) -> str:
        """Where pages listen. Raises HubError where the home's network would find no password."""
        if self._settings.listen != "home":
            return LOOPBACK
        from goodfences_hub.pages.signing_in import has_password

        if not has_password(self.state):
            raise HubError(
                'hub.toml says listen = "home", but whoever is in your home\'s network could open the pages.'
                " Set a password first: goodfences-hub page --password"
            )
        return EVERYWHERE

    def start(self) -> None:
        """Mend what a power cut left, and begin."""
        drop_interrupted(self.state, self._store)
        self._end_events_left_open()
        mend_newest(self.state, self._store)
        drop_strays(self.state, self._store)
        drop_unsent_strays(self._home, self.state)
        self._crew.take_up(self._settings)
        for thread in [*self._threads, self.pages]:
            thread.start()
        self._talk()

    def take_up(self) -> None:
        """Do from now on as `hub.toml` says of cameras, triggers and network. What it says of the rest counts from
        the next start. Raises HubError where it can't be read, and then changes nothing."""
        fresh = load(self._home.settings)
        with self._changing:
            self._settings.cameras, self._settings.triggers = fresh.cameras, fresh.triggers
            self._crew.take_up(self._settings)
            if self._webhooks is not None:
                self._webhooks.take_up(fresh.triggers)
            self._settings.server = fresh.server
            self._talk()

    def stop(self) -> None:
        """End, keeping what was recorded."""
        self._stopping.set()
        self._talking.set()
        self.pages.stop()
        self._crew.stop()
        self._desk.cutter.stop()
        for thread in [*self._threads, *self._talkers]:
            thread.join(15)
        self.state.close()

    def _end_events_left_open(self) -> None:
        with self.state.transaction():
            self.state.do(LEFT_OPEN)
            self.state.do("DELETE FROM event WHERE ends_at IS NULL")

    def _keep_house(self) -> None:
        turns = count()
        while not self._stopping.wait(TURN_S):
            try:
                if next(turns) % TRIM_EVERY == 0:
                    self._retention.run_due()
                if not self._retention.make_room():
                    logger.error("The disk is full, and nothing of it can be deleted. Recording goes on as it can.")
            except Exception:  # a full or failing disk: the next turn may do better
                logger.exception("keeping house")

    def _make_clips(self) -> None:
        """Beside the house: a clip with masks is coded anew, which takes a small computer as long as it plays.

        A label is found first: the clip is announced with it.
        """
        be_humble()
        while not self._stopping.wait(TURN_S):
            for work in (self._labeler.run_due, self._packer.run_due):
                try:
                    work()
                except Exception:  # a full or failing disk: the next turn may do better
                    logger.exception("making clips")

    def _repeat(self, run: Callable[[], object], longest: float, over: threading.Event) -> None:
        """Call `run` again and again, and wait for up to `longest` seconds while the network is away."""
        wait = TURN_S
        while not over.wait(wait):
            wait = _next_wait(run, wait, longest)


def leave() -> NoReturn:
    """End this process now that the hub has stopped. A thread that still waits inside FFmpeg or Rust, since a camera
    or the network doesn't answer, may be woken while Python shuts down, which ends in an abort."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


def _next_wait(run: Callable[[], object], wait: float, longest: float) -> float:
    """Call `run`; seconds until the next try."""
    try:
        run()
    except ServerAway as away:
        logger.warning("%s", away)
        return min(max(wait * 2, FIRST_WAIT), longest)
    except Disconnected as gone:
        logger.error("%s", gone)
        return LONGEST_WAIT
    except (HubError, OSError) as error:
        logger.error("%s: %s", threading.current_thread().name, error)
        return LONGEST_WAIT
    except Exception:  # an answer that makes no sense ends nothing
        logger.exception("%s", threading.current_thread().name)
        return LONGEST_WAIT
    return TURN_S
