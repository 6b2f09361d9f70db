"""What is warned of in the demo town: a storm, from a weather office whose CAP file came in.

Moderate, so that nobody's mailbox fills with it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from goodfences import source
from goodfences.alerts import sources, taking
from goodfences.alerts.cap import reading, writing

EXAMPLE = Path(__file__).with_name("warning.xml")
SENDER = "duty@weather.example"
NAME = "Weather office"


def warn(operator: Any) -> None:
    """Register the office, and take its file as if it had been sent a moment ago."""
    office = sources.register(operator=operator, name=NAME, kind="file", senders=[SENDER])
    taking.take(origin=office, data=fresh())


def fresh() -> bytes:
    """The example with today's times: a warning whose end has passed is in force nowhere."""
    now = source.now().replace(microsecond=0)
    told = reading.read(EXAMPLE.read_bytes())
    infos = tuple(replace(info, expires=now + timedelta(days=2)) for info in told.infos)
    return writing.write(replace(told, sent=now, infos=infos))
