"""The two mails about silence. Their words are in templates/mail/silence*; the outbox sends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from goodfences import source
from goodfences.health.models import CameraHealth, Silence
from goodfences.mail import links, outbox
from goodfences.people import queries as people

STOP = "silence.stop"
"""Purpose of goodfences.mail.links; the payload is the household's reference."""
OF_USE = timedelta(days=1)


def tell(household_id: int, silences: Sequence[Silence]) -> bool:
    """Write the mail about what fell silent, in the transaction that makes the silences; False without an owner."""
    return _write("silence", household_id, silences, [_line(silence) for silence in silences])


def tell_back(household_id: int, silences: Sequence[Silence]) -> bool:
    """Write the note about what is back, in the transaction that ends the silences."""
    lines = [{**_line(silence), "until_at": _text(silence.seen_again_at)} for silence in silences]
    return _write("silence_over", household_id, silences, lines)


def _write(template: str, household_id: int, silences: Sequence[Silence], lines: list[dict[str, Any]]) -> bool:
    owner = people.owners_of([household_id]).get(household_id)
    if owner is None:
        return False
    stop = _address("resident:email_silence", links.sign(STOP, silences[0].household.ref))
    headers = {"List-Unsubscribe": f"<{stop}>"}
    if settings.SECURE:
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058: over https alone
    return outbox.queue(
        once=f"{template}:{silences[0].pk}",
        to=owner.email,
        template=template,
        context={
            "names": ", ".join(line["name"] for line in lines),
            "is_one": len(lines) == 1,
            "since_at": min(line["since_at"] for line in lines),
            "lines": lines,
            "look": _address("resident:cameras"),
            "stop": stop,
        },
        language=owner.language,
        time_zone=owner.time_zone,
        headers=headers,
        not_after=source.now() + OF_USE,
    )


def _line(silence: Silence) -> dict[str, Any]:
    told = CameraHealth.objects.filter(hub__device=silence.device).select_related("camera").order_by("pk")
    return {
        "name": silence.camera.name if silence.camera else silence.device.name,
        "is_hub": silence.camera is None,
        "cameras": "" if silence.camera else ", ".join(health.camera.name for health in told),
        "since_at": _text(silence.since),
    }


def _text(moment: Any) -> str:
    return str(moment.isoformat())


def _address(page: str, *arguments: str) -> str:
    return settings.SITE_URL + reverse(page, args=arguments)
