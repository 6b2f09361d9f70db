"""Cameras that speak RTSP (RFC 2326): over TCP, H.264 and H.265, with basic or digest authentication."""

from __future__ import annotations

from contextlib import AbstractContextManager
from urllib.parse import urlsplit

from goodfences_hub.clock import Clock
from goodfences_hub.errors import HubError
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources.streamed import StreamedFeed, opened

ANSWER_WITHIN = 10.0
OPTIONS = {
    "rtsp_transport": "tcp",  # by UDP a busy Wi-Fi loses packets, and pictures are spoiled until the next key frame
    "timeout": str(int(ANSWER_WITHIN * 1_000_000)),
    "allowed_media_types": "video+audio",
    "protocol_whitelist": "rtsp,rtp,tcp,tls,udp,crypto",  # whatever a camera answers, no file and no other protocol
    "max_streams": "16",
    "max_delay": "500000",
    "probesize": "1000000",
    "analyzeduration": "2000000",
}


class Rtsp:
    """`rtsp://user:password@host:554/path`, or `rtsps://`."""

    def open(self, camera: CameraSettings, clock: Clock) -> AbstractContextManager[StreamedFeed]:
        """See `sources.Source`."""
        if urlsplit(camera.url).scheme not in {"rtsp", "rtsps"}:
            raise HubError(f"camera {camera.key}: url begins with rtsp:// or rtsps://.")
        return opened(camera.url, camera.key, clock, options=OPTIONS, timeout=ANSWER_WITHIN)
