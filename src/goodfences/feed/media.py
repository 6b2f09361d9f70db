"""Pictures and videos of posts: taken in, covered, shown, ended. Nothing of them lies unsealed on a disk (P7)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.clips import access as clips
from goodfences.clips import sandbox
from goodfences.errors import NotFound, refuse
from goodfences.feed import access, events
from goodfences.feed.models import FeedEvent, Post, PostMedia
from goodfences.feed.picture_crew import CREW
from goodfences.people import access as people
from goodfences.people.models import Account
from goodfences.redaction import actions as redaction
from goodfences.redaction import plans
from goodfences.redaction.marks import Malformed, area
from goodfences.redaction.plans import Plan
from goodfences.vault import blobs, keeping, keys, sealing
from goodfences.vault.errors import BlobMissing, KeyDestroyed
from goodfences.vault.models import SealedKey
from goodfences.vault.seek import SeekableReader

MOST = 4
"""Pictures and videos of one post."""
MOST_BYTES = 16 * 2**20
MOST_AREAS, MOST_POINTS = 24, 24
FOLDER = "pictures"
_LIMITS: dict[str, Any] = {"memory_mb": 700, "cpu_s": 30, "wall_s": 60.0, "max_output": MOST_BYTES}


def add_picture(*, account: Account, ref: str, data: bytes) -> PostMedia:
    """Take a picture in for one's own post. Nobody else sees it until `show_picture`. Raises Refused, NotFound."""
    access.own_post(account, ref)
    if len(data) > MOST_BYTES:
        message = _("A picture has at most %(most)d MB.") % {"most": MOST_BYTES // 2**20}
        raise refuse("feed.picture.size", "picture", message)
    facts, (jpeg,) = _made("take", {}, data)
    areas = [one for one in facts.get("areas", []) if _is_area(one)][:MOST_AREAS]
    key, name = sealed(jpeg)
    with transaction.atomic():
        post = _with_room(account, ref)
        key.save()
        return PostMedia.objects.create(
            post=post,
            kind=PostMedia.Kind.PICTURE,
            key=key,
            blob=name,
            sha256=hashlib.sha256(jpeg).hexdigest(),
            size=len(jpeg),
            width=int(facts["width"]),
            height=int(facts["height"]),
            areas=areas,
            added_at=source.now(),
        )


def show_picture(*, account: Account, ref: str, areas: Any) -> PostMedia:
    """Cover these areas for good and show the rest. The picture as it came is destroyed. Raises Refused, NotFound."""
    before = own(account, ref)
    if before.kind != PostMedia.Kind.PICTURE:
        raise NotFound
    if not isinstance(areas, list) or len(areas) > MOST_AREAS or not all(_is_area(one) for one in areas):
        raise refuse("feed.picture.areas", "areas", _("At most 24 areas, each inside the picture."))
    facts, (jpeg,) = _made("cover", {"areas": areas}, read(before))
    key, name = sealed(jpeg)
    with transaction.atomic():
        post = access.held_own_post(account, before.post.ref)
        media = PostMedia.objects.select_related("key").get(pk=before.pk)
        old_key, old_blob = media.key_id, media.blob
        key.save()
        media.key, media.blob, media.areas, media.is_shown = key, name, areas, True
        media.sha256, media.size = hashlib.sha256(jpeg).hexdigest(), len(jpeg)
        media.width, media.height = int(facts["width"]), int(facts["height"])
        media.save()
        _end([old_key], [old_blob])
        _tell(post)
    return media


def plan_for(account: Account, clip_ref: str) -> Plan:
    """What would be shown of one's own clip: the part that was last cut and covered, or all of it without sound."""
    people.owned_home(account)
    return plans.usual(clips.clip_to_download(account, clip_ref))


def add_video(*, account: Account, ref: str, clip_ref: str, seen_sha256: str) -> PostMedia:
    """Show a copy of what was seen of one's own clip. Raises Refused, NotFound, CutError, sandbox.Interrupted."""
    access.own_post(account, ref)
    copy = redaction.make(plan=plan_for(account, clip_ref), seen_sha256=seen_sha256)
    with transaction.atomic():
        post = _with_room(account, ref)
        media = PostMedia.objects.create(
            post=post, kind=PostMedia.Kind.VIDEO, copy=copy, is_shown=True, size=copy.size, added_at=source.now()
        )
        _tell(post)
    return media


def remove(*, account: Account, ref: str) -> Post:
    """End a picture or video of one's own post for good."""
    with transaction.atomic():
        media = own(account, ref)
        post = access.held_own_post(account, media.post.ref)
        end([media])
        _tell(post)
    return post


def of(account: Account, post: Post) -> list[PostMedia]:
    """What goes with a post that the account may read; its author sees what is still to be looked at, too."""
    found = PostMedia.objects.filter(post=post).select_related("copy").order_by("added_at", "pk")
    return [one for one in found if one.is_shown or post.author_id == account.pk]


def own(account: Account, ref: str) -> PostMedia:
    """A picture or video of a post that the account wrote."""
    found = PostMedia.objects.select_related("post", "key", "copy").filter(ref=ref, post__author=account).first()
    if found is None:
        raise NotFound
    access.own_post(account, found.post.ref)
    return found


def shown(account: Account, ref: str) -> PostMedia:
    """A picture or video that the account may see."""
    found = PostMedia.objects.select_related("post", "key", "copy__key", "copy__clip").filter(ref=ref).first()
    if found is None:
        raise NotFound
    access.post(account, found.post.ref)
    if not found.is_shown and found.post.author_id != account.pk:
        raise NotFound
    return found


def read(media: PostMedia) -> bytes:
    """A picture's plain bytes. Raises NotFound."""
    if media.key is None:
        raise NotFound
    try:
        return sealing.open_bytes(blobs.store().open(media.blob), keys.identity(media.key))
    except (KeyDestroyed, BlobMissing) as error:
        raise NotFound from error


def open_video(media: PostMedia) -> SeekableReader:
    """A video's plain bytes, unsealed as they are read; the caller closes it. Raises NotFound."""
    if media.copy is None:
        raise NotFound
    return redaction.open_copy(media.copy)


def end(media: Sequence[PostMedia]) -> None:
    """Destroy keys and rows in the caller's transaction; files go after it."""
    copies = [one.copy for one in media if one.copy is not None]
    pictures = [one for one in media if one.key_id is not None]
    PostMedia.objects.filter(pk__in=[one.pk for one in media]).delete()
    redaction.discard(copies)
    _end([one.key_id for one in pictures], [one.blob for one in pictures])


def _end(key_ids: Sequence[int | None], names: Sequence[str]) -> None:
    keys.destroy_many([pk for pk in key_ids if pk is not None])
    transaction.on_commit(lambda: keeping.delete_all(names))


def _made(operation: str, header: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    try:
        facts, files = sandbox.run(operation, header, data, of=CREW, **_LIMITS)
    except sandbox.Unfit as error:
        message = _("This isn’t a picture that we can open. Nothing was stored. Send JPEG, PNG or WebP.")
        raise refuse("feed.picture.form", "picture", message) from error
    except sandbox.Interrupted as error:
        raise refuse(
            "feed.picture.busy", "picture", _("That took too long. Nothing was stored. Try again.")
        ) from error
    return facts, files


def sealed(jpeg: bytes) -> tuple[SealedKey, str]:
    """A new key, not yet saved, and the name under which the picture lies sealed to it."""
    key, name = keys.draft_key("picture"), f"{FOLDER}/{source.new_ref('picture')}.age"
    keeping.keep(name, jpeg, key)
    return key, name


def _with_room(account: Account, ref: str) -> Post:
    post = access.held_own_post(account, ref)
    if post.media.count() >= MOST:
        message = _("A post has at most %(most)d pictures and videos.") % {"most": MOST}
        raise refuse("feed.media.most", "picture", message)
    return post


def _is_area(one: Any) -> bool:
    try:
        return len(area(one).points) <= MOST_POINTS
    except Malformed:
        return False


def _tell(post: Post) -> None:
    if post.is_seen:
        events.record(post, FeedEvent.What.CHANGED)
