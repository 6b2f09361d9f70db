from goodfences.evidence.models.after import DeletionRequest, HandOn, LegalHold, Question, Reuse
from goodfences.evidence.models.declined import ReuseDecline
from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import AgencyKey, CustodyEvent, OwnKey, SharedVideo
from goodfences.evidence.models.wanted import WantedPart

__all__ = [
    "AgencyKey",
    "CustodyEvent",
    "DeletionRequest",
    "HandOn",
    "LegalHold",
    "OwnKey",
    "Question",
    "Reuse",
    "ReuseDecline",
    "Share",
    "SharedVideo",
    "WantedPart",
]
