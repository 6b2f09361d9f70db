"""`python -m tests.operating.town COMMAND …`, inside an instance: what a test of backups sets up, does and looks at.

`build`: Olive with two clips, Nadia without a camera, and one act in the ledger. `act`: another act. `change`: what
happens after the backup: one clip and a span of time of the other camera are erased, Nadia leaves, and an act is
published. `look`: what there is.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import timedelta
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.db import transaction

from goodfences import source
from goodfences.cameras.models import Camera
from goodfences.clips import access, playback, retention
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.ledger import actions as ledger
from goodfences.ledger import queries, tree
from goodfences.mail import outbox
from goodfences.mail.models import OutboxMessage
from goodfences.people import erasure
from goodfences.people.models import Account
from goodfences.people.registry import Part
from goodfences.vault.models import SealedKey
from tests import ingest, persons
from tests.clips import streams


def build() -> None:
    olive, _nadia = persons.make_account("Olive"), persons.make_account("Nadia")
    home = persons.make_home(olive, persons.OLIVES_PLACE)
    hub = persons.make_device(home, "Hub", persons.OLIVES_TOKEN)
    film = streams.clip(30)
    for number, (name, looks_at) in enumerate((("Street", "street"), ("Door", "door"), ("Yard", "yard"))):
        camera = persons.make_camera(home, name, looks_at)
        ingest.checked(hub, camera, film + (9).to_bytes(4, "big") + b"free" + bytes([number]))
    with transaction.atomic():
        outbox.queue(
            once="a",
            to=olive.email,
            template="ask",
            context={},
            language="en",
            time_zone="UTC",
            not_before=_tomorrow(),
        )
    act()


def _tomorrow() -> Any:
    return source.now() + timedelta(days=1)


def act() -> None:
    with transaction.atomic():
        ledger.append(kind="policy", subject="policy", body={"number": tree.size()})
        ledger.sign_after_commit()


def change() -> None:
    olive = Account.objects.get(email="olive@example.org")
    street, door = (Clip.objects.get(camera__name=name) for name in ("Street", "Door"))
    retention.delete(account=olive, ref=street.ref)
    camera = Camera.objects.get(pk=door.camera_id)
    erasure.erase_part(account=olive, part=Part(camera=camera.ref, camera_name=camera.name))
    erasure.erase(account=Account.objects.get(email="nadia@example.org"))
    act()


def look() -> dict[str, Any]:
    olive = Account.objects.get(email="olive@example.org")
    return {
        "people": sorted(Account.objects.values_list("name", flat=True)),
        "clips": {clip.camera.name: _shown(olive, clip) for clip in Clip.objects.select_related("camera")},
        "keys": SealedKey.objects.filter(sealed_identity__isnull=False).count(),
        "entries": tree.size(),
        "root": tree.root(tree.size()).hex(),
        "signed": queries.signed_size(),
        "mail": sorted(OutboxMessage.objects.values_list("state", flat=True)),
    }


def _shown(olive: Account, clip: Clip) -> str:
    try:
        with playback.open_clip(access.clip(olive, clip.ref)) as reader:
            return hashlib.sha256(reader.readall()).hexdigest()
    except NotFound:
        return ""


if __name__ == "__main__":
    done = {"build": build, "act": act, "change": change, "look": look}[sys.argv[1]]()
    print(json.dumps(done))
