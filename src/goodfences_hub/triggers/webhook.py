"""A trigger that is called by HTTP (`pages/webhook.py`): there is nobody to listen to."""

from __future__ import annotations

import threading

from goodfences_hub.causes import Cues
from goodfences_hub.settings import TriggerSettings


class WebhookTrigger:
    """`secret` is what a caller has to bring."""

    def examine(self, trigger: TriggerSettings) -> str:
        """See `triggers.Trigger`."""
        return "a POST with its secret begins events while the hub runs."

    def listen(self, trigger: TriggerSettings, cues: Cues, stopping: threading.Event) -> None:
        """See `triggers.Trigger`."""
        stopping.wait()
