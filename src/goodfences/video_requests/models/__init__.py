from goodfences.video_requests.models.ask import Ask, Matching, Mute
from goodfences.video_requests.models.request import VideoRequest

__all__ = ["Ask", "Matching", "Mute", "VideoRequest"]
