"""Leaving nothing behind (P12): an account with all that is in it, a camera, or a span of time.

Keys go first, in the transaction of the act, so that nothing can be opened from then on; files go after it. What an
agency has downloaded stays with it: that is said before, and in the signed receipt.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import NotFound, refuse
from goodfences.mail import outbox
from goodfences.people import access, browsers, erased, registry
from goodfences.people.actions import forget_invitations
from goodfences.people.archive import asking
from goodfences.people.models import Account, Archive, Erasure, Household, Invitation
from goodfences.people.registry import Left, Part

HOW = "The key of each clip and copy was destroyed first, so that no file or backup of it can be opened again."
STAYS = "What an agency downloaded before stays with that agency, as was said before it was shared."


def counts(account: Account, part: Part) -> dict[str, int]:
    """How much of a part there is. Raises NotFound for a part of a household that the account doesn't own."""
    household = asking.owned_home(account)
    if household is None:
        if part.is_all:
            return {}
        raise NotFound
    found = Counter[str]()
    for count, _erase in registry.parts:
        found.update(count(account, household, part))
    return dict(found)


def stays_outside(account: Account, part: Part) -> list[Left]:
    """What of a part an agency has downloaded already; the newest first."""
    household = asking.owned_home(account)
    found = [left for tell in registry.outside for left in tell(account, household, part)]
    return sorted(found, key=lambda left: left.downloaded_at, reverse=True)


@transaction.atomic
def erase(*, account: Account) -> dict[str, Any]:
    """Delete a resident's account, and the household with all of its cameras and clips where they own it.

    The rooms do their part through `registry.on_erase`. Of mail that waits for them, nothing is sent but the signed
    receipt, which is the answer too. Public ledger entries hold nothing of a resident and stay.
    """
    if account.kind != Account.Kind.RESIDENT:
        raise NotFound
    access.hold(account)  # whoever is asking this person something has done so, or finds nobody
    receipt = _receipt(account, Part())
    erased.note_account(account, asking.owned_home(account))
    _leave(account)
    _send(account, receipt, leaving=True)
    account.delete()
    return receipt


@transaction.atomic
def erase_again(*, account: Account) -> None:
    """Delete an account that an older backup brought back. Its receipt went out when it was erased."""
    _leave(account)
    account.delete()


def _leave(account: Account) -> None:
    owned = asking.owned_home(account)
    browsers.end_all(account=account)
    asking.drop(Archive.objects.filter(account=account))
    for leave in registry.erasures:
        leave(account, owned)
    Invitation.objects.filter(email=account.email).delete()
    outbox.forget(address=account.email)
    if owned is not None:
        forget_invitations(Invitation.objects.filter(household=owned))
        owned.delete()


@transaction.atomic
def erase_part(*, account: Account, part: Part) -> Erasure:
    """Erase a camera or a span of time of the household that `account` owns, for good.

    Raises NotFound for anyone else and for a camera that isn't there, Refused for a span that ends before it starts.
    """
    household = access.held_home(account)
    if part.is_all:
        raise NotFound
    check(part)
    receipt = _receipt(account, part)
    erased.note_part(household, part)
    _erase_its(account, household, part)
    erasure = Erasure.objects.create(account=account, receipt=receipt, created_at=source.now())
    _send(account, receipt, leaving=False)
    return erasure


@transaction.atomic
def erase_part_again(*, account: Account, part: Part) -> None:
    """Erase a part of a household that an older backup brought back. Raises NotFound for who doesn't own one."""
    _erase_its(account, access.held_home(account), part)


def _erase_its(account: Account, household: Household, part: Part) -> None:
    asking.drop_of(household)
    for _count, erase_its in reversed(registry.parts):
        erase_its(account, household, part)


def check(part: Part) -> None:
    """Raises Refused (field `ends_at`) for a span of time that is none."""
    if part.starts_at and part.ends_at and part.ends_at <= part.starts_at:
        raise refuse("erase.span", "ends_at", _("The end must come after the start."))


def erasure_of(account: Account, ref: str) -> Erasure:
    """A receipt of the account's own. Raises NotFound."""
    found = Erasure.objects.filter(account=account, ref=ref).first()
    if found is None:
        raise NotFound
    return found


def written(receipt: dict[str, Any]) -> str:
    """A receipt as its file has it."""
    return json.dumps(receipt, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _receipt(account: Account, part: Part) -> dict[str, Any]:
    """Signed: what is erased now, when, how much, and what stays where it is. It names nobody."""
    content = {
        "instance": settings.INSTANCE_NAME,
        "erased_at": _text(source.now()),
        "what": _what(part),
        "counts": counts(account, part),
        "how": HOW,
        "stays": [
            {
                "agency": left.agency,
                "request": left.request,
                "case_number": left.case_number,
                "downloaded_at": _text(left.downloaded_at),
                "starts_at": _text(left.starts_at),
                "ends_at": _text(left.ends_at),
                "sha256": left.sha256,
            }
            for left in stays_outside(account, part)
        ],
        "about_what_stays": STAYS,
    }
    (sign,) = registry.signers
    return sign(content)


def _what(part: Part) -> dict[str, str]:
    if part.is_all:
        return {"kind": "account"}
    told = {"kind": "camera" if part.starts_at is None else "span"}
    if part.camera:
        told["camera"] = part.camera_name
    if part.starts_at is not None and part.ends_at is not None:
        told |= {"starts_at": _text(part.starts_at), "ends_at": _text(part.ends_at)}
    return told


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _send(account: Account, receipt: dict[str, Any], *, leaving: bool) -> None:
    """The receipt by mail. Of one who leaves, the outbox forgets the address as soon as it is sent."""
    content = receipt["receipt"]
    outbox.queue(
        once=f"erasure:{source.new_ref('erasure_mail')}",
        to=account.email,
        template="erasure_receipt",
        context={
            "leaving": leaving,
            "camera": content["what"].get("camera", ""),
            "starts_at": content["what"].get("starts_at"),
            "ends_at": content["what"].get("ends_at"),
            "counts": content["counts"],
            "stays": [
                {"agency": one["agency"], "case_number": one["case_number"], "downloaded_at": one["downloaded_at"]}
                for one in content["stays"]
            ],
            "receipt": written(receipt),
            "instance_name": settings.INSTANCE_NAME,
        },
        language=account.language,
        time_zone=account.time_zone,
        priority=outbox.Priority.URGENT,
        forget=leaving,
    )
