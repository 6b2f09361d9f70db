"""Every change to cameras and devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.cameras import access
from goodfences.cameras.models import Camera, Device, Held, PairingCode
from goodfences.errors import Problem, Refused, refuse
from goodfences.people import access as people
from goodfences.people import limits
from goodfences.people.models import Account, Household
from goodfences.visible import hidden_problems
from goodfences_record.notes import BadNote, VerifierKey

MAX_CAMERAS = 32
MAX_DEVICES = 16
NAME_LENGTH = 60

# RFC 8628, section 6.1: twenty letters that can't be mistaken for one another, and spell no words.
CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH = 8
CODE_LIFE = timedelta(minutes=10)
# 300 tries of 20^8 codes (2.6e10) in a code's life: one in 85 million for each code that is live.
TRIES_FROM_ONE_PLACE = 10
TRIES_FROM_ANYWHERE = 300


@transaction.atomic
def add_camera(*, account: Account, name: str, looks_at: str, may_be_asked: bool = False) -> Camera:
    """A new camera of the household that `account` owns. It stands in the household's own cell (P9).

    Raises `Refused` with every problem of the name, where it looks, and the switch; `NotFound` for anyone
    but the owner.
    """
    household = people.held_home(account)
    _check(household, name, looks_at, may_be_asked, new=True)
    return Camera.objects.create(
        household=household, name=name.strip(), looks_at=looks_at, cell=household.cell, may_be_asked=may_be_asked
    )


@transaction.atomic
def change_camera(*, account: Account, ref: str, name: str, looks_at: str, may_be_asked: bool) -> Camera:
    """Rename a camera, say where it looks, switch whether it may be asked about."""
    camera = access.held_camera(account, ref)
    _check(camera.household, name, looks_at, may_be_asked, new=False)
    camera.name, camera.looks_at, camera.may_be_asked = name.strip(), looks_at, may_be_asked
    camera.save(update_fields=["name", "looks_at", "may_be_asked"])
    return camera


@transaction.atomic
def remove_camera(*, account: Account, ref: str) -> None:
    """Take a camera out of use: nothing more is uploaded for it and nobody is asked about it.

    What it recorded stays in the household's time line until it expires or is deleted there.
    """
    camera = access.held_camera(account, ref)
    camera.removed_at, camera.may_be_asked = source.now(), False
    camera.save(update_fields=["removed_at", "may_be_asked"])
    camera.held.all().delete()


def move_along(household: Household) -> None:
    """Put all of a household's cameras where it moved to; runs inside the transaction of the move."""
    household.cameras.update(cell=household.cell)


@transaction.atomic
def start_pairing(*, account: Account) -> str:
    """A code, good for ten minutes and for one device of the household that `account` owns.

    An earlier code of the same household stops working. The code itself is kept nowhere.
    """
    household = people.held_home(account)
    if Device.objects.filter(household=household, revoked_at__isnull=True, by_hand=False).count() >= MAX_DEVICES:
        raise refuse(
            "devices.max",
            "device",
            _("A household pairs at most %(max)d devices. Disconnect one that you no longer use.")
            % {"max": MAX_DEVICES},
            limit=str(MAX_DEVICES),
        )
    PairingCode.objects.filter(household=household, used_at__isnull=True).delete()
    PairingCode.objects.filter(expires_at__lt=source.now()).delete()
    code = _new_code()
    PairingCode.objects.create(
        household=household,
        created_by=account,
        code_digest=_code_digest(code),
        created_at=source.now(),
        expires_at=source.now() + CODE_LIFE,
    )
    return code


def pair(code: str, name: str, *, peer: str = "", decision_key: str = "") -> tuple[Device, str]:
    """Trade a code for a device and its token, once. `peer` is the address that the try came from.

    `decision_key`, a C2SP verifier key, signs what the owner decides at home; without one, nothing is decided there.

    The token is returned here and kept nowhere; only its digest is. Raises `limits.TooOften` beyond ten tries
    from one address, 30 from its network or 300 from all in ten minutes, and `Refused` for a code that is unknown,
    used or expired (the three read alike) or a name that can't be kept.
    """
    limits.count_from("pair", peer, limit=TRIES_FROM_ONE_PLACE, period=CODE_LIFE, field="code")
    limits.count("pair", "anyone", limit=TRIES_FROM_ANYWHERE, period=CODE_LIFE, field="code")
    if problems := [*_name_problems(name), *_key_problems(decision_key)]:
        raise Refused(*problems)
    with transaction.atomic():
        pairing = _claim(code)
        token = source.new_token("device")
        device = Device.objects.create(
            household_id=pairing.household_id,
            name=name.strip(),
            token_digest=source.token_digest(token),
            decision_key=decision_key,
        )
        pairing.device = device
        pairing.save(update_fields=["device"])
    return device, token


@transaction.atomic
def uploader_by_hand(*, account: Account) -> Device:
    """What stands for the owner's own browser where a clip comes from a device: one a household, made on first use.

    Its token is drawn and thrown away, so that nobody signs in with it. Raises `NotFound` for anyone but the owner.
    """
    household = people.held_home(account)
    found, _new = Device.objects.get_or_create(
        household=household,
        by_hand=True,
        defaults={"name": "By hand", "token_digest": source.token_digest(source.new_token("device"))},
    )
    return found


@transaction.atomic
def revoke_device(*, account: Account, ref: str) -> None:
    """Stop a device: its token is refused from its next call on."""
    device = access.own_device(account, ref)
    device.revoked_at = source.now()
    device.save(update_fields=["revoked_at"])
    device.held.all().delete()


def replace_held(*, device: Device, held: Mapping[Camera, Iterable[tuple[datetime, datetime]]]) -> None:
    """Put what `device` holds at home in the place of all that it held before, inside the caller's transaction.

    The spans of a camera end after they start. Those that touch become one.
    """
    wanted = {(camera.pk, *span) for camera, spans in held.items() for span in joined(spans)}
    known = {(row.camera_id, row.starts_at, row.ends_at): row.pk for row in Held.objects.filter(device=device)}
    if gone := [known[span] for span in known.keys() - wanted]:
        Held.objects.filter(pk__in=gone).delete()
    Held.objects.bulk_create(
        Held(device=device, camera_id=camera, starts_at=starts_at, ends_at=ends_at)
        for camera, starts_at, ends_at in sorted(wanted - known.keys())
    )


def joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The spans in order of time, each that touches another made one with it."""
    found: list[tuple[datetime, datetime]] = []
    for starts_at, ends_at in sorted(spans):
        if found and starts_at <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends_at))
        else:
            found.append((starts_at, ends_at))
    return found


def _claim(code: str) -> PairingCode:
    digest, now = _code_digest(_read_code(code)), source.now()
    # One statement claims the code, so that two devices that send it at once can't both have it.
    claimed = PairingCode.objects.filter(code_digest=digest, used_at__isnull=True, expires_at__gt=now).update(
        used_at=now
    )
    if not claimed:
        raise refuse(
            "pairing.code",
            "code",
            _("This code is unknown, used or older than ten minutes. Ask for a new one on your Cameras page."),
        )
    return PairingCode.objects.get(code_digest=digest)


def _read_code(code: str) -> str:
    """What was typed, without the spaces, dashes and small letters that people add."""
    return "".join(letter for letter in code.upper() if letter in CODE_ALPHABET)


def _code_digest(code: str) -> str:
    # Keyed, because 34 bits could be searched by whoever holds a copy of the table.
    return salted_hmac("goodfences.pairing", code, algorithm="sha256").hexdigest()


def _new_code() -> str:
    """Eight letters, each equally likely: bytes beyond the last whole multiple of twenty are thrown away."""
    letters = ""
    fair = 256 - 256 % len(CODE_ALPHABET)
    while len(letters) < CODE_LENGTH:
        for byte in source.random_bytes("pairing", CODE_LENGTH):
            letters += CODE_ALPHABET[byte % len(CODE_ALPHABET)] if byte < fair else ""
    return letters[:CODE_LENGTH]


def _check(household: Household, name: str, looks_at: str, may_be_asked: bool, *, new: bool) -> None:
    problems = _name_problems(name)
    if looks_at not in Camera.LooksAt.values:
        choices = ", ".join(Camera.LooksAt.values)
        message = _("Say where the camera looks: %(choices)s.") % {"choices": choices}
        problems.append(Problem("camera.looks_at", "looks_at", message, limit=choices, value=looks_at[:20]))
    if looks_at == Camera.LooksAt.INDOORS and may_be_asked:
        message = _("A camera that looks indoors is never in any request. Leave the switch off.")
        problems.append(Problem("camera.indoors", "may_be_asked", message))
    if new and household.cameras.filter(removed_at__isnull=True).count() >= MAX_CAMERAS:
        message = _("A household has at most %(max)d cameras. Remove one first.") % {"max": MAX_CAMERAS}
        problems.append(Problem("cameras.max", "name", message, limit=str(MAX_CAMERAS)))
    if problems:
        raise Refused(*problems)


def _key_problems(decision_key: str) -> list[Problem]:
    if not decision_key:
        return []
    try:
        VerifierKey.parse(decision_key)
    except BadNote as error:
        return [Problem("device.key", "decision_key", str(error))]
    return []


def _name_problems(name: str) -> list[Problem]:
    length = len(name.strip())
    if 1 <= length <= NAME_LENGTH:
        return hidden_problems(name.strip(), "name")
    message = _("Give it a name of 1 to %(max)d characters. This one has %(length)d.") % {
        "max": NAME_LENGTH,
        "length": length,
    }
    return [Problem("name.length", "name", message, limit=str(NAME_LENGTH), value=str(length))]
