"""What an owner does about a video after the share: ask for its deletion, answer a question, allow another case.

Everything here is the owner's choice, and not choosing is written down nowhere that an agency's pages read (P2).
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.errors import NotFound, Refused, refuse
from goodfences.evidence import custody, keys, layout, receipts
from goodfences.evidence.after import queries
from goodfences.evidence.after_receipts import REUSE_FORMAT
from goodfences.evidence.models.after import DeletionRequest, Question, Reuse
from goodfences.evidence.models.declined import ReuseDecline
from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import CustodyEvent, SharedVideo
from goodfences.evidence.owner import access, letters, proof
from goodfences.evidence.owner.terms import figure
from goodfences.people.models import Account
from goodfences.visible import text_problems

ANSWER_MAX = 1000


@transaction.atomic
def ask_deletion(*, account: Account, video_ref: str) -> DeletionRequest:
    """Ask the agency to delete what it has downloaded; it has to answer, in public. Twice is once.

    Raises Refused for what can still be taken back, NotFound.
    """
    video = _held(account, video_ref)
    if video.downloaded_at is None:
        message = _("Nobody has downloaded it yet: take it back instead, and nothing of it is left.")
        raise refuse("deletion.not_downloaded", "video", message)
    found = DeletionRequest.objects.filter(video=video).first()
    if found is not None:
        return found
    now = source.now()
    agency: Agency = video.video_request.agency
    due_at = now + timedelta(days=figure(agency, "deletion.answer"))
    asked = DeletionRequest.objects.create(video=video, asked_at=now, due_at=due_at)
    custody.record(video, CustodyEvent.Kind.DELETION_ASKED)
    letters.deletion_asked(asked)
    return asked


@transaction.atomic
def answer_question(*, account: Account, video_ref: str, text: str) -> Question:
    """Answer the agency's one question, once. Raises Refused, NotFound."""
    video = _held(account, video_ref)
    found = Question.objects.select_for_update(no_key=True).filter(video=video, told_at__isnull=False).first()
    if found is None:
        raise NotFound
    if found.answered_at is not None:
        raise refuse("question.answered", "text", _("You have answered this question."))
    if not text.strip():
        raise refuse("question.empty", "text", _("Write an answer, or leave this page: nobody is told either way."))
    if problems := text_problems(text, "text", ANSWER_MAX, lines=True):
        raise Refused(*problems)
    found.answer, found.answered_at = text.strip(), source.now()
    found.save(update_fields=["answer", "answered_at"])
    return found


@transaction.atomic
def allow(*, account: Account, reuse_ref: str) -> Reuse:
    """Let a video serve another case of its agency. Twice is once.

    Raises Refused once the ask has ended, and where the public record doesn't prove it (P5); NotFound.
    """
    reuse = _asked(reuse_ref)
    video = _held(account, reuse.video.ref)
    reuse = Reuse.objects.select_for_update(of=("self",), no_key=True).get(pk=reuse.pk)
    if reuse.allowed_at is not None:
        return reuse
    _must_take_answers(reuse)
    reuse.video = video
    proof.require_reuse(reuse)
    ReuseDecline.objects.filter(reuse=reuse).delete()
    now = source.now()
    request = video.video_request
    content = {
        "request": {"ref": request.ref, "agency": request.agency.name, "case_number": request.case_number},
        "video": {"ref": video.ref, "sha256": video.sha256},
        "also_for": {"case_number": reuse.case_number, "ledger_index": reuse.ledger_index},
        "allowed_at": layout.moment(now),
    }
    reuse.receipt = receipts.sign(content, keys.evidence_key(), keys.voucher(), form=REUSE_FORMAT)
    reuse.allowed_at = now
    reuse.save(update_fields=["allowed_at", "receipt"])
    details = {"case_number": reuse.case_number, "receipt_signature": reuse.receipt["signature"]}
    custody.record(video, CustodyEvent.Kind.REUSE_ALLOWED, details=details)
    return reuse


@transaction.atomic
def decline(*, reuse_ref: str) -> None:
    """“Not for this case”, from the page or the email's link. Twice is once; the agency can't tell it from silence.

    Raises Refused once it was allowed, NotFound.
    """
    reuse = _asked(reuse_ref)
    if reuse.allowed_at is not None:
        raise refuse("reuse.allowed", "reuse", _("You have allowed it, and that stands in the video’s custody log."))
    ReuseDecline.objects.get_or_create(reuse=reuse)


@transaction.atomic
def undo_decline(*, reuse_ref: str) -> None:
    """Think again. Raises NotFound."""
    ReuseDecline.objects.filter(reuse=_asked(reuse_ref)).delete()


def is_declined(reuse: Reuse) -> bool:
    return ReuseDecline.objects.filter(reuse=reuse).exists()


def reuse_of_link(ref: str) -> tuple[Reuse, Share]:
    """What a signed link names, for whoever holds that link, and the owner's share. Raises NotFound.

    The caller has read `ref` out of the link (goodfences.mail.links); no other reference may get here.
    """
    reuse = _asked(ref)
    share = (
        Share.objects.select_related("ask__owner", "ask__video_request__agency")
        .filter(ref=reuse.video.share_ref, ask__owner__is_active=True)
        .first()
    )
    if share is None:
        raise NotFound
    return reuse, share


def of_video(account: Account, video_ref: str) -> queries.After:
    """What became of a video of this owner's; what the worker hasn't brought yet isn't there. Raises NotFound."""
    found = queries.of_video(_own(account, video_ref))
    reuses = [reuse for reuse in found.reuses if reuse.told_at]
    question = found.question if found.question and found.question.told_at else None
    return queries.After(found.video, found.hold, found.hand_ons, question, reuses, found.deletion, found.now)


def waiting(account: Account, videos: list[SharedVideo]) -> dict[str, list[str]]:
    """Which of these videos somebody waits for a word about: the reference, and `question` or `reuse` of each."""
    found: dict[str, list[str]] = {}
    refs = [video.pk for video in videos if video.withdrawn_at is None]
    asked = Question.objects.filter(video__in=refs, told_at__isnull=False, answered_at__isnull=True)
    for ref in asked.values_list("video__ref", flat=True):
        found.setdefault(ref, []).append("question")
    declined = ReuseDecline.objects.values("reuse_id")
    open_ones = Reuse.objects.filter(
        video__in=refs, told_at__isnull=False, allowed_at__isnull=True, expires_at__gt=source.now()
    )
    for ref in open_ones.exclude(pk__in=declined).values_list("video__ref", flat=True):
        found.setdefault(ref, []).append("reuse")
    return found


def _own(account: Account, video_ref: str) -> SharedVideo:
    video = access.shared_video(account, video_ref)
    if video.withdrawn_at is not None:
        raise NotFound
    return video


def _held(account: Account, video_ref: str) -> SharedVideo:
    """The owner's own video, read anew and locked until the open transaction ends."""
    found = _own(account, video_ref)
    return (
        SharedVideo.objects.select_for_update(of=("self",), no_key=True)
        .select_related("video_request__agency")
        .get(pk=found.pk)
    )


def _asked(reuse_ref: str) -> Reuse:
    found = (
        Reuse.objects.select_related("video__video_request__agency", "officer")
        .filter(ref=reuse_ref, told_at__isnull=False, video__withdrawn_at__isnull=True)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def _must_take_answers(reuse: Reuse) -> None:
    if not reuse.takes_answers(source.now()):
        raise refuse("reuse.ended", "reuse", _("This has ended. Nobody was told anything about you."))
