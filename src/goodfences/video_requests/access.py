"""The only way to an ask. Officers' requests are reached through `portal` and `actions`."""

from __future__ import annotations

from typing import Any

from goodfences.errors import NotFound
from goodfences.rows import the_row
from goodfences.video_requests.models.ask import Ask


def ask(account: Any, ref: str) -> Ask:
    """The owner's own ask, with its request, agency and officers.

    Raises NotFound for everyone but the owner: members of the household may watch, and don't answer.
    """
    found = the_row(
        Ask.objects.select_related(
            "video_request__agency", "video_request__requester", "video_request__approver", "household"
        ).filter(ref=ref, owner_id=account.pk)
    )
    if found is None or not account.is_active:
        raise NotFound("There is no such ask.")
    return found


def ask_of_link(ref: str) -> Ask:
    """The ask that a signed link names, for whoever holds that link. Raises NotFound.

    The caller has read `ref` out of the link (goodfences.mail.links); no other reference may get here.
    """
    found = the_row(
        Ask.objects.select_related("video_request__agency", "video_request__requester", "owner").filter(
            ref=ref, owner__is_active=True
        )
    )
    if found is None:
        raise NotFound("There is no such ask.")
    return found
