from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import AgencyKey, CustodyEvent, SharedVideo
from goodfences.evidence.models.wanted import WantedPart

__all__ = ["AgencyKey", "CustodyEvent", "Share", "SharedVideo", "WantedPart"]
