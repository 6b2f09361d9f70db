"""What a hub or a camera calls: pair, list cameras, announce a clip, ask what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Router, Schema, Status

from goodfences.cameras import actions as cameras
from goodfences.cameras import queries as camera_queries
from goodfences.cameras.models import Camera
from goodfences.clips import actions as clips
from goodfences.clips import device_access
from goodfences.clips.models import Clip
from goodfences.ledger import keys
from goodfences.web.api.auth import DeviceToken, signed_in
from goodfences.web.peers import peer_of

_WHOLE = 2**53
"""JSON's numbers are whole up to here (RFC 8259, section 6); the limits of a clip are much lower."""

router = Router()
device_token = DeviceToken()


class PairIn(Schema):
    code: str = Field(description="The short code that the resident's page shows", max_length=40)
    name: str = Field(description="What the resident will see", max_length=60)
    decision_key: str = Field(
        "", description="A C2SP verifier key that will sign what its owner decides at home", max_length=200
    )


class PairOut(Schema):
    device: str
    token: str = Field(description="Shown once; kept by the device alone")
    ledger_key: str = Field(description="The C2SP verifier key of the public record, to be kept and never changed")


class CameraOut(Schema):
    ref: str
    name: str
    looks_at: str


class ClipIn(Schema):
    camera: str
    starts_at: datetime = Field(description="With a time zone")
    duration_ms: int = Field(ge=-_WHOLE, le=_WHOLE)
    kind: str = Field(description="motion, person, doorbell or manual")
    size: int = Field(description="Bytes of the file", ge=-_WHOLE, le=_WHOLE)
    sha256: str = Field(description="Of the file, in hexadecimal")
    label: str = Field("", description="A word for what was seen, such as car; at most 40 characters")
    sent_at: datetime | None = Field(
        None, description="Now, by the clock that gave starts_at; how far it is from ours is kept"
    )
    camera_drift_ms: int | None = Field(
        None,
        description="By how many ms the clock that gave starts_at was ahead of the camera's own time in the end",
        ge=-_WHOLE,
        le=_WHOLE,
    )

    def told(self) -> dict[str, Any]:
        """As the acts take it."""
        told = self.model_dump()
        return {"camera_ref": told.pop("camera"), **told}


class ClipOut(Schema):
    ref: str
    camera: str
    state: str = Field(description="announced, stored, expired or deleted")
    checked: bool = Field(description="Whether its owner can see it")
    refusal: str = Field(description="Why it was not kept; empty otherwise")
    received: int = Field(description="Bytes received so far")
    upload: str = Field(description="Where to create its tus upload")


def _clip(clip: Clip, *, new: bool = False) -> ClipOut:
    upload = getattr(clip, "upload", None) if clip.state == Clip.State.ANNOUNCED and not new else None
    received = upload.received if upload else 0
    return ClipOut(
        ref=clip.ref,
        camera=clip.camera.ref,
        state=clip.state,
        checked=clip.checked_at is not None,
        refusal=clip.refusal,
        received=received if clip.state == Clip.State.ANNOUNCED else clip.announced_size,
        upload=reverse("api:uploads"),
    )


def _camera(camera: Camera) -> CameraOut:
    return CameraOut(ref=camera.ref, name=camera.name, looks_at=camera.looks_at)


@router.post("/pair", response={201: PairOut}, summary="Trade a code for a token", url_name="pair")
def pair(request: HttpRequest, body: PairIn) -> Status[PairOut]:
    """Good once and for ten minutes. Without a token; limited to a few tries from one address."""
    device, token = cameras.pair(body.code, body.name, peer=peer_of(request), decision_key=body.decision_key)
    return Status(201, PairOut(device=device.ref, token=token, ledger_key=keys.public_key()))


@router.get("/cameras", auth=device_token, response=list[CameraOut], summary="The home's cameras", url_name="cameras")
def list_cameras(request: HttpRequest) -> list[CameraOut]:
    return [_camera(camera) for camera in camera_queries.cameras_of(signed_in(request).household)]


@router.post(
    "/clips", auth=device_token, response={200: ClipOut, 201: ClipOut}, summary="Announce a clip", url_name="clips"
)
def announce(request: HttpRequest, body: ClipIn) -> Status[ClipOut]:
    """201 for a new clip, 200 for one that was announced before: the same file of a camera is the same clip."""
    clip, new = clips.announce(device=signed_in(request), **body.told())
    return Status(201 if new else 200, _clip(clip, new=new))


@router.get("/clips/{ref}", auth=device_token, response=ClipOut, summary="What became of a clip", url_name="clip")
def show(request: HttpRequest, ref: str) -> ClipOut:
    return _clip(device_access.clip(signed_in(request), ref))


@router.post(
    "/clips/{ref}/finish", auth=device_token, response=ClipOut, summary="All bytes are there", url_name="finish"
)
def finish(request: HttpRequest, ref: str) -> ClipOut:
    """The success answer comes only after the sealed file and its row are durable."""
    return _clip(clips.finish(device=signed_in(request), clip_ref=ref))
