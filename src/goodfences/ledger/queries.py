"""What pages and other rooms read from the ledger."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet

from goodfences.errors import NotFound
from goodfences.ledger.models import Cosignature, LedgerEntry, SignedCheckpoint, WitnessContact


def latest_checkpoint() -> SignedCheckpoint | None:
    """The newest published checkpoint; None before the first."""
    return SignedCheckpoint.objects.order_by("-size").first()


def cosigned_note(checkpoint: SignedCheckpoint) -> str:
    """The checkpoint as it is published: our signature, and below it those of witnesses, by name."""
    return checkpoint.note + "".join(one.line for one in cosignatures(checkpoint))


def cosignatures(checkpoint: SignedCheckpoint) -> list[Cosignature]:
    """The witnesses who saw it, by name; of those that the operator still names."""
    return list(checkpoint.cosignatures.filter(witness__in=_named()).order_by("witness"))


def newest_cosigned() -> SignedCheckpoint | None:
    """The newest checkpoint that a witness saw; None where none saw any."""
    return SignedCheckpoint.objects.filter(cosignatures__witness__in=_named()).order_by("-size").first()


def refusals() -> list[WitnessContact]:
    """Witnesses who were reached and won't cosign what we signed."""
    return list(WitnessContact.objects.exclude(refusal="").filter(witness__in=_named()).order_by("witness"))


def _named() -> list[str]:
    return [text.partition(" ")[2].strip() for text in settings.WITNESSES]


def signed_size() -> int:
    """How many entries the newest published checkpoint vouches for."""
    latest = latest_checkpoint()
    return 0 if latest is None else latest.size


def is_signed(index: int) -> bool:
    """Whether a published checkpoint vouches for this entry, so that anyone can prove that it is there."""
    return 0 <= index < signed_size()


def newest_index() -> int | None:
    """The index of the newest entry, signed or not; None while the log is empty."""
    return LedgerEntry.objects.order_by("-index").values_list("index", flat=True).first()


def entry(index: int) -> LedgerEntry:
    """One entry, signed or not yet. Raises NotFound."""
    try:
        return LedgerEntry.objects.get(index=index)
    except (LedgerEntry.DoesNotExist, OverflowError) as error:
        raise NotFound(f"There is no ledger entry {index}.") from error


def entries(kind: str | None = None, subject: str | None = None) -> QuerySet[LedgerEntry]:
    """Entries in the order of the log, oldest first."""
    found = LedgerEntry.objects.order_by("index")
    if kind is not None:
        found = found.filter(kind=kind)
    if subject is not None:
        found = found.filter(subject=subject)
    return found
