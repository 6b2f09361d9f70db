from goodfences.video_requests.models.ask import Ask, AskingBatch, Matching, Mute
from goodfences.video_requests.models.outcome import Outcome
from goodfences.video_requests.models.request import VideoRequest

__all__ = ["Ask", "AskingBatch", "Matching", "Mute", "Outcome", "VideoRequest"]
