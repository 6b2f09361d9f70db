"""`python -m tests.promises.sealed_town COMMAND …`: what a test of P7 sets up and does inside a running instance.

Commands print JSON. `build`: Olive, her camera and hub, and an open request about her street. `share CLIP`: she gives
a part of the clip, to the exact second. `delete CLIP`: she deletes it. `release`: as much time passes as a
killed worker's claims of clips last. `keys`: the sealed identity of every key, in hexadecimal.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.conf import settings
from django.db import transaction

from goodfences.agencies.models import Agency, Officer
from goodfences.clips import retention
from goodfences.clips.models import Clip
from goodfences.evidence.owner import actions as owner
from goodfences.evidence.owner.choosing import Choice
from goodfences.people.models import Account
from goodfences.vault.models import SealedKey
from goodfences.video_requests.models import Ask
from tests import persons, story
from tests.mail.requests import ask_for


def build() -> dict[str, Any]:
    with transaction.atomic():
        agency = persons.make_agency("northgate-police", "Northgate Police", Agency.Kind.POLICE)
        omar = persons.make_officer(agency, "Omar", Officer.Role.REQUESTER, "Officer", "4411")
        ada = persons.make_officer(agency, "Ada", Officer.Role.APPROVER, "Sergeant", "3102")
        olive = persons.make_account("Olive")
        home = persons.make_home(olive, persons.OLIVES_PLACE)
        persons.make_device(home, "Hub", persons.OLIVES_TOKEN)
        camera = persons.make_camera(home, "Street", "street", may_be_asked=True)
    request = story.open_request(omar, ada)
    return {
        "camera": camera.ref,
        "request": request.ref,
        "ask": ask_for(request, olive).ref,
        "olive": _session(olive),
        "omar": _session(omar),
    }


def share(clip: str) -> None:
    ask = Ask.objects.select_related("owner").get()
    owner.share(account=ask.owner, ask_ref=ask.ref, cuts=[Choice(clip, 1300, 4700, exact=True)], told={})


def delete(clip: str) -> None:
    retention.delete(account=Account.objects.get(email="olive@example.org"), ref=clip)


def release() -> None:
    Clip.objects.filter(checked_at__isnull=True).update(check_after=None)


def keys() -> dict[int, str]:
    kept = SealedKey.objects.filter(sealed_identity__isnull=False)
    return {key.pk: bytes(key.sealed_identity or b"").hex() for key in kept}


def _session(account: Account) -> str:
    client = persons.signed_in(account)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


if __name__ == "__main__":
    command = {"build": build, "share": share, "delete": delete, "release": release, "keys": keys}[sys.argv[1]]
    print(json.dumps(command(*sys.argv[2:])))  # type: ignore[operator]
