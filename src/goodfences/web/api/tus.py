"""Resumable uploads by tus 1.0.0 (tus.io/protocols/resumable-upload), with the extensions creation,
creation-with-upload, termination, checksum and expiration."""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError

from goodfences.cameras.models import Device
from goodfences.clips import actions, device_access
from goodfences.clips.actions.receive import CHECKSUMS, Checksum
from goodfences.clips.models import Upload
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.vault.errors import StoreTrouble
from goodfences.web.api import devices, errors
from goodfences.web.api.auth import device_of
from goodfences.web.errors import is_nul

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
BYTES = "application/offset+octet-stream"
Handler = Callable[..., HttpResponse]
Who = Callable[[HttpRequest], Any]


class NoRoom(Exception):
    """As many uploads as may be are under way."""


class _Receiving:
    """Counts the uploads whose bytes come in now. Each holds a thread, and a slow line holds it long: without a limit
    a few slow homes would leave none for anybody's pages. `part` is the part of all of them that it lets in."""

    def __init__(self, part: int = 1) -> None:
        self._lock, self._count, self._part = threading.Lock(), 0, part

    def __enter__(self) -> None:
        with self._lock:
            if self._count >= max(1, settings.UPLOADS_AT_ONCE // self._part):
                raise NoRoom
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._count -= 1


receiving = _Receiving()
receiving_from_anybody = _Receiving(part=4)
"""Of those, the ones of people who aren't signed in: whatever they do, homes' clips come in."""


@csrf_exempt
def uploads(request: HttpRequest) -> HttpResponse:
    """OPTIONS says what the server can do; POST creates the upload of an announced clip."""
    return serve(request, device_of)


@csrf_exempt
def upload(request: HttpRequest, ref: str) -> HttpResponse:
    """HEAD says how far it is, PATCH goes on, DELETE drops it."""
    return serve(request, device_of, ref)


@dataclass(frozen=True)
class Speaks:
    """What answers each method: about uploads that are new, and about one of them."""

    new: dict[str, Handler]
    one: dict[str, Handler]


def serve(request: HttpRequest, who: Who, *ref: str, speaks: Speaks | None = None) -> HttpResponse:
    """Speak tus with the device that `who` finds in the request: about one upload, or, without `ref`, about new ones.

    `who` raises NotFound where the request may not upload. `speaks` is for uploads of another kind than clips.
    """
    speaks = speaks or Speaks(_NEW, _ONE)
    if _method(request) == "OPTIONS":
        return _abilities()
    response = _checked(request, who, speaks.one if ref else speaks.new, *ref)
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    return response


def _checked(request: HttpRequest, who: Who, handlers: dict[str, Handler], *arguments: str) -> HttpResponse:
    handler = handlers.get(_method(request))
    if handler is None:
        return HttpResponse(status=405, headers={"Allow": ", ".join(["OPTIONS", *handlers])})
    try:
        device = who(request)
    except NotFound:
        return errors.unauthorized()
    if request.headers.get("Tus-Resumable") != VERSION:
        response: HttpResponse = errors.answer(412, detail=f"Send Tus-Resumable: {VERSION}.")
        response.headers["Tus-Version"] = VERSION
        return response
    try:
        return handler(request, device, *arguments)
    except NoRoom:
        return errors.busy()
    except StoreTrouble as trouble:
        return errors.store_away(trouble)
    except Refused as error:
        return errors.refused(error)
    except ValidationError as error:
        return errors.invalid(error.errors())
    except NotFound:
        return errors.not_found()
    except DataError as error:
        if not is_nul(error):
            raise
        return errors.not_found()


def _method(request: HttpRequest) -> str:
    """The method, also where a client can't send it and writes it into a header."""
    override = request.headers.get("X-HTTP-Method-Override", "")
    return override.upper() if request.method == "POST" and override else str(request.method)


def _abilities() -> HttpResponse:
    return HttpResponse(
        status=204,
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(settings.CLIP_MAX_BYTES),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        },
    )


def _create(request: HttpRequest, device: Device) -> HttpResponse:
    """The upload of a clip that the metadata names (`clip`), or announces (the fields of `POST /clips`)."""
    told, size = metadata(request.headers.get("Upload-Metadata", "")), number(request, "Upload-Length")
    brings = request.content_type == BYTES
    if not told.get("clip") and not (brings and told.get("camera")):
        message = (
            "Name the announced clip (Upload-Metadata: clip BASE64), or announce one here and bring its bytes along."
        )
        raise refuse("upload.metadata", "Upload-Metadata", message)
    if not brings:
        return _begun(request, actions.begin_upload(device=device, clip_ref=told["clip"], length=size))
    with receiving:
        if told.get("clip"):
            named = {"clip_ref": told["clip"], "size": size, **_body(request)}
            return _begun(request, actions.begin_with_bytes(device=device, **named))
        announced = devices.ClipIn.model_validate({**told, "size": size})
        return _begun(request, actions.announce_with_bytes(device=device, **announced.told(), **_body(request)))


def _begun(request: HttpRequest, begun: Upload) -> HttpResponse:
    response = HttpResponse(status=201, headers=_state(begun))
    response.headers["Location"] = _address(request, begun)
    response.headers["Clip"] = begun.clip.ref
    return response


def _address(request: HttpRequest, begun: Upload) -> str:
    """By the name that the device called, and as secure as the instance is: a proxy may speak plain HTTP to us."""
    scheme = "https" if settings.SECURE else request.scheme
    # Beside the address that was called: devices and browsers have each their own.
    beside = request.resolver_match.view_name.removesuffix("s") if request.resolver_match else "api:upload"
    return f"{scheme}://{request.get_host()}{reverse(beside, args=[begun.ref])}"


def _offset(_request: HttpRequest, device: Device, ref: str) -> HttpResponse:
    found = device_access.upload(device, ref)
    headers = {**_state(found), "Upload-Length": str(found.clip.announced_size)}
    return HttpResponse(status=200, headers=headers)


def _go_on(request: HttpRequest, device: Device, ref: str) -> HttpResponse:
    if request.content_type != BYTES:
        return errors.answer(415, [Problem("upload.type", "Content-Type", f"Send the bytes as {BYTES}.")])
    return HttpResponse(status=204, headers=_state(_receive(request, device, ref, number(request, "Upload-Offset"))))


def _drop(_request: HttpRequest, device: Device, ref: str) -> HttpResponse:
    actions.cancel_upload(device=device, upload_ref=ref)
    return HttpResponse(status=204)


def _receive(request: HttpRequest, device: Device, ref: str, offset: int) -> Upload:
    with receiving:
        return actions.receive(device=device, upload_ref=ref, offset=offset, **_body(request))


def _body(request: HttpRequest) -> dict[str, Any]:
    """What a call brings along: its bytes, how many, and what they must hash to."""
    return {
        "body": request,
        "length": number(request, "Content-Length"),
        "checksum": _checksum(request.headers.get("Upload-Checksum", "")),
    }


def _state(found: Upload) -> dict[str, str]:
    """How far the upload is. Clip-State, which is ours, says whether there is anything left to finish."""
    return {
        "Upload-Offset": str(found.received),
        "Upload-Expires": http_date(found.expires_at.timestamp()),
        "Clip-State": str(found.clip.state),
    }


_NEW: dict[str, Handler] = {"POST": _create}
_ONE: dict[str, Handler] = {"HEAD": _offset, "PATCH": _go_on, "DELETE": _drop}


def number(request: HttpRequest, header: str) -> int:
    raw = request.headers.get(header, "")
    if not raw.isascii() or not raw.isdigit() or len(raw) > 15:
        raise refuse("upload.header", header, f"{header} is a whole number of bytes.", value=raw[:20])
    return int(raw)


def metadata(raw: str) -> dict[str, str]:
    """Pairs of a key and a Base64 value, separated by commas."""
    found = {}
    for pair in raw.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise refuse("upload.metadata", "Upload-Metadata", "Each value is Base64 of UTF-8.") from error
    return found


def _checksum(raw: str) -> Checksum | None:
    if not raw:
        return None
    algorithm, _, digest = raw.partition(" ")
    if algorithm not in CHECKSUMS:
        message = f"The checksum is one of {', '.join(CHECKSUMS)}."
        raise refuse("upload.algorithm", "Upload-Checksum", message, value=algorithm[:20])
    try:
        return Checksum(algorithm, base64.b64decode(digest, validate=True))
    except binascii.Error as error:
        raise refuse("upload.algorithm", "Upload-Checksum", "The digest is Base64.") from error


urlpatterns = [
    path("uploads/", uploads, name="uploads"),
    path("uploads/<str:ref>", upload, name="upload"),
]
