"""Receipts, and what the public record says of one's asks, as files of one's archive (people.registry)."""

from __future__ import annotations

from collections.abc import Iterator

from goodfences.evidence import layout
from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import SharedVideo
from goodfences.ledger import proofs
from goodfences.ledger import queries as ledger
from goodfences.people.models import Account, Household
from goodfences.people.registry import File
from goodfences.video_requests import entries as public
from goodfences.video_requests.models.ask import Ask


def count_receipts(account: Account, _household: Household | None) -> int:
    return len(_videos(account, ""))


def receipts(account: Account, _household: Household | None, after: str) -> Iterator[File]:
    """The signed receipt of each video that the account shared, as its page gives it."""
    for video in _videos(account, after):
        yield _file(layout.receipt_file(video.ref), video.ref, layout.as_json(video.receipt))


def count_entries(account: Account, _household: Household | None) -> int:
    return len(_indexes(account))


def entries(account: Account, _household: Household | None, after: str) -> Iterator[File]:
    """Each public entry of a request that the account was asked about, with its proof, once it is signed."""
    for index in _indexes(account):
        if index > int(after or -1) and ledger.is_signed(index):
            yield _file(f"ledger/{index}.json", str(index), layout.as_json(proofs.bundle(index)))


def _videos(account: Account, after: str) -> list[SharedVideo]:
    shares = Share.objects.filter(ask__owner=account).values_list("ref", flat=True)
    found = SharedVideo.objects.filter(share_ref__in=list(shares), ref__gt=after).order_by("ref")
    return [video for video in found if video.receipt]


def _indexes(account: Account) -> list[int]:
    asks = Ask.objects.filter(owner=account).select_related("video_request")
    subjects = {public.subject(ask.video_request) for ask in asks}
    return sorted({entry.index for subject in subjects for entry in ledger.entries(subject=subject)})


def _file(path: str, after: str, content: bytes) -> File:
    return File(path, after, lambda: [content])
