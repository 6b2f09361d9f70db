"""Carries the owner's decisions out: reads what is asked, checks the public record, sends what was decided.

The owner's answer is durable before anything is sent. What was cut off is gone on with: a file that is there already
is not sent again, and an answer that was given is the same answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta

from goodfences_hub.clock import Clock
from goodfences_hub.errors import HubError, ServerRefused
from goodfences_hub.home import Home
from goodfences_hub.sharing import signing
from goodfences_hub.sharing.asks import Ask, Asks, Told, Wanted
from goodfences_hub.sharing.cutting import CantBeCut, Cut, Cutter, masks_of
from goodfences_hub.sharing.record import NotOnRecord, Record
from goodfences_hub.state import State
from goodfences_hub.uploading.files import Clip, Files
from goodfences_hub.uploading.network import Network

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 300.0
FROM_AWAY = "from away"
"""The fact that is "yes" where the owner lets parts be asked for on the network's page."""
LONGEST_FROM_AWAY = timedelta(minutes=10)


class Answers:
    """Of one hub. Pages decide; one thread of the hub carries out."""

    def __init__(self, home: Home, state: State, record: Record, asks: Asks, cutter: Cutter, clock: Clock) -> None:
        self._home = home
        self._state = state
        self._record = record
        self._asks = asks
        self._cutter = cutter
        self._clock = clock
        self.woken = threading.Event()
        """Set when there may be something to do at once: the owner decided, or opened the page of requests."""
        self._next_look = clock.monotonic()

    @property
    def from_away(self) -> bool:
        """Whether parts that the owner asks for on the network's page are sent there, for the owner to look at."""
        return self._state.fact(FROM_AWAY) == "yes"

    def allow_from_away(self, allowed: bool) -> None:
        self._state.remember(FROM_AWAY, "yes" if allowed else "")

    def share(self, ask: Ask, cuts: Sequence[Cut]) -> None:
        """The owner shares what they were shown. Raises HubError where that isn't there any more, or was answered."""
        self._must_wait(ask)
        if not cuts or not all(self._cutter.is_there(cut) for cut in cuts):
            raise HubError("What you chose isn't there any more. Choose it again.")
        masks = {camera.key: masks_of(camera) for camera in ask.cameras}
        if not all(cut.masks == masks.get(cut.camera) for cut in cuts):
            raise HubError("You changed what stays black since you chose this. Choose it again.")
        self._decide(ask, "share", cuts, "sharing")

    def decline(self, ask: Ask) -> None:
        """“Not this time.” Raises HubError where the ask was answered otherwise."""
        self._must_wait(ask)
        self._decide(ask, "decline", [], "declining")
        self._cutter.forget(ask.ref)

    def run_due(self, network: Network, files: Files) -> None:
        """Look what is asked, if it is time or something was decided; carry decisions out. Raises as Network does."""
        decided = self._asks.decided()
        if not (decided or self.woken.is_set() or self._clock.monotonic() >= self._next_look):
            return
        self.woken.clear()
        self._next_look = self._clock.monotonic() + LOOK_EVERY_S
        told = self._look(network)
        for wanted in told.wanted if told else []:
            self._bring(wanted, network, files)
        for ask in decided:
            try:
                self._carry_out(ask, network, files, told)
            except ServerRefused as refused:
                self._give_up(ask, str(refused))

    def _look(self, network: Network) -> Told | None:
        """What is asked now; None where the record doesn't hold, of which the owner finds an alarm."""
        try:
            return self._asks.take_in(network.asks(self._record.size))
        except NotOnRecord as wrong:
            logger.error("%s Nothing is sent.", wrong)
            return None

    def _bring(self, wanted: Wanted, network: Network, files: Files) -> None:
        """Send a part that the owner asked for on the network's page, if that is allowed here.

        Its request is proven; the part lies in the request's window, or nothing is cut.
        """
        if not self.from_away:
            network.answer_wanted(wanted.ref, "not_from_away")
            return
        try:
            if not any(cut.clip for cut in self._cutter.of(wanted.ask, wanted.ref)):
                self._cut_wanted(wanted)
            for cut in self._cutter.of(wanted.ask, wanted.ref):
                self._send(cut, files)
        except CantBeCut as error:
            logger.warning("A part that was asked for was not sent: %s", error)
            network.answer_wanted(wanted.ref, "gone")
        except ServerRefused as error:
            logger.warning("A part that was asked for was refused: %s", error)
            network.answer_wanted(wanted.ref, "failed")
        else:
            network.answer_wanted(wanted.ref)
        self._cutter.forget(wanted.ask, wanted.ref)

    def _cut_wanted(self, wanted: Wanted) -> None:
        ask = self._asks.one(wanted.ask)
        camera = next((camera for camera in ask.cameras if camera.upload_as == wanted.camera), None)
        if camera is None or wanted.ends_at - wanted.starts_at > LONGEST_FROM_AWAY:
            raise CantBeCut("It isn't of a camera of this hub, or longer than ten minutes.")
        self._cutter.begin(ask, camera, wanted.starts_at, wanted.ends_at, wanted=wanted.ref).result()

    def _must_wait(self, ask: Ask) -> None:
        if ask.state != "waiting":
            raise HubError("This request was answered already, or is over.")

    def _decide(self, ask: Ask, act: str, cuts: Sequence[Cut], state: str) -> None:
        note = signing.decision(self._home, ask, act, cuts, self._clock.now())
        self._asks.settle(ask.ref, state, decision=note)
        self.woken.set()

    def _carry_out(self, ask: Ask, network: Network, files: Files, told: Told | None) -> None:
        if ask.state == "declining":
            network.answer(ask.ref, "decline", ask.decision)
            self._asks.settle(ask.ref, "declined")
            return
        cuts = self._cutter.of(ask.ref)
        if not all(cut.clip for cut in cuts):
            if told is None or ask.ref in told.unproven:
                return  # nothing of it is sent before the record proves the request
            if ask.ref not in told.proven:
                self._give_up(ask, "It was over, or answered elsewhere, before anything was sent.", "over")
                return
            for cut in cuts:
                self._send(cut, files)
            cuts = self._cutter.of(ask.ref)
        if all(self._is_checked(cut, network) for cut in cuts):
            network.answer(ask.ref, "share", ask.decision)
            self._asks.settle(ask.ref, "shared")
            self._cutter.forget(ask.ref)

    def _send(self, cut: Cut, files: Files) -> None:
        if cut.clip:
            return
        clip = Clip(
            file=cut.file,
            camera=cut.camera,
            upload_as=cut.upload_as,
            starts_at=cut.starts_at.timestamp(),
            duration_ms=cut.duration_ms,
            kind="manual",
            size=cut.size,
            sha256=cut.sha256,
            drift_ms=cut.drift_ms,
        )
        ref = files.send(clip)
        self._state.do("UPDATE cut SET clip = ? WHERE id = ?", (ref, cut.id))

    def _is_checked(self, cut: Cut, network: Network) -> bool:
        found = network.clip(cut.clip)
        if found["refusal"]:
            raise ServerRefused(str(found["refusal"]))
        return bool(found["checked"])

    def _give_up(self, ask: Ask, why: str, state: str = "waiting") -> None:
        """The owner is told why; while the request waits, they can choose anew."""
        logger.warning("An answer was not given: %s", why)
        self._cutter.forget(ask.ref)
        self._asks.settle(ask.ref, state, why=why)
