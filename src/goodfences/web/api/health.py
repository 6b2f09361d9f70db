"""What a hub calls every minute: how it and its cameras do, and which hours it still holds at home.

Nothing live has a place in it: no picture, no address, no word of the owner's, and no field that isn't named here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import AwareDatetime, ConfigDict

import goodfences
from goodfences.cameras.actions import MAX_CAMERAS
from goodfences.evidence.owner import wanting
from goodfences.health import actions
from goodfences.health.telling import MOST_BYTES, MOST_DAYS, MOST_SPANS, CameraTold, DayBytes, Gap, Told
from goodfences.web.api.auth import DeviceToken, signed_in

router = Router()


class Strict(Schema):
    model_config = ConfigDict(extra="forbid")


Moment = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
"""With a time zone, and within what a hub's clock can say."""


class SpanIn(Strict):
    starts_at: Moment
    ends_at: Moment


class GapIn(Strict):
    starts_at: Moment
    ends_at: Moment | None = Field(default=None, description="Left out while it goes on")
    why: Literal["camera", "hub"] = Field(description="What was away")


class DayIn(Strict):
    day: date = Field(description="In UTC")
    recorded: int = Field(ge=0, le=MOST_BYTES, description="Bytes")
    uploaded: int = Field(ge=0, le=MOST_BYTES, description="Bytes")


class CameraHealthIn(Strict):
    camera: str = Field(max_length=40)
    steady: bool = Field(description="Whether it gives pictures all the time, as a folder of files doesn't")
    last_frame_at: Moment | None = Field(default=None, description="Left out where it never gave a picture")
    gaps: list[GapIn] = Field(max_length=MOST_SPANS, description="Of the last 24 hours")
    held: list[SpanIn] = Field(max_length=MOST_SPANS, description="Continuous video that is still at home")
    days: list[DayIn] = Field(max_length=MOST_DAYS)
    clips_waiting: int = Field(ge=0, le=1_000_000)


class HealthIn(Strict):
    version: str = Field(max_length=40)
    sent_at: Moment = Field(description="By the hub's clock")
    cameras: list[CameraHealthIn] = Field(max_length=MAX_CAMERAS)


class HealthOut(Schema):
    again_after_s: int = Field(description="Tell the next time then, or as soon as a camera is lost or back")
    version: str = Field(description="Of the network's own program: a hub with an older one may be updated")
    wanted: bool = Field(description="Whether the owner waits for a part of the home buffer: read /asks at once")


@router.put(
    "/health", auth=DeviceToken(), response=HealthOut, summary="How the hub and its cameras do", url_name="health"
)
def tell(request: HttpRequest, body: HealthIn) -> HealthOut:
    """Takes the place of all that this hub told before, and so may be said again."""
    device = signed_in(request)
    actions.keep(device=device, told=_told(body))
    wanted = wanting.is_waiting_at(device)
    return HealthOut(again_after_s=settings.HEALTH_SECONDS, version=goodfences.__version__, wanted=wanted)


def _told(body: HealthIn) -> Told:
    return Told(body.version, body.sent_at, [_camera(camera) for camera in body.cameras])


def _camera(camera: CameraHealthIn) -> CameraTold:
    return CameraTold(
        camera=camera.camera,
        is_steady=camera.steady,
        last_frame_at=camera.last_frame_at,
        gaps=[Gap(gap.starts_at, gap.ends_at, gap.why) for gap in camera.gaps],
        held=[(span.starts_at, span.ends_at) for span in camera.held],
        days=[DayBytes(each.day, each.recorded, each.uploaded) for each in camera.days],
        clips_waiting=camera.clips_waiting,
    )
