"""Everything of a hub that answers requests, put together."""

from __future__ import annotations

from goodfences_hub.clock import Clock
from goodfences_hub.home import Home
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import Settings
from goodfences_hub.sharing.answering import Answers
from goodfences_hub.sharing.asks import Asks
from goodfences_hub.sharing.cutting import Cutter
from goodfences_hub.sharing.record import Record
from goodfences_hub.state import State


class Desk:
    """Where the owner reads what is asked, chooses and answers."""

    def __init__(self, home: Home, state: State, store: SegmentStore, settings: Settings, clock: Clock) -> None:
        self.record = Record(state, clock)
        self.asks = Asks(state, self.record, settings, clock)
        self.cutter = Cutter(home, state, store)
        self.answers = Answers(home, state, self.record, self.asks, self.cutter, clock)
