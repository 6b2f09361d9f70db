"""CAP files for tests, and the sources they come from."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from goodfences import places, source
from goodfences.alerts import own
from goodfences.alerts.models import WarningSource
from tests.persons import OLIVES_PLACE

EXAMPLES = Path(__file__).with_name("examples")
SENDER = "duty@weather.example"


def example(name: str) -> bytes:
    """One of the standard's own, from its Appendix A."""
    return (EXAMPLES / f"{name}.xml").read_bytes()


def warning(
    identifier: str = "W-1",
    *,
    severity: str = "Severe",
    sent: datetime | None = None,
    circle: tuple[float, float] | None = OLIVES_PLACE,
    references: str = "",
    areas: str = "",
    infos: str = "",
    **head: str,
) -> bytes:
    """A CAP file of a storm around Olive's place for two hours; `head` replaces elements above <info>."""
    at = sent or source.now()
    told = {"sender": SENDER, "status": "Actual", "msgType": "Alert", "scope": "Public"} | head
    drawn = f"<circle>{circle[0]},{circle[1]} 1.5</circle>" if circle else ""
    info = infos or (
        "<info><language>en-US</language><category>Met</category><event>Storm</event><urgency>Immediate</urgency>"
        f"<severity>{severity}</severity><certainty>Likely</certainty>"
        f"<expires>{moment(at + timedelta(hours=2))}</expires><senderName>Weather office</senderName>"
        "<headline>Storm over the harbor</headline><description>Gusts of 30 meters a second.</description>"
        "<instruction>Stay inside.</instruction>"
        f"{areas or f'<area><areaDesc>The harbor</areaDesc>{drawn}</area>'}</info>"
    )
    named = f"<references>{references}</references>" if references else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{identifier}</identifier><sender>{told['sender']}</sender><sent>{moment(at)}</sent>"
        f"<status>{told['status']}</status><msgType>{told['msgType']}</msgType><scope>{told['scope']}</scope>"
        f"{told.get('extra', '')}{named}{info if infos != '-' else ''}</alert>"
    ).encode()


def moment(at: datetime) -> str:
    text = at.replace(microsecond=0).isoformat()
    return text.replace("+00:00", "-00:00")


def refers_to(identifier: str, sent: datetime, sender: str = SENDER) -> str:
    return f"{sender},{identifier},{moment(sent)}"


def weather(**fields: Any) -> WarningSource:
    """A source that files come from."""
    told = {"kind": WarningSource.Kind.FILE, "name": "Weather office", "senders": [SENDER]} | fields
    return WarningSource.objects.create(**told)


def particulars(**changes: Any) -> own.Particulars:
    """What is warned of from here: a gas leak around Olive's place for three hours, in two languages."""
    told: dict[str, Any] = {
        "words": (
            own.Words("en", "Gas leak", "Gas leak at the market", "A main is leaking.", "Stay away."),
            own.Words("es", "Fuga de gas", "Fuga de gas en el mercado", "Hay una fuga.", "No se acerque."),
        ),
        "category": "Safety",
        "severity": "Severe",
        "urgency": "Immediate",
        "certainty": "Observed",
        "expires_at": source.now() + timedelta(hours=3),
        "area_name": "Around the market",
        "cells": tuple(places.area_from_circle(*OLIVES_PLACE, 300).place_cells),
    }
    return own.Particulars(**(told | changes))
